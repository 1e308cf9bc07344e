//! What tells of the pipeline itself: who touches it is told on past it, from the rule to the topic at once; and a canary shows
//! that it is alive.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]

use std::time::Duration;

use serde_json::{Value, json};
use trailhound_emulator::{ACCOUNT, Options, REGION};
use trailhound_pipeline_tests::{Failed, Pipeline, STACK, entries, record, text};

/// EventBridge's quota for a pattern, in characters, unless an account's is raised.
const PATTERN_QUOTA: usize = 2_048;

#[test]
fn whoever_touches_the_pipeline_is_told_on_once() -> Result<(), Failed> {
    let Some(pipeline) = Pipeline::deploy(Options::default())? else { return Ok(()) };
    the_rule_sees_every_part(&pipeline)?;
    its_events_may_be_published(&pipeline)?;
    the_canary_is_heard(&pipeline)?;

    let stopped = record("cloudtrail", "StopLogging", json!({ "name": "main" }), Value::Null);
    let deleted = record("cloudtrail", "DeleteTrail", json!({ "name": "main" }), Value::Null);
    let mut events = vec![stopped.clone(); 6];
    events.push(deleted.clone());
    pipeline.send(&events)?;
    for event in [&stopped, &deleted] {
        let id = text(event, "eventID");
        let message = pipeline.wait_for_message(&["Trailhound was changed", id])?;
        for part in [text(event, "eventName"), "alice@example.com", ACCOUNT, REGION] {
            assert!(message.contains(part), "{part}: {message}");
        }
    }
    std::thread::sleep(Duration::from_secs(5));
    // The finding of the trail that stopped links to the event, too.
    let parts = ["Trailhound was changed", text(&stopped, "eventID")];
    let told = pipeline.webhook.messages();
    let told = told.iter().filter(|message| parts.iter().all(|part| message.contains(part)));
    let count = told.count();
    assert!(count <= 2, "delivered six times, it is told once by each of Slack's two functions at most: {count}");
    Ok(())
}

/// The rule's pattern as it was deployed, held against calls on each part of the stack, and on what is not a part.
fn the_rule_sees_every_part(pipeline: &Pipeline) -> Result<(), Failed> {
    let rule = pipeline.aws.call("events", "describe_rule", json!({ "Name": format!("{STACK}-tampering") }))?;
    let pattern = text(&rule, "EventPattern");
    let length = serde_json::from_str::<Value>(pattern)?.to_string().chars().count();
    assert!(length <= PATTERN_QUOTA, "{length} characters: {pattern}");

    let key = pipeline.resources("AWS::KMS::Key")?.remove(0).1;
    let function = |name: &str| format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}");
    let mine = [
        ("cloudformation", "UpdateStack", json!({ "stackName": STACK }), json!({})),
        ("cloudtrail", "UpdateTrail", json!({ "name": "main" }), json!({})),
        ("dynamodb", "DeleteTable", json!({ "tableName": pipeline.output("Table") }), json!({})),
        ("events", "DisableRule", json!({ "name": format!("{STACK}-changes-1") }), json!({})),
        ("events", "RemoveTargets", json!({ "rule": format!("{STACK}-root-user") }), json!({})),
        ("iam", "DeleteRolePolicy", json!({ "roleName": format!("{STACK}-EvaluatorRole-1A2B") }), json!({})),
        ("iam", "DetachRolePolicy", json!({ "roleName": format!("{STACK}-EvaluatorRole-1A2B") }), json!({})),
        ("lambda", "UpdateFunctionCode20150331v2", json!({ "functionName": format!("{STACK}-slack") }), json!({})),
        (
            "lambda",
            "PutFunctionConcurrency20171031",
            json!({ "functionName": function(&format!("{STACK}-slack")) }),
            json!({}),
        ),
        (
            "lambda",
            "DeleteEventSourceMapping20150331",
            json!({ "uUID": "1" }),
            json!({ "functionArn": function(&format!("{STACK}-notifier")) }),
        ),
        ("scheduler", "DeleteSchedule", json!({ "name": format!("{STACK}-SweepPending-1A2B") }), json!({})),
        ("sns", "DeleteTopic", json!({ "topicArn": pipeline.output("Alerts") }), json!({})),
        ("sns", "Unsubscribe", json!({ "subscriptionArn": format!("{}:1", pipeline.output("Operations")) }), json!({})),
        ("sqs", "PurgeQueue", json!({ "queueUrl": pipeline.output("AlertQueue") }), json!({})),
        ("kms", "DisableKey", json!({ "keyId": format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}") }), json!({})),
        ("kms", "ScheduleKeyDeletion", json!({ "keyId": key }), json!({})),
    ];
    let others = [
        ("cloudformation", "UpdateStack", json!({ "stackName": "shop" }), json!({})),
        ("dynamodb", "DeleteTable", json!({ "tableName": "orders" }), json!({})),
        ("events", "DisableRule", json!({ "name": "nightly" }), json!({})),
        ("iam", "DeleteRolePolicy", json!({ "roleName": "engineer" }), json!({})),
        ("lambda", "UpdateFunctionCode20150331v2", json!({ "functionName": "orders" }), json!({})),
        ("lambda", "Invoke", json!({ "functionName": format!("{STACK}-slack") }), json!({})),
        ("sns", "DeleteTopic", json!({ "topicArn": format!("arn:aws:sns:{REGION}:{ACCOUNT}:news") }), json!({})),
        ("sqs", "PurgeQueue", json!({ "queueUrl": format!("https://sqs/{ACCOUNT}/jobs") }), json!({})),
    ];
    let seen = |event: &Value| -> Result<bool, Failed> {
        let with = json!({ "EventPattern": pattern, "Event": event.to_string() });
        Ok(pipeline.aws.call("events", "test_event_pattern", with)?.get("Result") == Some(&Value::Bool(true)))
    };
    for ((source, name, request, response), wanted) in
        mine.into_iter().map(|call| (call, true)).chain(others.into_iter().map(|call| (call, false)))
    {
        let detail = record(source, name, request, response);
        let mut event = json!({
            "id": "1", "source": format!("aws.{source}"), "detail-type": "AWS API Call via CloudTrail",
            "account": ACCOUNT, "time": text(&detail, "eventTime"), "region": REGION, "resources": [], "detail": detail,
        });
        assert_eq!(seen(&event)?, wanted, "{source} {name}");
        event["detail"]["errorCode"] = "AccessDenied".into();
        assert!(!seen(&event)?, "{source} {name}, refused");
    }
    let mut deployed = record("sns", "DeleteTopic", json!({ "topicArn": pipeline.output("Alerts") }), Value::Null);
    deployed["userIdentity"]["invokedBy"] = "cloudformation.amazonaws.com".into();
    let deployed = json!({
        "id": "1", "source": "aws.sns", "detail-type": "AWS API Call via CloudTrail", "account": ACCOUNT,
        "time": "2026-01-01T00:00:00Z", "region": REGION, "resources": [], "detail": deployed,
    });
    assert!(!seen(&deployed)?, "what a deployment does is told by the call on the stack");
    Ok(())
}

/// The schedule's own call, and the event of it; that the schedule makes it, the emulator cannot show.
fn the_canary_is_heard(pipeline: &Pipeline) -> Result<(), Failed> {
    let key = pipeline.resources("AWS::KMS::Key")?.remove(0).1;
    let schedules = pipeline.resources("AWS::Scheduler::Schedule")?;
    let (_, name) = schedules.iter().find(|(name, _)| name == "Canary").ok_or("there is no canary")?;
    let name = name.rsplit('/').next().unwrap();
    let schedule = pipeline.aws.call("scheduler", "get_schedule", json!({ "Name": name }))?;
    let target = &schedule["Target"];
    assert!(text(target, "Arn").ends_with(":scheduler:::aws-sdk:kms:enableKeyRotation"), "{target}");
    let input: Value = serde_json::from_str(text(target, "Input"))?;
    assert_eq!(input, json!({ "KeyId": key }));
    pipeline.aws.call("kms", "enable_key_rotation", input)?;

    pipeline.send(&[record("kms", "EnableKeyRotation", json!({ "keyId": key }), Value::Null)])?;
    pipeline.wait(Duration::from_secs(60), "the heartbeat", |pipeline| {
        let log = std::fs::read_to_string(pipeline.emulator().log()).ok()?;
        log.contains("\"Heartbeats\":1").then_some(())
    })
}

/// AWS hands a rule's event to a topic without the context that a condition could be about, so that none may stand there. The
/// emulator does not refuse, wherefore the policies themselves are looked at.
fn its_events_may_be_published(pipeline: &Pipeline) -> Result<(), Failed> {
    let topic = json!({ "TopicArn": pipeline.output("Operations") });
    let topic = pipeline.aws.call("sns", "get_topic_attributes", topic)?;
    let topic = topic.pointer("/Attributes/Policy").and_then(Value::as_str).unwrap_or_default();
    let keys = pipeline.resources("AWS::KMS::Key")?;
    let key = pipeline.aws.call("kms", "get_key_policy", json!({ "KeyId": keys[0].1, "PolicyName": "default" }))?;
    for policy in [topic, text(&key, "Policy")] {
        let policy: Value = serde_json::from_str(policy)?;
        let of_rules = |statement: &&Value| {
            let principals = statement["Principal"]["Service"].to_string();
            principals.contains("events.amazonaws.com")
        };
        let statements: Vec<&Value> = entries(&policy, "Statement").iter().filter(of_rules).collect();
        assert_eq!(statements.len(), 1, "{policy}");
        assert!(statements[0].get("Condition").is_none(), "{policy}");
    }
    Ok(())
}

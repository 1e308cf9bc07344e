//! What nobody meant to send: it is counted or kept with its reason, holds nothing up, and is not quoted in any log.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use trailhound_emulator::{ACCOUNT, Options, REGION};
use trailhound_pipeline_tests::{Failed, Pipeline, STACK, Spy, opening, record, text};

const SSH: &str = "ec2-security-group-ssh-closed";

/// Stands in everything that is sent here, and may stand in no log.
const VALUE: &str = "tangerine-4711";

const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn bad_input_is_counted_or_kept_with_its_reason_and_the_rest_goes_on() -> Result<(), Failed> {
    let Some(pipeline) = Pipeline::deploy(Options::default())? else { return Ok(()) };
    // What fails comes again at once, and not after minutes.
    for queue in ["WorkQueue", "AlertQueue"] {
        let soon = json!({ "QueueUrl": pipeline.output(queue), "Attributes": { "VisibilityTimeout": "1" } });
        pipeline.aws.call("sqs", "set_queue_attributes", soon)?;
    }
    let spy = Spy::on(&pipeline.aws, pipeline.output("Alerts"))?;
    what_is_dropped_is_counted(&pipeline)?;
    what_is_no_event_is_kept(&pipeline)?;
    what_was_left_out_is_read(&pipeline)?;
    what_is_large_is_told_in_part(&pipeline, &spy)?;
    what_poisons_a_queue_is_kept_and_the_rest_goes_on(&pipeline, &spy)?;
    the_logs_have_their_keys_and_no_values(&pipeline)
}

/// Hands the evaluator an invocation; gives what it answers, and whether it failed.
fn invoke(pipeline: &Pipeline, payload: &str) -> Result<(Value, bool), Failed> {
    let with = json!({ "FunctionName": format!("{STACK}-evaluator"), "Payload": payload });
    let answer = pipeline.aws.call("lambda", "invoke", with)?;
    let said = serde_json::from_str(text(&answer, "Payload")).unwrap_or_default();
    Ok((said, answer.get("FunctionError").is_some()))
}

fn envelope(detail_type: &str, detail: &Value) -> String {
    json!({
        "version": "0", "id": "1", "detail-type": detail_type, "source": "aws.ec2", "account": ACCOUNT,
        "time": "2026-01-01T00:00:00Z", "region": REGION, "resources": [], "detail": detail,
    })
    .to_string()
}

/// What means nothing to anybody.
fn what_is_dropped_is_counted(pipeline: &Pipeline) -> Result<(), Failed> {
    const CALL: &str = "AWS API Call via CloudTrail";
    let mut refused = opening(VALUE, 22);
    refused["errorCode"] = "Client.UnauthorizedOperation".into();
    let mut data = opening(VALUE, 22);
    data["eventCategory"] = "Data".into();
    let mut omitted = record("iam", "PutRolePolicy", Value::Null, Value::Null);
    omitted["requestParameters"] =
        json!({ "omitted": true, "originalSize": 149_893, "reason": "requestParameters too large" });
    for (detail_type, detail, reason) in [
        ("Scheduled Event", json!({ "name": VALUE }), "unknown_detail_type"),
        (CALL, refused, "failed"),
        (CALL, data, "data_event"),
        (CALL, omitted, "omitted"),
        (CALL, record("ec2", "SendDiagnosticInterrupt", json!({ "instanceId": VALUE }), Value::Null), "not_watched"),
    ] {
        let (said, failed) = invoke(pipeline, &envelope(detail_type, &detail))?;
        assert!(!failed && said["Dropped"] == json!({ (reason): 1 }), "{reason}: {said}");
    }
    Ok(())
}

/// What AWS's pages show as samples, and what is garbled on the way: Lambda repeats each twice, and keeps it with the reason.
fn what_is_no_event_is_kept(pipeline: &Pipeline) -> Result<(), Failed> {
    for payload in ["{}".to_owned(), envelope("AWS API Call via CloudTrail", &json!("..."))] {
        let (said, failed) = invoke(pipeline, &payload)?;
        assert!(failed && text(&said, "errorMessage").starts_with("reading an "), "{payload}: {said}");
    }
    let mut poison = record("ec2", "AuthorizeSecurityGroupIngress", json!({ "groupId": VALUE }), Value::Null);
    poison["eventTime"] = "yesterday".into();
    let placeholder = json!({ "eventSource": "ec2.amazonaws.com", "eventName": "AuthorizeSecurityGroupIngress", "userIdentity": "..." });
    let group = pipeline.group("calm")?;
    let good = pipeline.open(&group, 22)?;
    pipeline.send(&[poison, placeholder, good])?;
    pipeline.wait_for_finding(&group, SSH, "open")?;
    pipeline.wait_for_message(&[&group, SSH])?;
    let kept = pipeline.wait(PATIENCE, "the dead letters", |pipeline| {
        Some(pipeline.waiting("EventDeadLetters").ok()?).filter(|kept| kept.len() == 2)
    })?;
    for letter in kept {
        let letter: Value = serde_json::from_str(text(&letter, "Body"))?;
        let reason = letter["responsePayload"]["errorMessage"].as_str().unwrap_or_default();
        assert!(reason.starts_with("reading an event: not a CloudTrail record"), "{letter}");
        assert!(letter["requestPayload"]["detail"].is_object(), "it can be sent again: {letter}");
    }
    Ok(())
}

/// CloudTrail leaves large bodies out. Where the answer still says what it is about, that is read.
fn what_was_left_out_is_read(pipeline: &Pipeline) -> Result<(), Failed> {
    let everything = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "*", "Resource": "*" },
    ] });
    let request = json!({ "PolicyName": "large", "PolicyDocument": everything.to_string() });
    let answer = pipeline.aws.call("iam", "create_policy", request)?;
    let arn = answer.pointer("/Policy/Arn").and_then(Value::as_str).unwrap_or_default();
    let omitted = json!({ "omitted": true, "originalSize": 149_893, "reason": "requestParameters too large" });
    pipeline.send(&[record(
        "iam",
        "CreatePolicy",
        omitted,
        json!({ "policy": { "arn": arn, "policyName": "large" } }),
    )])?;
    pipeline.wait_for_finding("large", "iam-policy-admin-free", "open")?;
    Ok(())
}

/// The largest event that EventBridge takes, and an alert that a queue takes and the topic does not.
fn what_is_large_is_told_in_part(pipeline: &Pipeline, spy: &Spy) -> Result<(), Failed> {
    let group = pipeline.group("large")?;
    let real = pipeline.open(&group, 22)?;
    let mut large = opening(&group, 22);
    large["eventID"] = text(&real, "eventID").into();
    let permission = large.pointer_mut("/requestParameters/ipPermissions/items/0").unwrap();
    let description = format!("{VALUE} {}", "x".repeat(200));
    let range = |number: u32| {
        let [_, _, c, d] = number.to_be_bytes();
        json!({ "cidrIp": format!("203.0.{c}.{d}/32"), "description": description })
    };
    let mut ranges: Vec<Value> = (0..900).map(range).collect();
    ranges.push(json!({ "cidrIp": "0.0.0.0/0" }));
    permission["ipRanges"]["items"] = ranges.into();
    assert!((230_000..256 * 1_024).contains(&large.to_string().len()), "{} bytes", large.to_string().len());
    pipeline.send(&[large])?;
    pipeline.wait_for_finding(&group, SSH, "open")?;
    let message = pipeline.wait_for_message(&[&group, SSH])?;
    assert!(message.len() < 40_000, "{} bytes", message.len());

    let mut told = spy.alerts(&pipeline.aws)?.remove(0);
    told["finding"]["resource"]["id"] = (&*group).into();
    told["alert"]["number"] = 7.into();
    let entry = json!({ "key": VALUE.repeat(20), "detail": format!("{} is open", VALUE.repeat(20)) });
    told["finding"]["evidence"] = vec![entry; 1_660].into();
    let body = told.to_string();
    assert!((900_000..1_024 * 1_024).contains(&body.len()), "{} bytes", body.len());
    let send = json!({ "QueueUrl": pipeline.output("AlertQueue"), "MessageBody": body });
    pipeline.aws.call("sqs", "send_message", send)?;
    let message = pipeline.wait_for_message(&[&group, "alert 7 of this finding"])?;
    assert!(message.contains("more"), "what was left out is said: {message}");
    Ok(())
}

/// One message in a batch that nobody can read.
fn what_poisons_a_queue_is_kept_and_the_rest_goes_on(pipeline: &Pipeline, spy: &Spy) -> Result<(), Failed> {
    let mut good = spy.alerts(&pipeline.aws)?.remove(0);
    good["finding"]["resource"]["id"] = "sg-good".into();
    good["thread"] = "good".into();
    let newer = json!({ "version": 99, "finding": VALUE });
    let mut unknown = good.clone();
    unknown["version"] = 2.into();
    let garbled = format!("{{\"{VALUE}\": ");
    let batch = |queue: &str, bodies: &[String]| -> Result<(), Failed> {
        let message = |(number, body): (usize, &String)| json!({ "Id": number.to_string(), "MessageBody": body });
        let messages: Vec<Value> = bodies.iter().enumerate().map(message).collect();
        let send = json!({ "QueueUrl": pipeline.output(queue), "Entries": messages });
        pipeline.aws.call("sqs", "send_message_batch", send)?;
        Ok(())
    };
    batch("AlertQueue", &[garbled.clone(), newer.to_string(), unknown.to_string(), good.to_string()])?;
    let group = pipeline.group("waits")?;
    let event = pipeline.open(&group, 22)?;
    let due = json!({ "work": "change", "event": event.to_string(), "attempt": 0, "due": "2026-01-01T00:00:00Z" });
    let no_event = json!({ "work": "change", "event": garbled, "attempt": 0, "due": "2026-01-01T00:00:00Z" });
    batch("WorkQueue", &[garbled.clone(), no_event.to_string(), due.to_string()])?;

    pipeline.wait_for_message(&["sg-good", "alert 1 of this finding"])?;
    pipeline.wait_for_finding(&group, SSH, "open")?;
    for (queue, count, function) in [("AlertDeadLetters", 3, "notifier"), ("WorkDeadLetters", 2, "evaluator")] {
        let kept = pipeline
            .wait(PATIENCE, queue, |pipeline| Some(pipeline.waiting(queue).ok()?).filter(|kept| kept.len() == count))?;
        for letter in kept {
            let attribute = |name: &str| {
                let path = format!("/MessageAttributes/{name}/StringValue");
                letter.pointer(&path).and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            assert_eq!(attribute("function"), function, "{letter}");
            assert!(attribute("reason").starts_with("reading "), "{letter}");
        }
    }
    Ok(())
}

/// What `crates/functions/src/telemetry.rs` lists, and nothing that was sent.
fn the_logs_have_their_keys_and_no_values(pipeline: &Pipeline) -> Result<(), Failed> {
    const KEYS: [&str; 10] =
        ["error", "error_code", "function", "level", "message", "number", "reason", "rule", "span", "timestamp"];
    let log = std::fs::read_to_string(pipeline.emulator().log())?;
    let (mut lines, mut metrics) = (0, BTreeSet::new());
    for line in log.lines() {
        let Some(object) = line.find('{').and_then(|at| serde_json::from_str::<Value>(line.get(at..)?).ok()) else {
            continue;
        };
        let keys: BTreeSet<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
        if keys.contains("timestamp") && keys.contains("level") {
            assert!(keys.iter().all(|key| KEYS.contains(key)), "{line}");
        } else if keys.contains("_aws") {
            metrics.extend(keys.iter().map(|key| (*key).to_owned()));
        } else {
            continue;
        }
        assert!(!line.contains(VALUE), "{line}");
        lines += 1;
    }
    assert!(lines > 20, "{lines} lines");
    for name in
        ["EventToReceived", "ReceivedToEvaluated", "EvaluatedToStored", "EventToPublished", "Transitions", "Dropped"]
    {
        assert!(metrics.contains(name), "{name}: {metrics:?}");
    }
    Ok(())
}

//! The pipeline with every call held to the policies of the template's own roles.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]

use serde_json::{Value, json};
use trailhound_emulator::{ACCOUNT, Options, REGION};
use trailhound_pipeline_tests::{Failed, Pipeline, STACK, attribute, record, text};

const SSH: &str = "ec2-security-group-ssh-closed";

/// The dead-letter queues of the stack.
const DEAD_LETTERS: [&str; 5] =
    ["EventDeadLetters", "WorkDeadLetters", "AlertDeadLetters", "DeliveryDeadLetters", "ScheduleDeadLetters"];

/// Bad, fixed, bad again.
fn story(pipeline: &Pipeline) -> Result<(), Failed> {
    let group = pipeline.group("web")?;
    pipeline.send(&[pipeline.open(&group, 22)?])?;
    let row = pipeline.wait_for_finding(&group, SSH, "open")?;
    assert_eq!(attribute(&row, "severity"), "critical");
    pipeline.wait_for_message(&[&group, "22"])?;
    pipeline.send(&[pipeline.close(&group, 22)?])?;
    pipeline.wait_for_finding(&group, SSH, "resolved")?;
    pipeline.wait_for_message(&["resolved", &group])?;
    pipeline.send(&[pipeline.open(&group, 22)?])?;
    pipeline.wait_for_finding(&group, SSH, "open")?;
    pipeline.wait_for_message(&["reopened", &group])?;
    let about = pipeline.webhook.messages().into_iter().filter(|text| text.contains(&group)).count();
    assert_eq!(about, 3, "one message per transition");
    for queue in DEAD_LETTERS {
        assert_eq!(pipeline.waiting(queue)?, Vec::<Value>::new(), "{queue}");
    }
    Ok(())
}

/// Buckets that the evaluator learns of by an event about another setting: what it knows of versioning, it has to read.
fn a_read_that_is_refused_is_unknown(pipeline: &Pipeline) -> Result<(), Failed> {
    const RULE: &str = "s3-bucket-versioning";
    let judged = |name: &str| -> Result<Value, Failed> {
        let place = json!({ "LocationConstraint": REGION });
        pipeline.aws.call("s3", "create_bucket", json!({ "Bucket": name, "CreateBucketConfiguration": place }))?;
        let request = json!({ "bucketName": name, "BucketLoggingStatus": {} });
        let event = json!({
            "version": "0", "id": "1", "detail-type": "AWS API Call via CloudTrail", "source": "aws.s3",
            "account": ACCOUNT, "time": "2026-01-01T00:00:00Z", "region": REGION, "resources": [],
            "detail": record("s3", "PutBucketLogging", request, Value::Null),
        });
        let with = json!({ "FunctionName": format!("{STACK}-evaluator"), "Payload": event.to_string() });
        let answer = pipeline.aws.call("lambda", "invoke", with)?;
        let counts: Value = serde_json::from_str(text(&answer, "Payload"))?;
        Ok(counts)
    };
    let unknown = |counts: &Value| counts["Unknown"].as_u64().unwrap_or_default();
    let seen = judged("seen")?;
    pipeline.wait_for_finding("seen", RULE, "open")?;
    for (number, read) in
        ["s3:GetBucketVersioning", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock"].into_iter().enumerate()
    {
        let name = format!("unseen-{number}");
        let unseen = pipeline.blind_to(&[read], || judged(&name))?;
        assert!(unknown(&unseen) > unknown(&seen), "{read}: {unseen} after {seen}");
        let told = pipeline.findings()?.contains_key(&(name.clone(), RULE.to_owned()));
        assert_eq!(told, read != "s3:GetBucketVersioning", "{read}: what cannot be read is neither open nor resolved");
    }
    for queue in DEAD_LETTERS {
        assert_eq!(pipeline.waiting(queue)?, Vec::<Value>::new(), "{queue}: a refused read is no failure");
    }
    Ok(())
}

#[test]
fn the_story_under_the_templates_roles() -> Result<(), Failed> {
    let Some(pipeline) = Pipeline::deploy(Options { auth: true, ..Options::default() })? else { return Ok(()) };
    story(&pipeline)?;
    a_read_that_is_refused_is_unknown(&pipeline)
}

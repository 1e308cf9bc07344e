//! The pipeline end to end, on the local AWS: an event in, a finding in the table, a message at the webhook.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]

use serde_json::Value;
use trailhound_emulator::{Options, REGION};
use trailhound_pipeline_tests::{Failed, Pipeline, Spy, attribute, text};

#[test]
fn bad_then_fixed_then_bad_again_is_three_messages_in_one_thread() -> Result<(), Failed> {
    const RULE: &str = "ec2-security-group-ssh-closed";
    let Some(pipeline) = Pipeline::deploy(Options::default())? else { return Ok(()) };
    let group = pipeline.group("web")?;
    let spy = Spy::on(&pipeline.aws, pipeline.output("Alerts"))?;

    pipeline.send(&[pipeline.open(&group, 22)?])?;
    let row = pipeline.wait_for_finding(&group, RULE, "open")?;
    assert_eq!(attribute(&row, "severity"), "critical");
    assert_eq!(attribute(&row, "region"), REGION);
    let first = pipeline.wait_for_message(&[&group, "22"])?;
    assert!(first.contains("alice@example.com"), "who did it: {first}");

    pipeline.send(&[pipeline.close(&group, 22)?])?;
    pipeline.wait_for_finding(&group, RULE, "resolved")?;
    let second = pipeline.wait_for_message(&["resolved", &group])?;
    assert!(second.contains("-tcp 22 0.0.0.0/0"), "what it was: {second}");

    pipeline.send(&[pipeline.open(&group, 22)?])?;
    pipeline.wait_for_finding(&group, RULE, "open")?;
    let third = pipeline.wait_for_message(&["reopened", &group])?;
    assert!(third.contains("+tcp 22 0.0.0.0/0"), "what it is: {third}");

    let about: Vec<String> = pipeline.webhook.messages().into_iter().filter(|text| text.contains(&group)).collect();
    assert_eq!(about.len(), 3, "one message per transition: {about:#?}");
    for (number, message) in (1..).zip(&about) {
        assert!(message.contains(&format!("alert {number} of this finding")), "{message}");
        assert!(message.contains("alice@example.com"), "who: {message}");
    }
    let mut alerts = spy.alerts(&pipeline.aws)?;
    alerts.retain(|alert| alert["finding"]["resource"]["id"] == *group);
    alerts.sort_by_key(|alert| alert["alert"]["number"].as_u64());
    let steps: Vec<&str> = alerts.iter().map(|alert| text(&alert["alert"], "kind")).collect();
    assert_eq!(steps, ["opened", "resolved", "reopened"]);
    for (alert, (before, after)) in alerts.iter().zip([(false, true), (true, false), (false, true)]) {
        assert_eq!(alert["thread"], alerts[0]["thread"], "one thread");
        let open = |side: &str| alert["transition"][side].to_string().contains("0.0.0.0/0");
        assert_eq!((open("before"), open("after")), (before, after), "{alert}");
    }
    for queue in ["EventDeadLetters", "WorkDeadLetters", "AlertDeadLetters", "DeliveryDeadLetters"] {
        assert_eq!(pipeline.waiting(queue)?, Vec::<Value>::new(), "{queue}");
    }
    Ok(())
}

/// An event that is delivered five times is told once, and two evaluators at once on one group lose nothing.
#[test]
fn repeated_and_simultaneous_events_are_told_once_each() -> Result<(), Failed> {
    let Some(pipeline) = Pipeline::deploy(Options::default())? else { return Ok(()) };
    let group = pipeline.group("busy")?;
    let rules = [(22, "ec2-security-group-ssh-closed"), (3389, "ec2-security-group-rdp-closed")];
    let mut records = Vec::new();
    for (port, _) in rules {
        records.push(pipeline.open(&group, port)?);
    }
    // Newest first, all at once, each five times.
    records.reverse();
    let many: Vec<Value> = (0..5).flat_map(|_| records.clone()).collect();
    pipeline.send(&many)?;
    for (port, rule) in rules {
        let row = pipeline.wait_for_finding(&group, rule, "open")?;
        assert_eq!(attribute(&row, "severity"), "critical");
        pipeline.wait_for_message(&[&group, rule, &port.to_string()])?;
    }
    // The settle check, half a minute later, tells nothing again.
    std::thread::sleep(std::time::Duration::from_secs(45));
    for (_, rule) in rules {
        let told = pipeline.webhook.messages().into_iter().filter(|text| text.contains(&group) && text.contains(rule));
        assert_eq!(told.count(), 1, "{rule}");
    }
    for queue in ["EventDeadLetters", "WorkDeadLetters", "AlertDeadLetters", "DeliveryDeadLetters"] {
        assert_eq!(pipeline.waiting(queue)?, Vec::<Value>::new(), "{queue}");
    }
    Ok(())
}

//! Every item of the checklist end to end, on the local AWS: an event in, a finding in the table, a message at the webhook.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]

use std::time::Duration;

use serde_json::{Value, json};
use trailhound_emulator::Options;
use trailhound_pipeline_tests::scenario::{self, Made};
use trailhound_pipeline_tests::{Failed, Pipeline, STACK, attribute};

/// Each scenario breaks something real, is found, told, mended, and told again. All run on one deployment at the same time.
#[test]
fn every_item_is_found_told_and_resolved() -> Result<(), Failed> {
    let Some(pipeline) = Pipeline::deploy(Options::default())? else { return Ok(()) };
    let mut made: Vec<Made> = Vec::new();
    for scenario in scenario::ALL {
        let one = (scenario.make)(&pipeline.aws).map_err(|why| format!("{}: making: {why}", scenario.item))?;
        pipeline.send(&one.records)?;
        made.push(one);
    }
    // One of each is right before anything is wrong.
    std::thread::sleep(Duration::from_secs(5));
    let rows = pipeline.findings()?;
    for (scenario, made) in scenario::ALL.iter().zip(&made) {
        let row = rows.get(&(made.resource.clone(), scenario.rule.to_owned()));
        assert!(row.is_none_or(|row| attribute(row, "status") != "open"), "{}: before: {row:?}", scenario.item);
    }

    for (scenario, made) in scenario::ALL.iter().zip(&made) {
        let records = (scenario.bad)(&pipeline.aws, &made.resource);
        pipeline.send(&records.map_err(|why| format!("{}: breaking: {why}", scenario.item))?)?;
    }
    for (scenario, made) in scenario::ALL.iter().zip(&made) {
        let row = pipeline.wait_for_finding(&made.resource, scenario.rule, "open")?;
        assert_eq!(attribute(&row, "severity"), scenario.severity, "{}", scenario.item);
        assert_eq!(attribute(&row, "item"), scenario.item);
    }
    for (scenario, made) in told(&made) {
        let message = pipeline.wait_for_message(&[&made.resource, scenario.rule, "alert 1 of this finding"])?;
        assert!(message.contains(&scenario.severity.to_uppercase()), "how bad: {message}");
        assert!(message.contains("alice@example.com"), "who did it: {message}");
    }
    // What is less than high waits for the digest, which the schedule would send in the morning.
    pipeline.aws.call("lambda", "invoke", json!({ "FunctionName": format!("{STACK}-reporter"), "Payload": "{}" }))?;
    for (scenario, made) in scenario::ALL.iter().zip(&made) {
        pipeline.wait_for_message(&["Trailhound, open:", &made.resource, scenario.rule])?;
    }

    for (scenario, made) in scenario::ALL.iter().zip(&made) {
        let records = (scenario.fixed)(&pipeline.aws, &made.resource);
        pipeline.send(&records.map_err(|why| format!("{}: mending: {why}", scenario.item))?)?;
    }
    for (scenario, made) in scenario::ALL.iter().zip(&made) {
        pipeline.wait_for_finding(&made.resource, scenario.rule, "resolved")?;
    }
    for (scenario, made) in told(&made) {
        let message = pipeline.wait_for_message(&[&made.resource, scenario.rule, "alert 2 of this finding"])?;
        assert!(message.contains("resolved"), "what became of it: {message}");
        assert!(message.contains("alice@example.com"), "who mended it: {message}");
        let about = pipeline.webhook.messages().into_iter();
        let about = about
            .filter(|text| [&made.resource, scenario.rule, "of this finding"].iter().all(|part| text.contains(part)));
        assert_eq!(about.count(), 2, "{}: one message per transition", scenario.item);
    }
    for queue in ["EventDeadLetters", "WorkDeadLetters", "AlertDeadLetters", "DeliveryDeadLetters"] {
        assert_eq!(pipeline.waiting(queue)?, Vec::<Value>::new(), "{queue}");
    }
    Ok(())
}

/// The scenarios that are told by messages of their own.
fn told(made: &[Made]) -> impl Iterator<Item = (&scenario::Scenario, &Made)> {
    scenario::ALL.iter().zip(made).filter(|(scenario, _)| ["critical", "high"].contains(&scenario.severity))
}

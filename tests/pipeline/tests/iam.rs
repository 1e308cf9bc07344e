//! The pipeline with every call held to the policies of the template's own roles.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]

use serde_json::Value;
use trailhound_emulator::Options;
use trailhound_pipeline_tests::{Failed, Pipeline, attribute};

const SSH: &str = "ec2-security-group-ssh-closed";

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
    for queue in ["EventDeadLetters", "WorkDeadLetters", "AlertDeadLetters", "DeliveryDeadLetters"] {
        assert_eq!(pipeline.waiting(queue)?, Vec::<Value>::new(), "{queue}");
    }
    Ok(())
}

#[test]
fn the_story_under_the_templates_roles() -> Result<(), Failed> {
    let Some(pipeline) = Pipeline::deploy(Options { auth: true })? else { return Ok(()) };
    story(&pipeline)
}

//! The pipeline and a replay of the same records say the same, in whatever order and however often the records come.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use trailhound_emulator::{Options, REGION};
use trailhound_pipeline_tests::scenario::{self, Scenario};
use trailhound_pipeline_tests::{Failed, Pipeline, command, entries, text};

/// Region, resource and rule.
type Key = (String, String, String);

/// What one side says.
type Findings = BTreeMap<Key, Value>;

/// Each item is broken, mended, and every other one broken again. Then every record is delivered five times, out of order,
/// while several evaluators work; what they leave in the table is what a replay of the records leaves in its file.
#[test]
fn shuffled_and_repeated_events_leave_what_a_replay_leaves() -> Result<(), Failed> {
    let Some(pipeline) = Pipeline::deploy(Options::default())? else { return Ok(()) };
    // What CloudTrail hides a replay cannot know.
    let scenarios: Vec<Scenario> = scenario::ALL.into_iter().filter(|one| one.item != "secrets-managed").collect();
    let mut records = Vec::new();
    let mut resources = Vec::new();
    for scenario in &scenarios {
        let made = (scenario.make)(&pipeline.aws)?;
        records.extend(made.records);
        resources.push(made.resource);
    }
    for round in 0..3_usize {
        // Two calls about one setting in one second have no order.
        std::thread::sleep(Duration::from_millis(1_100));
        for (number, (scenario, resource)) in scenarios.iter().zip(&resources).enumerate() {
            records.extend(match round {
                0 => (scenario.bad)(&pipeline.aws, resource)?,
                1 => (scenario.fixed)(&pipeline.aws, resource)?,
                _ if number % 2 == 0 => (scenario.bad)(&pipeline.aws, resource)?,
                _ => Vec::new(),
            });
        }
    }
    // A read enters 15 seconds before it was made. What AWS shows at the end must not stand before what happened.
    std::thread::sleep(Duration::from_secs(17));
    pipeline.send(&shuffled(&records))?;

    // Settle checks come 30 seconds after the last event, and ask a second time a minute later where AWS contradicts.
    std::thread::sleep(Duration::from_secs(110));
    let command = command()?;
    let table = format!("dynamodb:{}@{REGION}", pipeline.output("Table"));
    let stored = findings(&command, &table, pipeline.emulator().url())?;
    let replayed = replay(&command, &records)?;

    for ((scenario, resource), number) in scenarios.iter().zip(&resources).zip(0_usize..) {
        let of_rule = |(key, _): &(&Key, &Value)| key.1 == *resource && key.2 == scenario.rule;
        let (_, finding) = replayed.iter().find(of_rule).unwrap();
        let status = if number % 2 == 0 { "open" } else { "resolved" };
        assert_eq!(text(finding, "status"), status, "{}", scenario.item);
        assert_eq!(entries(finding, "episodes").len(), if number % 2 == 0 { 2 } else { 1 }, "{}", scenario.item);
    }
    for (key, replayed) in &replayed {
        assert_eq!(stored.get(key).map(comparable), Some(comparable(replayed)), "{key:?}");
    }
    for (key, finding) in stored.iter().filter(|(key, _)| !replayed.contains_key(*key)) {
        let reason = SHOWN_BY_READS.iter().find(|(rule, _)| *rule == key.2);
        assert!(reason.is_some(), "no event tells of it, and no reason is known: {finding}");
    }

    // Each alert is told once. What was open and is not is told as such or, where it was mended before it was known, as past.
    let messages = pipeline.webhook.messages();
    for ((scenario, resource), number) in scenarios.iter().zip(&resources).zip(0_usize..) {
        let about = messages.iter().filter(|text| [scenario.rule, resource].iter().all(|part| text.contains(part)));
        let about: Vec<&String> = about.filter(|text| text.contains(" of this finding")).collect();
        for number in 1..=about.len() {
            let told = about.iter().filter(|text| text.contains(&format!("alert {number} of this finding")));
            assert_eq!(told.count(), 1, "{}: alert {number} of {about:#?}", scenario.item);
        }
        let words: &[&str] = if number % 2 == 0 { &["opened: `"] } else { &["resolved: `", "was open unnoticed: `"] };
        let last = format!("alert {} of this finding", about.len());
        let last = about.into_iter().find(|text| text.contains(&last));
        let says = last.is_some_and(|text| words.iter().any(|word| text.contains(word)));
        assert!(says || scenario.severity == "medium", "{}: {last:?}", scenario.item);
    }
    let log = std::fs::read_to_string(pipeline.emulator().log())?;
    assert!(log.contains("\"Conflicts\":"), "no two evaluators met at a resource");
    for queue in ["EventDeadLetters", "WorkDeadLetters", "AlertDeadLetters", "DeliveryDeadLetters"] {
        assert_eq!(pipeline.waiting(queue)?, Vec::<Value>::new(), "{queue}");
    }
    Ok(())
}

/// The rules whose findings rest on what only reads show, each with what it is.
const SHOWN_BY_READS: [(&str, &str); 4] = [
    ("config-region-recorder", "no event says that a region has no recorder"),
    ("guardduty-region-detector", "nor that a region has no detector, as the one that IAM's events come from"),
    ("guardduty-detector-features", "the emulator has detectors without features"),
    ("rds-instance-managed-password", "the emulator shows no secret of a managed password"),
];

/// A finding as both sides must have it. Why something is unknown differs: a replay has not been shown it, and the pipeline asked
/// the emulator in vain, which has no account-wide block of public access.
fn comparable(finding: &Value) -> Value {
    let mut finding = finding.clone();
    if text(&finding, "status") == "unknown"
        && let Some(members) = finding.as_object_mut()
    {
        members.remove("message");
    }
    finding
}

/// Every record five times, in an order that has nothing to do with when they happened but is the same in every run.
fn shuffled(records: &[Value]) -> Vec<Value> {
    let mut many: Vec<(u64, Value)> = Vec::new();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..5 {
        for record in records {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            many.push((state >> 16, record.clone()));
        }
    }
    many.sort_by_key(|(place, _)| *place);
    many.into_iter().map(|(_, record)| record).collect()
}

/// What a replay of the records finds.
fn replay(command: &Path, records: &[Value]) -> Result<Findings, Failed> {
    let folder = std::env::temp_dir().join(format!("trailhound-parity-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let (file, store) = (folder.join("records.json"), folder.join("replayed.db"));
    std::fs::write(&file, json!({ "Records": records }).to_string())?;
    let done = Command::new(command).arg("replay").arg(&file).arg("--store").arg(&store).output()?;
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let found = findings(command, &store.display().to_string(), "");
    std::fs::remove_dir_all(&folder)?;
    found
}

/// What a store says, by the command that people use.
fn findings(command: &Path, store: &str, address: &str) -> Result<Findings, Failed> {
    let listed = Command::new(command)
        .args(["findings", "--format", "json", "--store", store])
        .envs([("AWS_ENDPOINT_URL", address), ("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")])
        .output()?;
    let said = String::from_utf8_lossy(&listed.stderr);
    assert!(listed.status.code().is_some_and(|code| code < 2), "{said}");
    let mut found = Findings::new();
    for line in String::from_utf8_lossy(&listed.stdout).lines() {
        let finding: Value = serde_json::from_str(line)?;
        let [region, resource, rule] = ["region", "resource", "rule"].map(|member| text(&finding, member).to_owned());
        found.insert((region, resource, rule), finding);
    }
    Ok(found)
}

//! The sample events of this project, ingested into a table: it says what memory says, each event costs what it should, and the
//! questions of `docs/table.md` are answered.

#![cfg(feature = "dynamodb")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

mod emulator;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use pollster::block_on;
use trailhound_emulator::{Shell, commands};
use trailhound_engine::port::{FindingQuery, Store};
use trailhound_engine::{Ingest, Judge};
use trailhound_model::{Change, Finding, Kind, Severity, Status, Transition};
use trailhound_rules::Settings;
use trailhound_store::{DynamoDb, Memory};
use trailhound_trail::{Record, interpret};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
}

/// What the samples' events mean, in their order.
fn changes() -> Vec<Change> {
    let mut paths = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events"), &mut paths);
    paths.sort();
    let mut changes = Vec::new();
    for path in paths {
        let file: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        for record in file["Records"].as_array().unwrap() {
            let text = record.to_string();
            changes.extend(interpret::interpret(&Record::parse(text.as_bytes()).unwrap()));
        }
    }
    changes.sort_by(|a, b| (a.cause.time, &a.cause.event_id).cmp(&(b.cause.time, &b.cause.event_id)));
    changes
}

#[test]
fn the_samples_say_the_same_in_a_table_as_in_memory() {
    let Some(address) = emulator::address() else { return };
    let calls = emulator::Calls::default();
    let config = emulator::config(&address).interceptor(calls.clone()).build();
    let table = DynamoDb::new(&config, &emulator::table(&config));
    let memory = Memory::new();
    let judge = Judge::new(Settings::default());
    let changes = changes();
    assert!(changes.len() > 100, "{}", changes.len());
    let until = changes[changes.len() - 1].cause.time;
    let mut costs: BTreeMap<String, usize> = BTreeMap::new();
    for change in &changes {
        calls.take();
        let told = block_on(Ingest::new(&table, &judge).ingest(change, until)).unwrap();
        *costs.entry(calls.take()).or_default() += 1;
        let expected = block_on(Ingest::new(&memory, &judge).ingest(change, until)).unwrap();
        assert_eq!(told.alerts, expected.alerts, "{} {}", change.cause.name, change.cause.event_id);
    }
    for (calls, count) in &costs {
        eprintln!("{count:5} events: {calls}");
    }
    let everything = FindingQuery::default();
    assert_eq!(block_on(table.findings(&everything)).unwrap(), block_on(memory.findings(&everything)).unwrap());
    assert_eq!(block_on(table.resources(None)).unwrap(), block_on(memory.resources(None)).unwrap());
    assert_eq!(block_on(table.counts()).unwrap(), block_on(memory.counts()).unwrap());
}

/// How many rows of so many columns a table of the AWS CLI has.
fn rows(said: &str, columns: usize) -> usize {
    said.lines().filter(|line| line.matches('|').count() == columns + 1).count()
}

/// Every command, as it stands.
#[test]
fn the_questions_of_the_documentation_are_answered() {
    let Some(address) = emulator::address() else { return };
    let config = emulator::config(&address).build();
    let name = emulator::table(&config);
    let (table, memory) = (DynamoDb::new(&config, &name), Memory::new());
    let judge = Judge::new(Settings::default());
    let changes = changes();
    let until = changes[changes.len() - 1].cause.time;
    let mut alerts = 0;
    for change in &changes {
        alerts += block_on(Ingest::new(&table, &judge).ingest(change, until)).unwrap().alerts.len();
        block_on(Ingest::new(&memory, &judge).ingest(change, until)).unwrap();
    }
    let shell = Shell::beside(&address).unwrap();
    let said: Vec<String> = commands("table.md", "Questions, with the AWS CLI")
        .unwrap()
        .iter()
        .map(|command| shell.run(command, &[("TABLE", &name)]).unwrap())
        .collect();
    let [critical, of_rule, of_day, of_bucket, counted] = &said[..] else { panic!("{} commands", said.len()) };

    let findings = block_on(memory.findings(&FindingQuery::default())).unwrap();
    let open = |finding: &&Finding| finding.status == Status::Open;
    let expected: Vec<&Finding> =
        findings.iter().filter(open).filter(|finding| finding.severity == Severity::Critical).collect();
    assert_eq!(rows(critical, 5), expected.len(), "{critical}");
    for finding in expected {
        let opened_by = finding.last_episode().unwrap().opened_by.as_ref().unwrap();
        let columns = [&*finding.resource.id, &*finding.rule, &*opened_by.actor.name, &*finding.message];
        assert!(
            critical.lines().any(|line| columns.iter().all(|column| line.contains(column))),
            "{columns:?}: {critical}"
        );
    }
    let of =
        |finding: &&Finding| &*finding.rule == "s3-bucket-versioning" && &*finding.resource.account == "111122223333";
    assert_eq!(rows(of_rule, 3), findings.iter().filter(open).filter(of).count(), "{of_rule}");
    let transitions =
        || findings.iter().flat_map(|finding| finding.transitions.iter().map(move |step| (finding, step)));
    let that_day = |(_, step): &(&Finding, &Transition)| step.time.to_string().starts_with("2026-03-05");
    assert_eq!(rows(of_day, 6), transitions().filter(that_day).count(), "{of_day}");
    let bucket = |(finding, _): &(&Finding, &Transition)| &*finding.resource.id == "acme-invoices";
    assert!(of_bucket.starts_with("R#111122223333#global#AWS::S3::Bucket#acme-invoices\n"), "{of_bucket}");
    assert_eq!(rows(of_bucket, 6), transitions().filter(bucket).count(), "{of_bucket}");
    let buckets = block_on(memory.of_kinds(&[Kind::named("AWS::S3::Bucket").unwrap()], None)).unwrap().len();
    assert!(counted.starts_with(&format!("{buckets}\n")), "{counted}");
    assert_eq!(rows(counted, 3), alerts, "{counted}");
    for found in [of_rule, of_day, of_bucket] {
        assert!(found.contains('|'), "nothing is found: {found}");
    }
}

//! The sample events of this project, ingested into a table: it says what memory says, and each event costs what it should.

#![cfg(feature = "dynamodb")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]

mod emulator;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use pollster::block_on;
use trailhound_engine::port::{FindingQuery, Store};
use trailhound_engine::{Ingest, Judge};
use trailhound_model::Change;
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

//! Real records from many hands, and the official schemas, where they are on the machine.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use trailhound_engine::port::Store;
use trailhound_engine::replay::{Options, replay};
use trailhound_engine::{Ingest, Judge};
use trailhound_model::{Kind, Place, Shape, kinds};
use trailhound_rules::Settings;
use trailhound_store::{Memory, Sqlite};
use trailhound_tests::{corpus, project};
use trailhound_trail::{Record, interpret};

/// Every record of the collections, and how each was named there.
fn collected() -> Option<Vec<(String, Value)>> {
    let folder = corpus("cloudtrail")?;
    let mut records = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        for (index, line) in fs::read_to_string(&entry).unwrap().lines().enumerate() {
            let line: Value = serde_json::from_str(line).unwrap();
            let label = format!("{} line {}", entry.file_name().unwrap().display(), index + 1);
            let record = line.get("record").or_else(|| line.get("envelope")).unwrap_or(&line).clone();
            records.push((label, record));
        }
    }
    Some(records)
}

#[test]
fn every_collected_record_is_read_or_skipped_with_a_reason() {
    let Some(records) = collected() else { return };
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<String> = records.iter().map(|(_, record)| record.to_string()).collect();
    fs::write(folder.path().join("collected.jsonl"), lines.join("\n")).unwrap();
    let store = Sqlite::in_memory().unwrap();
    let judge = Judge::new(Settings::default());
    let replayed = replay(&[folder.path().to_path_buf()], &store, &judge, &Options::default()).unwrap();
    let tally = &replayed.tally;
    let skipped: u64 = tally.skipped.values().sum();
    assert_eq!(tally.records, u64::try_from(records.len()).unwrap(), "every line is one record");
    assert_eq!(tally.read + skipped, tally.records);
    assert!(tally.read > 1_000, "read {} of {}: {:?}", tally.read, tally.records, tally.skipped);
    println!("read {}, skipped {:?}, without effect {:?}", tally.read, tally.skipped, replayed.unchanged);
    for unplaced in &replayed.unplaced {
        println!("record {}: {}: {}", unplaced.record, unplaced.event, unplaced.reason);
    }
}

/// Top-level property names of the official schemas, by type.
fn schemas() -> Option<BTreeMap<String, BTreeSet<String>>> {
    let folder = corpus("cfn-schemas")?;
    let mut schemas = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let schema: Value = serde_json::from_str(&fs::read_to_string(entry.unwrap().path()).unwrap()).unwrap();
        let names = schema["properties"].as_object().unwrap().keys().cloned().collect();
        schemas.insert(schema["typeName"].as_str().unwrap().to_owned(), names);
    }
    Some(schemas)
}

#[test]
fn declared_properties_are_in_the_official_schemas() {
    let Some(schemas) = schemas() else { return };
    let mut wrong = Vec::new();
    let mut without = BTreeSet::new();
    for def in kinds::ALL {
        for facet in def.facets {
            let of = match facet.place {
                Place::Property => def.name,
                Place::Part(part) => {
                    assert!(def.parts.contains(&part), "{} does not declare its part {part}", def.name);
                    part
                }
                Place::Observed => continue,
            };
            let top = facet.name.split('.').next().unwrap();
            match schemas.get(of) {
                None => {
                    without.insert(of);
                }
                Some(names) if !names.contains(top) => wrong.push(format!("{of} has no property {top} ({})", def.name)),
                Some(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("no schema at hand for: {without:?}");
}

/// The schema that a `$ref` or a property leads to.
fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(path) => resolve(root, root.pointer(path.trim_start_matches('#')).unwrap()),
        None => schema,
    }
}

/// Names in `value` that its schema does not have, by their paths.
fn strangers(root: &Value, schema: &Value, value: &Value, path: &str, found: &mut BTreeSet<String>) {
    let schema = resolve(root, schema);
    match value {
        Value::Object(members) => {
            let Some(properties) = schema["properties"].as_object() else { return };
            for (name, member) in members {
                match properties.get(name) {
                    Some(property) => strangers(root, property, member, &format!("{path}.{name}"), found),
                    None => {
                        found.insert(format!("{path}.{name}"));
                    }
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                strangers(root, &schema["items"], item, path, found);
            }
        }
        _ => {}
    }
}

#[test]
fn emitted_properties_use_the_official_names_only() {
    let Some(folder) = corpus("cfn-schemas") else { return };
    let mut schemas: BTreeMap<String, Value> = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let schema: Value = serde_json::from_str(&fs::read_to_string(entry.unwrap().path()).unwrap()).unwrap();
        schemas.insert(schema["typeName"].as_str().unwrap().to_owned(), schema);
    }
    let store = Sqlite::in_memory().unwrap();
    let judge = Judge::new(Settings::default());
    let mut paths: Vec<PathBuf> = vec![project("events")];
    paths.extend(corpus("archives/invictus/CloudTrail"));
    replay(&paths, &store, &judge, &Options::default()).unwrap();
    let mut found = BTreeSet::new();
    let mut emitted = 0;
    for view in pollster::block_on(store.resources(None)).unwrap() {
        let def = view.resource.kind.def();
        for (name, value) in &view.properties {
            emitted += 1;
            let value: Value = serde_json::from_str(&value.to_json()).unwrap();
            let facet = def.facets.iter().find(|facet| facet.name.split('.').next() == Some(&**name)).unwrap();
            let of = match facet.place {
                Place::Part(part) => part,
                _ => def.name,
            };
            let Some(schema) = schemas.get(of) else { continue };
            let property = &schema["properties"][&**name];
            assert!(!property.is_null(), "{of} has no property {name}");
            let listed = property["type"] == "array" || property["$ref"].is_string();
            assert!(facet.shape == Shape::Single || !listed || value.is_array(), "{of} {name}: entries are listed");
            strangers(schema, property, &value, &format!("{of}.{name}"), &mut found);
        }
    }
    assert!(emitted > 0, "nothing was emitted");
    assert!(found.is_empty(), "names that no schema has:\n{}", found.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn collected_envelopes_and_records_go_through_the_account_path_too() {
    let Some(records) = collected() else { return };
    let store = Memory::new();
    let judge = Judge::new(Settings::default());
    let mut changes = 0;
    for (label, value) in &records {
        let json = value.to_string();
        let record = match value.get("detail") {
            Some(_) => Record::parse_envelope(json.as_bytes()),
            None => Record::parse(json.as_bytes()),
        };
        let Ok(record) = record else { continue };
        if let Ok(change) = interpret::interpret(&record) {
            let now = record.event_time;
            pollster::block_on(Ingest::new(&store, &judge).ingest(&change, now))
                .unwrap_or_else(|error| panic!("{label}: {error}"));
            changes += 1;
        }
    }
    assert!(changes > 100, "only {changes} of {} records mean something", records.len());
    let kinds: Vec<Kind> = kinds::ALL.iter().map(|def| Kind::of(def)).collect();
    let resources = pollster::block_on(store.of_kinds(&kinds, None)).unwrap();
    println!("{changes} changes to {} resources", resources.len());
}

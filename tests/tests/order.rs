//! Order, repetition and splitting must not matter: the same set of events gives the same resources, findings and
//! timelines, whether it is replayed from files or ingested one event at a time, in whatever order.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use trailhound_engine::port::{FindingQuery, Store};
use trailhound_engine::replay::{Options, replay};
use trailhound_engine::{Fold, Histories, Ingest, Judge};
use trailhound_model::{Actor, Cause, Entry, Kind, Ledger, Operation, Origin, Presence, ResourceId, Second, kinds};
use trailhound_rules::Settings;
use trailhound_store::{Memory, Sqlite};
use trailhound_trail::{Record, interpret};

/// A small random generator for shuffles, so that a seed names an order.
struct Shuffle(u64);

impl Shuffle {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(below).unwrap()).unwrap()
    }

    fn shuffled<T: Clone>(seed: u64, items: &[T]) -> Vec<T> {
        let mut random = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut items = items.to_vec();
        for at in (1..items.len()).rev() {
            items.swap(at, random.next(at + 1));
        }
        items
    }
}

/// Every rule is on: more rules see more.
fn judge() -> Judge {
    let switched_on = trailhound_rules::all().map(|(id, _)| id.to_owned()).collect();
    Judge::new(Settings { switched_on, ..Settings::default() })
}

/// All that a store says, as text.
fn dump(store: &impl Store) -> String {
    pollster::block_on(async {
        let findings = store.findings(&FindingQuery::default()).await.unwrap();
        let resources = store.resources(None).await.unwrap();
        let mut lines: Vec<String> = findings.iter().map(|finding| serde_json::to_string(finding).unwrap()).collect();
        lines.extend(resources.iter().map(|resource| serde_json::to_string(resource).unwrap()));
        lines.join("\n")
    })
}

/// Ingests records one at a time into a store in memory, `until` being the present for all.
fn ingest(records: &[Value], until: Second) -> Memory {
    let store = Memory::new();
    let judge = judge();
    for record in records {
        let text = record.to_string();
        if let Ok(change) = interpret::interpret(&Record::parse(text.as_bytes()).unwrap()) {
            let ingest = Ingest::new(&store, &judge);
            let mut works = pollster::block_on(ingest.ingest(&change, until)).unwrap().works;
            while let Some(work) = works.pop() {
                // What is due later repeats, for the sake of those that write at the same time.
                if work.due() <= until {
                    works.extend(pollster::block_on(ingest.work(&work, until)).unwrap().works);
                }
            }
        }
    }
    store
}

/// Writes records into files of a folder, a few per file.
fn write_files(folder: &Path, records: &[Value], per_file: usize) -> Vec<PathBuf> {
    fs::create_dir_all(folder).unwrap();
    let write = |(number, records): (usize, &[Value])| {
        let path = folder.join(format!("{number:04}.json"));
        fs::write(&path, json!({ "Records": records }).to_string()).unwrap();
        path
    };
    records.chunks(per_file.max(1)).enumerate().map(write).collect()
}

fn replay_runs(runs: &[&[PathBuf]], spill_bytes: usize) -> Sqlite {
    let store = Sqlite::in_memory().unwrap();
    let mut options = Options { spill_bytes, ..Options::default() };
    options.reader.threads = 2;
    for paths in runs {
        let replayed = replay(paths, &store, &judge(), &options).unwrap();
        let skipped: u64 = replayed.tally.skipped.values().sum();
        assert_eq!(replayed.tally.read + skipped, replayed.tally.records, "read + skipped = records");
    }
    store
}

/// The records of all `Records` files below a folder.
fn records_of(folder: &Path) -> Vec<Value> {
    let mut paths: Vec<PathBuf> = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match entry.extension().and_then(|extension| extension.to_str()) {
                _ if entry.is_dir() => folders.push(entry),
                Some("json") => paths.push(entry),
                _ => {}
            }
        }
    }
    paths.sort();
    let mut records = Vec::new();
    for path in paths {
        let file: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        records.extend(file["Records"].as_array().unwrap().iter().cloned());
    }
    records
}

fn latest(records: &[Value]) -> Second {
    records.iter().map(|record| Second::parse(record["eventTime"].as_str().unwrap()).unwrap()).max().unwrap()
}

/// Replays the records shuffled, doubled, halved and spilled, and ingests them one by one in many orders.
fn holds(name: &str, records: &[Value], file_seeds: u64, orders: u64) {
    let folder = tempfile::tempdir().unwrap();
    let files = |name: &str, records: &[Value], per_file| write_files(&folder.path().join(name), records, per_file);
    let all = files("all", records, 25);
    let expected = dump(&replay_runs(&[&all], usize::MAX));
    assert!(!expected.is_empty(), "{name}: the records say something");
    let same = |store: &Sqlite, what: &str| assert!(dump(store) == expected, "{name}: {what} gives something else");

    same(&replay_runs(&[&all, &all], usize::MAX), "replaying twice");
    same(&replay_runs(&[&all], 2_000), "spilling every two thousand bytes");
    let doubled: Vec<PathBuf> = all.iter().cloned().chain(files("copy", records, 40)).collect();
    same(&replay_runs(&[&doubled], usize::MAX), "every record in two files");
    for seed in 0..file_seeds {
        let shuffled = Shuffle::shuffled(seed, records);
        let paths = files(&format!("shuffled-{seed}"), &shuffled, 10);
        same(&replay_runs(&[&paths], usize::MAX), &format!("shuffling with seed {seed}"));
        let (first, second) = paths.split_at(paths.len() / 2);
        same(&replay_runs(&[first, second], usize::MAX), &format!("two halves, seed {seed}"));
        same(&replay_runs(&[second, first], 5_000), &format!("two halves in the other order, seed {seed}"));
    }
    let until = latest(records);
    for seed in 0..orders {
        let shuffled = Shuffle::shuffled(seed, records);
        let store = ingest(&shuffled, until);
        assert!(dump(&store) == expected, "{name}: one event at a time in order {seed} gives something else");
    }
}

/// The records of `records` that are watched; the others cost time and say nothing.
fn watched(records: Vec<Value>) -> Vec<Value> {
    records.into_iter().filter(|record| interpret::is_watched(record["eventName"].as_str().unwrap())).collect()
}

#[test]
fn the_samples_do_not_depend_on_order() {
    let folder = trailhound_tests::project("events");
    let records = watched(records_of(&folder));
    holds("events/", &records, 5, 10);
}

#[test]
fn a_real_attack_does_not_depend_on_order() {
    let Some(folder) = trailhound_tests::corpus("archives/invictus/CloudTrail") else { return };
    let records = watched(records_of(&folder));
    holds("invictus", &records, 20, 200);
}

/// One call of a made-up day, by which template and on which of a few resources.
#[derive(Clone, Debug)]
struct Call {
    template: usize,
    which: usize,
    port: u16,
    seconds: i64,
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let call = (0..TEMPLATES, 0..2_usize, prop::sample::select(vec![22_u16, 443, 3389, 6379]), 0..3_i64)
        .prop_map(|(template, which, port, seconds)| Call { template, which, port, seconds });
    prop::collection::vec(call, 2..24)
}

const TEMPLATES: usize = 24;

/// The record of a call: what AWS would log, whether or not the day as a whole makes sense.
fn record(call: &Call, number: usize, time: Second) -> Value {
    let Call { template, which, port, .. } = call;
    let group = format!("sg-{which}");
    let bucket = format!("bucket-{which}");
    let user = format!("user-{which}");
    let vpc = format!("vpc-{which}");
    let rule = json!({"securityGroupRuleId": format!("sgr-{which}-{port}"), "groupId": group, "isEgress": false,
        "ipProtocol": "tcp", "fromPort": port, "toPort": port, "cidrIpv4": "0.0.0.0/0"});
    let nested = json!({"items": [{"ipProtocol": "tcp", "fromPort": port, "toPort": port,
        "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}, "ipv6Ranges": {}, "groups": {}, "prefixListIds": {}}]});
    let block = json!({"BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true,
        "RestrictPublicBuckets": true});
    let public = json!({"Version": "2012-10-17", "Statement": [{"Sid": "Open", "Effect": "Allow", "Principal": "*",
        "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{bucket}/*")}]});
    let (source, name, request, response) = match template {
        0 => (
            "ec2",
            "CreateSecurityGroup",
            json!({"groupName": "web", "groupDescription": "d", "vpcId": "vpc-1"}),
            json!({"_return": true, "groupId": group}),
        ),
        1 => ("ec2", "DeleteSecurityGroup", json!({"groupId": group}), json!({"_return": true})),
        2 => (
            "ec2",
            "AuthorizeSecurityGroupIngress",
            json!({"groupId": group, "ipPermissions": nested}),
            json!({"_return": true, "securityGroupRuleSet": {"items": [rule]}}),
        ),
        3 => (
            "ec2",
            "AuthorizeSecurityGroupIngress",
            json!({"groupId": group, "ipPermissions": {}, "ipProtocol": "tcp",
            "fromPort": port, "toPort": port, "cidrIp": "0.0.0.0/0"}),
            json!({"_return": true}),
        ),
        4 => (
            "ec2",
            "AuthorizeSecurityGroupIngress",
            json!({"groupName": "web", "ipPermissions": nested}),
            json!({"_return": true, "securityGroupRuleSet": {"items": [rule]}}),
        ),
        5 => (
            "ec2",
            "RevokeSecurityGroupIngress",
            json!({"groupId": group, "ipPermissions": nested}),
            json!({"_return": true}),
        ),
        6 => (
            "ec2",
            "RevokeSecurityGroupIngress",
            json!({"groupId": group, "ipPermissions": {},
            "securityGroupRuleIds": {"items": [{"securityGroupRuleId": format!("sgr-{which}-{port}")}]}}),
            json!({"_return": true}),
        ),
        7 => (
            "ec2",
            "RevokeSecurityGroupIngress",
            json!({"groupName": "web", "ipPermissions": nested}),
            json!({"_return": true}),
        ),
        8 => (
            "ec2",
            "ModifySecurityGroupRules",
            json!({"ModifySecurityGroupRulesRequest": {"GroupId": group,
            "SecurityGroupRule": {"SecurityGroupRuleId": format!("sgr-{which}-22"), "SecurityGroupRule":
            {"CidrIpv4": "0.0.0.0/0", "FromPort": port, "ToPort": port, "IpProtocol": "tcp"}}}}),
            json!({"ModifySecurityGroupRulesResponse": {"return": true}}),
        ),
        9 => ("s3", "CreateBucket", json!({"bucketName": bucket}), Value::Null),
        10 => ("s3", "DeleteBucket", json!({"bucketName": bucket}), Value::Null),
        11 => (
            "s3",
            "PutBucketVersioning",
            json!({"bucketName": bucket, "VersioningConfiguration":
            {"Status": if *port == 22 { "Enabled" } else { "Suspended" }}}),
            Value::Null,
        ),
        12 => (
            "s3",
            "PutBucketPublicAccessBlock",
            json!({"bucketName": bucket, "PublicAccessBlockConfiguration": block}),
            Value::Null,
        ),
        13 => ("s3", "DeleteBucketPublicAccessBlock", json!({"bucketName": bucket}), Value::Null),
        14 => ("s3", "PutAccountPublicAccessBlock", json!({"PublicAccessBlockConfiguration": block}), Value::Null),
        15 => ("s3", "DeleteAccountPublicAccessBlock", json!({}), Value::Null),
        16 => ("s3", "PutBucketPolicy", json!({"bucketName": bucket, "bucketPolicy": public}), Value::Null),
        17 => ("s3", "DeleteBucketPolicy", json!({"bucketName": bucket}), Value::Null),
        18 => ("iam", "CreateUser", json!({"userName": user}), json!({"user": {"userName": user, "path": "/"}})),
        19 => ("iam", "DeleteUser", json!({"userName": user}), Value::Null),
        20 => (
            "iam",
            "CreateAccessKey",
            json!({"userName": user}),
            json!({"accessKey": {"userName": user, "accessKeyId": format!("AKIA{which}{port}"), "status": "Active"}}),
        ),
        21 => (
            "iam",
            "DeleteAccessKey",
            json!({"userName": user, "accessKeyId": format!("AKIA{which}{port}")}),
            Value::Null,
        ),
        22 => (
            "ec2",
            "CreateFlowLogs",
            json!({"CreateFlowLogsRequest": {"ResourceId": {"tag": 1, "content": vpc},
            "ResourceType": "VPC", "TrafficType": "ALL"}}),
            json!({"CreateFlowLogsResponse": {"flowLogIdSet": {"item": format!("fl-{which}")}}}),
        ),
        _ => (
            "ec2",
            "DeleteFlowLogs",
            json!({"DeleteFlowLogsRequest": {"FlowLogId": {"tag": 1, "content": format!("fl-{which}")}}}),
            json!({"DeleteFlowLogsResponse": {}}),
        ),
    };
    trailhound_tests::record(source, name, time, (number * 7919) % 100_003, request, response)
}

fn day(calls: &[Call]) -> Vec<Value> {
    let mut time = Second::parse("2026-03-01T23:59:40Z").unwrap();
    calls
        .iter()
        .enumerate()
        .map(|(number, call)| {
            time = time.plus(call.seconds);
            record(call, number, time)
        })
        .collect()
}

type Ledgers = BTreeMap<ResourceId, Ledger>;

/// The ledgers of a day.
fn ledgers(records: &[Value], until: Second) -> Ledgers {
    let store = ingest(records, until);
    let kinds: Vec<Kind> = kinds::ALL.iter().map(|def| Kind::of(def)).collect();
    let ids = pollster::block_on(store.of_kinds(&kinds, None)).unwrap();
    let records = pollster::block_on(store.load(&ids)).unwrap();
    ids.into_iter().zip(records.into_iter().map(|record| record.ledger)).collect()
}

/// What judging ledgers gives. Whether a failure rests on a default alone is left out if asked: a read settles that.
fn judged(judge: &Judge, ledgers: &Ledgers, until: Second, with_grace: bool) -> Vec<String> {
    let histories = Histories::of(ledgers.iter());
    let tell = |(id, ledger): (&ResourceId, &Ledger)| {
        let mut judged = judge.judge(id, ledger, &histories, until);
        for finding in judged.findings.iter_mut().filter(|_| !with_grace) {
            finding.rests_on_default = false;
        }
        let findings: Vec<String> =
            judged.findings.iter().map(|finding| serde_json::to_string_pretty(finding).unwrap()).collect();
        format!("{id} {:?}\n{}", judged.life.presence, findings.join("\n"))
    };
    ledgers.iter().map(tell).collect()
}

fn seconds(ledgers: &Ledgers) -> BTreeSet<Second> {
    ledgers.values().flat_map(|ledger| ledger.entries.keys().map(|(time, _)| *time)).collect()
}

/// Folds the past of all ledgers into their bases, at every second of the day, and judges on.
fn folding_the_past_changes_nothing(records: &[Value]) {
    let until = Second(latest(records).0 + 3 * 86_400);
    let (judge, whole) = (judge(), ledgers(records, until));
    let expected = judged(&judge, &whole, until, true);
    let histories = Histories::of(whole.iter());
    for upto in seconds(&whole) {
        let mut cut = whole.clone();
        for (id, ledger) in &mut cut {
            judge.compact(id, ledger, &histories, upto);
            assert!(ledger.entries.keys().all(|(time, _)| *time > upto));
            // It goes through the store.
            let json = serde_json::to_string(&ledger.base).unwrap();
            ledger.base = serde_json::from_str(&json).unwrap();
        }
        for (cut, whole) in judged(&judge, &cut, until, true).iter().zip(&expected) {
            assert_eq!(cut, whole, "cut at {upto}");
        }
    }
}

/// At every second of every ledger, a read finds exactly what is known there.
fn a_read_that_agrees_changes_nothing(records: &[Value]) {
    let until = latest(records);
    let (judge, whole) = (judge(), ledgers(records, until));
    let expected = judged(&judge, &whole, until, false);
    let histories = Histories::of(whole.iter());
    for at in seconds(&whole) {
        let mut read = whole.clone();
        for (id, ledger) in &mut read {
            let mut past = ledger.clone();
            past.entries.retain(|(time, _), _| *time <= at);
            let deaths = histories.owner_deaths(id);
            let deaths: Vec<_> = deaths.into_iter().filter(|cause| cause.time <= at).collect();
            let (life, _) = Fold::new(id.kind, &past, &deaths).finish();
            if life.presence != Presence::Live {
                continue;
            }
            let facets = id.kind.def().facets.iter().zip(&life.slots);
            // That a default was seen is more than that it was assumed.
            let told = facets.filter(|(_, slot)| slot.origin != Origin::Default);
            let states = told.map(|(facet, slot)| (facet.name.into(), slot.state.clone())).collect();
            let cause = Cause {
                time: at,
                event_id: format!("read:{at}").into(),
                source: Cause::READ.into(),
                name: "".into(),
                account: id.account.clone(),
                region: id.region.clone(),
                actor: Actor::default().into(),
            };
            ledger.insert(Entry {
                cause: Arc::new(cause),
                operations: vec![Operation::Read { states }],
                replaces: None,
            });
        }
        for (read, whole) in judged(&judge, &read, until, false).iter().zip(&expected) {
            assert_eq!(read, whole, "read at {at}");
        }
    }
}

#[test]
fn the_past_of_the_samples_can_be_folded_and_read() {
    for scenario in fs::read_dir(trailhound_tests::project("events")).unwrap().map(|entry| entry.unwrap().path()) {
        let records = if scenario.is_dir() { watched(records_of(&scenario)) } else { Vec::new() };
        if !records.is_empty() {
            folding_the_past_changes_nothing(&records);
            a_read_that_agrees_changes_nothing(&records);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// Creation, deletion and re-creation, revokes by id, tuple and name, ties within a second, names given twice.
    #[test]
    fn made_up_days_do_not_depend_on_order(calls in calls(), seed in 1..u64::MAX) {
        let records = day(&calls);
        let until = latest(&records);
        let expected = dump(&ingest(&records, until));
        for turn in 0..4 {
            let mut shuffled = Shuffle::shuffled(seed.wrapping_add(turn), &records);
            // Some events are delivered again, much later.
            let again = shuffled[..shuffled.len() / 3].to_vec();
            shuffled.extend(again);
            prop_assert_eq!(&dump(&ingest(&shuffled, until)), &expected, "one at a time, order {}", turn);
        }
        let folder = tempfile::tempdir().unwrap();
        let paths = write_files(folder.path(), &Shuffle::shuffled(seed, &records), 3);
        let (first, second) = paths.split_at(paths.len() / 2);
        prop_assert_eq!(&dump(&replay_runs(&[&paths], usize::MAX)), &expected, "replayed");
        prop_assert_eq!(&dump(&replay_runs(&[second, first], 1_000)), &expected, "replayed in two runs");
    }
    /// Whatever the day, its past can be folded at any second, and reads that agree say nothing new.
    #[test]
    fn made_up_days_can_be_folded_and_read(calls in calls()) {
        let records = day(&calls);
        folding_the_past_changes_nothing(&records);
        a_read_that_agrees_changes_nothing(&records);
    }
}

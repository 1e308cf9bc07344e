//! What the DynamoDB store costs, and what faults do to it: nothing is lost and nothing is doubled. On the real wire protocol,
//! against the local emulator.

#![cfg(feature = "dynamodb")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

mod emulator;
mod made;

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::{Client, Config};
use emulator::Calls;
use emulator::faults::{Fault, Proxy};
use made::{cause, entry, finding, resource, revision, settle, told};
use pollster::block_on;
use trailhound_engine::FindingKey;
use trailhound_engine::port::{Claim, Commit, FindingQuery, Outbox, Record, Revision, Store, StoreError};
use trailhound_model::kinds::s3::{BUCKET, VERSIONING};
use trailhound_model::{Finding, Operation, ResourceId, Second, Severity, Status, Step, Transition, Value};
use trailhound_store::DynamoDb;
use trailhound_store::dynamodb::Patience;
use trailhound_store::table::{ACTIONS, PUBLISH_ACTIONS, READ_ACTIONS, SWEEP_ACTIONS};

/// A table, a store that uses it, and a client to look at it from outside.
struct Bench {
    store: DynamoDb,
    calls: Calls,
    table: String,
    config: Config,
}

/// A bench whose calls go to this address; `None` where there is no emulator.
fn bench_at(address: &str) -> Bench {
    let emulator = emulator::address().unwrap();
    let config = emulator::config(&emulator).build();
    let table = emulator::table(&config);
    let calls = Calls::default();
    let store = DynamoDb::new(&emulator::config(address).interceptor(calls.clone()).build(), &table);
    Bench { store, calls, table, config }
}

fn bench() -> Option<Bench> {
    Some(bench_at(&emulator::address()?))
}

/// A bench behind a proxy, and a store beside it that sees no faults.
fn faulty() -> Option<(Bench, DynamoDb, Proxy)> {
    let proxy = Proxy::before(&emulator::address()?);
    let mut bench = bench_at(&proxy.address);
    let patience = Patience { attempt: Duration::from_millis(500), budget: Duration::from_secs(5) };
    bench.store = bench.store.with_patience(patience);
    let plain = DynamoDb::new(&bench.config, &bench.table);
    Some((bench, plain, proxy))
}

type Row = HashMap<String, AttributeValue>;

/// All rows of a resource whose sort key begins so, as somebody else sees them.
fn rows(config: &Config, table: &str, id: &ResourceId, begins: &str) -> Vec<Row> {
    let partition = format!("R#{}#{}#{}#{}", id.account, id.region, id.kind, id.id);
    let query = Client::from_conf(config.clone())
        .query()
        .table_name(table)
        .key_condition_expression("PK = :pk AND begins_with(SK, :sk)")
        .expression_attribute_values(":pk", AttributeValue::S(partition))
        .expression_attribute_values(":sk", AttributeValue::S(begins.to_owned()));
    block_on(query.into_paginator().items().send().collect::<Result<Vec<_>, _>>()).unwrap()
}

impl Bench {
    fn rows(&self, id: &ResourceId, begins: &str) -> Vec<Row> {
        rows(&self.config, &self.table, id, begins)
    }
}

fn bucket(id: &str) -> ResourceId {
    resource(&BUCKET, "111122223333", id)
}

fn put(store: &impl Store, revision: Revision) -> Result<(), StoreError> {
    block_on(store.commit(Commit { resources: vec![revision], ..Commit::default() }))
}

fn get(store: &impl Store, id: &ResourceId) -> Record {
    block_on(store.load(std::slice::from_ref(id))).unwrap().remove(0)
}

fn all(store: &impl Store) -> Vec<Finding> {
    block_on(store.findings(&FindingQuery::default())).unwrap()
}

/// A finding with this many transitions, the last of which closes it if their number is even.
fn moved(id: &ResourceId, rule: &str, transitions: i64, value: &Value) -> Finding {
    let closed = transitions % 2 == 0;
    let mut finding = finding(id, rule, Severity::High, if closed { Status::Resolved } else { Status::Open });
    finding.transitions = (0..transitions)
        .map(|index| Transition {
            step: if index == 0 {
                Step::Opened
            } else if index % 2 == 0 {
                Step::Reopened
            } else {
                Step::Resolved
            },
            time: Second(1_000 + index),
            cause: Some(cause(1_000 + index)),
            before: value.clone(),
            after: Value::Int(index),
            message: "m".into(),
            evidence: Vec::new(),
        })
        .collect();
    finding
}

/// Text that does not deflate, another for each seed.
fn noise(seed: u64, length: usize) -> String {
    let mut state = 88_172_645_463_325_252_u64 + seed;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'!' + u8::try_from(state % 90).unwrap())
    })
    .filter(|letter| !matches!(letter, '"' | '\\'))
    .take(length)
    .collect()
}

#[test]
fn an_event_is_one_query_and_one_write() {
    let Some(bench) = bench() else { return };
    let id = bucket("b");
    let found = vec![finding(&id, "r", Severity::High, Status::Open)];
    for (doing, version, times, findings, write) in [
        ("the first event", 0, &[1][..], Vec::new(), "1 PutItem"),
        ("nothing moves", 1, &[1, 2], Vec::new(), "1 PutItem"),
        ("a finding opens", 2, &[1, 2, 3], found.clone(), "1 TransactWriteItems"),
        ("it stays open", 3, &[1, 2, 3, 4], found, "1 PutItem"),
        ("it vanishes", 4, &[1, 2, 3, 4, 5], Vec::new(), "1 TransactWriteItems"),
    ] {
        bench.calls.take();
        get(&bench.store, &id);
        assert_eq!(bench.calls.take(), "1 Query", "{doing}: load");
        let outbox = vec![settle(&id, 30 + version)];
        let expected = u64::try_from(version).unwrap();
        put(&bench.store, Revision { outbox, ..revision(&id, expected, times, findings) }).unwrap();
        assert_eq!(bench.calls.take(), write, "{doing}: commit");
    }
    assert!(bench.rows(&id, "F#").is_empty() && bench.rows(&id, "T#").is_empty(), "what vanished is not there");
    // A program that did not load the record before looks first.
    let other = DynamoDb::new(&bench.config, &bench.table);
    put(&other, revision(&id, 5, &[9], Vec::new())).unwrap();
    assert!(matches!(put(&bench.store, revision(&id, 5, &[10], Vec::new())), Err(StoreError::Conflict(_))));
}

#[test]
fn people_can_read_the_rows() {
    let Some(bench) = bench() else { return };
    let id = bucket("b");
    let commit = Commit {
        resources: vec![revision(&id, 0, &[1], vec![finding(&id, "r", Severity::High, Status::Open)])],
        alerts: vec![told(&id, 1, 50)],
        ..Commit::default()
    };
    block_on(bench.store.commit(commit)).unwrap();
    let text =
        |row: &Row, name: &str| row.get(name).unwrap_or_else(|| panic!("{name} is missing")).as_s().unwrap().clone();
    let row = bench.rows(&id, "F#").remove(0);
    for (name, value) in [
        ("account", "111122223333"),
        ("region", "global"),
        ("kind", "AWS::S3::Bucket"),
        ("resource", "b"),
        ("arn", "arn:aws:s3:::b"),
        ("rule", "r"),
        ("item", "s3-versioning"),
        ("severity", "high"),
        ("status", "open"),
        ("opened_at", "1970-01-01T00:00:10Z"),
        ("opened_by", "älice'; DROP TABLE changes; --"),
        ("message", "versioning is `Suspended`"),
        ("GSI1SK", "0-open#1-high#r#111122223333#global#AWS::S3::Bucket#b"),
        ("GSI2PK", "RULE#r"),
    ] {
        assert_eq!(text(&row, name), value, "{name}");
    }
    let row = bench.rows(&id, "T#").remove(0);
    for (name, value) in [
        ("SK", "T#r#1970-01-01T00:00:10Z#event-10"),
        ("step", "opened"),
        ("event_name", "PutBucketVersioning"),
        ("after", "true"),
        ("before", "null"),
    ] {
        assert_eq!(text(&row, name), value, "{name}");
    }
    assert!(text(&row, "GSI3PK").starts_with("DAY#1970-01-01#"));
    assert_eq!(text(&bench.rows(&id, "A#").remove(0), "alert"), "opened");
}

#[test]
fn a_large_record_is_kept_in_parts() {
    let Some(bench) = bench() else { return };
    let id = bucket("large");
    let large = |length| {
        let mut revision = revision(&id, 0, &[1], vec![finding(&id, "r", Severity::Low, Status::Open)]);
        let mut entry = entry(7);
        entry.operations = vec![Operation::set(&VERSIONING.def, Value::Text(noise(0, length).into()))];
        revision.ledger.insert(entry);
        revision
    };
    let first = large(1_200_000);
    put(&bench.store, first.clone()).unwrap();
    let parts = bench.rows(&id, "S#").len();
    assert!(parts > 2, "{parts}");
    bench.calls.take();
    assert_eq!(get(&bench.store, &id).ledger, first.ledger);
    // A page of a query is 1 MB.
    assert!(["1 Query", "2 Query"].contains(&&*bench.calls.take()));
    assert_eq!(block_on(bench.store.resources(Some("large"))).unwrap(), [first.view]);

    let second = Revision { expected: 1, ..large(400_000) };
    put(&bench.store, second.clone()).unwrap();
    assert!(bench.rows(&id, "S#").len() < parts, "parts that are not needed are gone");
    assert_eq!(get(&bench.store, &id).ledger, second.ledger);
    put(&bench.store, revision(&id, 2, &[1], Vec::new())).unwrap();
    assert!(bench.rows(&id, "S#").is_empty());
    assert_eq!(get(&bench.store, &id).version, 3);

    let huge = Revision { expected: 3, ..large(8_000_000) };
    assert!(matches!(put(&bench.store, huge), Err(StoreError::Failed { .. })));
    assert_eq!(get(&bench.store, &id).version, 3, "what fits no transaction changes nothing");
}

#[test]
fn what_fits_no_transaction_is_cut_where_a_crash_does_no_harm() {
    let Some(bench) = bench() else { return };
    // Many resources: each is whole.
    let ids: Vec<ResourceId> = (0..60).map(|index| bucket(&format!("b{index}"))).collect();
    let resources: Vec<Revision> =
        ids.iter().map(|id| revision(id, 0, &[1], vec![finding(id, "r", Severity::Low, Status::Open)])).collect();
    bench.calls.take();
    block_on(bench.store.commit(Commit { resources: resources.clone(), ..Commit::default() })).unwrap();
    assert_eq!(bench.calls.take(), "2 TransactWriteItems");
    assert_eq!(all(&bench.store).len(), 60);

    // Many transitions: the finding has them at once, their own rows follow.
    let id = bucket("busy");
    let busy = moved(&id, "r", 230, &Value::Null);
    bench.calls.take();
    put(&bench.store, revision(&id, 0, &[1], vec![busy.clone()])).unwrap();
    assert_eq!(bench.calls.take(), "4 TransactWriteItems", "the record and its finding, then 230 rows");
    let rows = bench.rows(&id, "T#r#");
    assert_eq!(rows.len(), 230);
    assert!(!bench.rows(&id, "F#")[0].contains_key("behind"));
    let query = FindingQuery { resource: Some("busy".into()), ..FindingQuery::default() };
    assert_eq!(block_on(bench.store.findings(&query)).unwrap()[0], busy);

    // One more is one more row; a late event that undoes three takes theirs away.
    get(&bench.store, &id);
    bench.calls.take();
    put(&bench.store, revision(&id, 1, &[1], vec![moved(&id, "r", 231, &Value::Null)])).unwrap();
    assert_eq!((bench.calls.take().as_str(), bench.rows(&id, "T#").len()), ("1 TransactWriteItems", 231));
    put(&bench.store, revision(&id, 2, &[1], vec![moved(&id, "r", 228, &Value::Null)])).unwrap();
    assert_eq!(bench.rows(&id, "T#").len(), 228);
}

#[test]
fn transitions_that_were_not_written_are_written_by_the_next_commit() {
    let Some((bench, plain, proxy)) = faulty() else { return };
    let id = bucket("busy");
    put(&plain, revision(&id, 0, &[1], vec![moved(&id, "r", 3, &Value::Null)])).unwrap();
    // The first transaction is made, the second never.
    let before = bench.store.load(std::slice::from_ref(&id));
    assert_eq!(block_on(before).unwrap()[0].version, 1);
    let dead = bench.store.with_patience(Patience { attempt: Duration::from_millis(300), budget: Duration::ZERO });
    proxy.plan("TransactWriteItems", [Fault::LoseAnswer]);
    let lost = put(&dead, revision(&id, 1, &[1, 2], vec![moved(&id, "r", 230, &Value::Null)]));
    assert!(matches!(lost, Err(StoreError::Busy { .. })), "{lost:?}");
    let rows = |begins: &str| rows(&bench.config, &bench.table, &id, begins);
    assert_eq!((rows("T#").len(), rows("F#")[0].contains_key("behind")), (3, true));
    let finding = all(&plain).remove(0);
    assert_eq!(finding.transitions.len(), 230, "the finding is right at once");
    assert_eq!(get(&plain, &id).version, 2, "the lost answer was that it is written");
    put(&plain, revision(&id, 2, &[1, 2, 3], vec![moved(&id, "r", 229, &Value::Null)])).unwrap();
    assert_eq!((rows("T#").len(), rows("F#")[0].contains_key("behind")), (229, false));
}

#[test]
fn long_values_are_cut_and_say_so() {
    let Some(bench) = bench() else { return };
    let id = bucket("b");
    let finding = moved(&id, "r", 1, &Value::Text("ä".repeat(20_000).into()));
    put(&bench.store, revision(&id, 0, &[1], vec![finding])).unwrap();
    let cut = &all(&bench.store)[0].transitions[0].before;
    assert_eq!(cut.get("bytes").and_then(Value::as_int), Some(40_002));
    assert!(
        cut.get("begins").and_then(Value::as_str).is_some_and(|text| text.len() <= 8_192 && text.starts_with("\"ää"))
    );

    // Two hundred values that do not deflate do not fit the finding's row: the oldest stand in their own rows only.
    let mut large = moved(&id, "r", 200, &Value::Null);
    for (seed, transition) in (0..).zip(&mut large.transitions) {
        transition.before = Value::Text(noise(seed, 8_000).into());
    }
    put(&bench.store, revision(&id, 1, &[1], vec![large.clone()])).unwrap();
    let kept = all(&bench.store).remove(0);
    assert_eq!((kept.transitions.len(), &kept.transitions[199]), (200, &large.transitions[199]));
    assert!(kept.transitions[0].before.get("cut_at").is_some());
    let rows = bench.rows(&id, "T#");
    assert_eq!((rows.len(), rows[0]["before"].as_s().unwrap().len()), (200, 8_002));
}

#[test]
fn rows_of_another_version_are_refused_by_name() {
    let Some(bench) = bench() else { return };
    let id = bucket("b");
    put(&bench.store, revision(&id, 0, &[1], vec![finding(&id, "r", Severity::Low, Status::Open)])).unwrap();
    for (sort, attribute, value, expected) in [
        ("STATE", "format", AttributeValue::N("9".into()), "format 9"),
        ("STATE", "ledger", AttributeValue::S("text".into()), "no binary `ledger`"),
        ("F#r", "format", AttributeValue::S("1".into()), "no number `format`"),
    ] {
        let client = Client::from_conf(bench.config.clone());
        let row = bench.rows(&id, sort).remove(0);
        let broken = client.put_item().table_name(&bench.table).set_item(Some(row.clone())).item(attribute, value);
        block_on(broken.send()).unwrap();
        match block_on(bench.store.load(std::slice::from_ref(&id))) {
            Err(StoreError::Corrupt(what)) => {
                assert!(what.contains(expected) && what.contains("AWS::S3::Bucket#b` / `"), "{what}");
            }
            other => panic!("{sort} {attribute}: {other:?}"),
        }
        block_on(client.put_item().table_name(&bench.table).set_item(Some(row)).send()).unwrap();
    }
    assert_eq!(get(&bench.store, &id).version, 1);
}

#[test]
fn a_row_that_was_lost_is_mended_by_the_next_commit() {
    let Some(bench) = bench() else { return };
    let id = bucket("b");
    let found = || vec![finding(&id, "r", Severity::Low, Status::Open)];
    put(&bench.store, revision(&id, 0, &[1], found())).unwrap();
    let client = Client::from_conf(bench.config.clone());
    let lost = bench.rows(&id, "F#").remove(0);
    let lose =
        client.delete_item().table_name(&bench.table).key("PK", lost["PK"].clone()).key("SK", lost["SK"].clone());
    block_on(lose.send()).unwrap();
    bench.calls.take();
    assert_eq!(get(&bench.store, &id).version, 1);
    assert_eq!(bench.calls.take(), "4 Query", "a load that does not fit together looks again");
    put(&bench.store, revision(&id, 1, &[1, 2], found())).unwrap();
    assert_eq!((all(&bench.store), bench.rows(&id, "T#").len()), (found(), 1));
    bench.calls.take();
    get(&bench.store, &id);
    assert_eq!(bench.calls.take(), "1 Query");

    // A part of a large record cannot be made up.
    let mut large = revision(&id, 2, &[1], Vec::new());
    let mut entry = entry(7);
    entry.operations = vec![Operation::set(&VERSIONING.def, Value::Text(noise(0, 500_000).into()))];
    large.ledger.insert(entry);
    put(&bench.store, large).unwrap();
    let lost = bench.rows(&id, "S#").remove(0);
    let lose =
        client.delete_item().table_name(&bench.table).key("PK", lost["PK"].clone()).key("SK", lost["SK"].clone());
    block_on(lose.send()).unwrap();
    let corrupt = block_on(bench.store.load(std::slice::from_ref(&id)));
    assert!(matches!(corrupt, Err(StoreError::Corrupt(_))), "{corrupt:?}");
}

#[test]
fn throttles_are_waited_for_and_in_the_end_named() {
    let Some((bench, plain, proxy)) = faulty() else { return };
    let id = bucket("b");
    let opened = |version| {
        let times: Vec<i64> = (0..=i64::try_from(version).unwrap()).collect();
        let open = if version % 2 == 0 { Status::Open } else { Status::Resolved };
        revision(&id, version, &times, vec![finding(&id, "r", Severity::Low, open)])
    };
    let mut version = 0;
    for code in [
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "InternalServerError",
        "TransactionConflictException",
    ] {
        for operation in ["Query", "TransactWriteItems"] {
            proxy.plan(operation, [Fault::Refuse(code); 3]);
        }
        assert_eq!(get(&bench.store, &id).version, version, "{code}");
        put(&bench.store, opened(version)).unwrap();
        version += 1;
        assert_eq!((proxy.left(), get(&plain, &id).version), (0, version), "{code}");
    }
    proxy.plan("Query", [Fault::Hang]);
    assert_eq!(get(&bench.store, &id).version, version, "a call that hangs is repeated");

    let patience = Patience { attempt: Duration::from_millis(500), budget: Duration::from_millis(300) };
    let hasty = bench.store.with_patience(patience);
    proxy.plan("Query", [Fault::Refuse("ThrottlingException"); 200]);
    assert!(matches!(block_on(hasty.load(std::slice::from_ref(&id))), Err(StoreError::Busy { .. })));
    proxy.plan("PutItem", [Fault::Refuse("AccessDeniedException")]);
    let denied = put(&hasty, revision(&bucket("new"), 0, &[1], Vec::new()));
    assert!(matches!(denied, Err(StoreError::Failed { .. })), "{denied:?}");
}

#[test]
fn an_answer_that_is_lost_is_no_conflict_and_doubles_nothing() {
    let Some((bench, plain, proxy)) = faulty() else { return };
    let id = bucket("b");
    proxy.plan("PutItem", [Fault::LoseAnswer]);
    put(&bench.store, revision(&id, 0, &[1], Vec::new())).unwrap();
    assert_eq!((proxy.left(), get(&plain, &id).version), (0, 1));

    proxy.plan("TransactWriteItems", [Fault::LoseAnswer; 2]);
    let commit = Commit {
        resources: vec![revision(&id, 1, &[1, 2], vec![finding(&id, "r", Severity::High, Status::Open)])],
        alerts: vec![told(&id, 1, 50)],
        ..Commit::default()
    };
    block_on(bench.store.commit(commit)).unwrap();
    assert_eq!((proxy.left(), get(&plain, &id).version), (0, 2));
    assert_eq!(block_on(plain.pending(Second(99), 9)).unwrap().len(), 1);

    // What somebody else wrote is a conflict as ever.
    put(&plain, revision(&id, 2, &[1, 2, 3], Vec::new())).unwrap();
    let late = put(&bench.store, revision(&id, 2, &[1, 2, 4], Vec::new()));
    assert!(matches!(late, Err(StoreError::Conflict(_))), "{late:?}");
    assert_eq!(get(&plain, &id).ledger.entries.len(), 3);
}

#[test]
fn what_was_not_sent_before_a_crash_is_found_again() {
    let Some((bench, plain, proxy)) = faulty() else { return };
    let id = bucket("b");
    let key = FindingKey { resource: id.clone(), rule: "r".into() };
    let opened = vec![finding(&id, "r", Severity::High, Status::Open)];
    let commit = Commit {
        resources: vec![Revision { outbox: vec![settle(&id, 30)], ..revision(&id, 0, &[1], opened) }],
        alerts: vec![told(&id, 1, 50)],
        ..Commit::default()
    };
    block_on(bench.store.commit(commit)).unwrap();
    drop(bench);
    // Another program, after the crash.
    assert_eq!(block_on(plain.pending(Second(99), 9)).unwrap(), [told(&id, 1, 50)]);
    assert_eq!(block_on(plain.overdue(Second(99), 9)).unwrap(), [settle(&id, 30)]);
    assert_eq!(get(&plain, &id).outbox, [settle(&id, 30)]);

    // Two notifiers at once: both may send, for a kill in between must not lose it; what they note is one and the same.
    let claims = [&plain, &plain].map(|store| block_on(store.claim(&key, 1)).unwrap());
    assert_eq!(claims, [Claim::Send, Claim::Send]);
    std::thread::scope(|scope| {
        for number in [1, 2, 1, 2] {
            let (plain, key, address) = (&plain, &key, &proxy.address);
            scope.spawn(move || {
                drop(emulator::config(address));
                block_on(plain.published(key, number)).unwrap();
            });
        }
    });
    let claims = [1, 2, 3].map(|number| block_on(plain.claim(&key, number)).unwrap());
    assert_eq!(claims, [Claim::Superseded, Claim::AlreadyPublished, Claim::Send]);
    assert_eq!(block_on(plain.pending(Second(99), 9)).unwrap(), []);
}

#[test]
fn of_many_writers_at_once_one_wins_each_version() {
    let Some(bench) = bench() else { return };
    let id = bucket("contended");
    let address = emulator::address().unwrap();
    let writers: i64 = 8;
    std::thread::scope(|scope| {
        for writer in 0..writers {
            let (bench, id, address) = (&bench, &id, &address);
            scope.spawn(move || {
                drop(emulator::config(address));
                let store = DynamoDb::new(&bench.config, &bench.table);
                loop {
                    let record = get(&store, id);
                    let mut revision = revision(id, record.version, &[], Vec::new());
                    revision.ledger = record.ledger;
                    revision.ledger.insert(entry(writer));
                    revision.findings = vec![moved(id, "r", writer + 1, &Value::Null)];
                    match put(&store, revision) {
                        Ok(()) => break,
                        Err(StoreError::Conflict(_)) => {}
                        Err(other) => panic!("{other:?}"),
                    }
                }
            });
        }
    });
    let record = get(&bench.store, &id);
    assert_eq!((record.version, record.ledger.entries.len()), (8, 8), "every writer's entry is there, once");
    let finding = all(&bench.store).remove(0);
    assert_eq!(bench.rows(&id, "T#").len(), finding.transitions.len(), "the rows are those of the last one");
}

#[test]
fn each_program_is_allowed_what_it_calls_and_no_more() {
    let Some(bench) = bench() else { return };
    let id = bucket("b");
    let key = FindingKey { resource: id.clone(), rule: "r".into() };
    let called = || -> BTreeSet<String> {
        let calls = bench.calls.take();
        let names = calls.split(", ").map(|call| call.split(' ').nth(1).unwrap().to_owned());
        names.map(|name| format!("dynamodb:{name}")).collect()
    };
    let allowed =
        |actions: &[&str]| -> BTreeSet<String> { actions.iter().map(|action| (*action).to_owned()).collect() };
    let commit = Commit {
        resources: vec![Revision {
            outbox: vec![settle(&id, 30)],
            ..revision(&id, 0, &[1], vec![moved(&id, "r", 200, &Value::Null)])
        }],
        alerts: vec![told(&id, 1, 50)],
        until: Some(Second(1)),
        ..Commit::default()
    };
    block_on(bench.store.commit(commit)).unwrap();
    get(&bench.store, &id);
    put(&bench.store, revision(&id, 1, &[1], vec![moved(&id, "r", 200, &Value::Null)])).unwrap();
    let mut calls = called();
    // A transaction is no action: it needs those of its writes, and these made every kind of them.
    assert!(calls.remove("dynamodb:TransactWriteItems"));
    calls.extend(allowed(&["dynamodb:ConditionCheckItem", "dynamodb:DeleteItem"]));
    assert_eq!(calls, allowed(&ACTIONS), "evaluator");

    let waiting = Revision { outbox: vec![settle(&id, 30)], ..revision(&id, 2, &[1], Vec::new()) };
    put(&bench.store, waiting).unwrap();
    called();
    block_on(bench.store.of_kinds(&[id.kind], None)).unwrap();
    block_on(bench.store.pending(Second(99), 9)).unwrap();
    block_on(bench.store.overdue(Second(99), 9)).unwrap();
    block_on(bench.store.forget(&settle(&id, 30))).unwrap();
    assert_eq!(called(), allowed(&SWEEP_ACTIONS), "sweeper");

    block_on(bench.store.claim(&key, 1)).unwrap();
    block_on(bench.store.published(&key, 1)).unwrap();
    assert_eq!(called(), allowed(&PUBLISH_ACTIONS), "notifier");

    all(&bench.store);
    block_on(bench.store.resources(None)).unwrap();
    block_on(bench.store.counts()).unwrap();
    block_on(bench.store.until()).unwrap();
    assert_eq!(called(), allowed(&READ_ACTIONS), "reader");
}

#[test]
fn old_rows_may_expire_and_pending_ones_may_not() {
    let Some(mut bench) = bench() else { return };
    bench.store = bench.store.with_retention(30);
    let id = bucket("b");
    let commit = Commit {
        resources: vec![revision(&id, 0, &[1], vec![finding(&id, "r", Severity::High, Status::Open)])],
        alerts: vec![told(&id, 1, 50)],
        ..Commit::default()
    };
    block_on(bench.store.commit(commit)).unwrap();
    let expires = |begins| bench.rows(&id, begins)[0].get("expires").map(|value| value.as_n().unwrap().clone());
    assert_eq!(expires("T#"), Some((30 * 86_400 + 10).to_string()));
    assert_eq!((expires("F#"), expires("STATE"), expires("A#")), (None, None, None));
    let key = FindingKey { resource: id.clone(), rule: "r".into() };
    block_on(bench.store.published(&key, 1)).unwrap();
    assert_eq!(expires("A#"), Some((30 * 86_400 + 50).to_string()));
}

#[test]
fn where_nothing_expires_what_is_published_stays() {
    let Some(bench) = bench() else { return };
    let id = bucket("b");
    let alerts = vec![told(&id, 1, 50)];
    block_on(bench.store.commit(Commit { alerts, ..Commit::default() })).unwrap();
    block_on(bench.store.published(&FindingKey { resource: id.clone(), rule: "r".into() }, 1)).unwrap();
    let row = &bench.rows(&id, "A#")[0];
    let at: i64 = row.get("expires").map_or(i64::MAX, |value| value.as_n().unwrap().parse().unwrap());
    assert_eq!(Second(at).to_string(), "9999-01-01T00:00:00Z");
}

//! What every store must do. Each check runs against each implementation.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

#[cfg(feature = "dynamodb")]
mod emulator;
mod made;

use std::collections::BTreeMap;

use made::{cause, commit, entry, finding, resource, revision, settle, told};
use pollster::block_on;
use trailhound_engine::names::{Names, Sighting};
use trailhound_engine::port::{Claim, Commit, FindingQuery, NameRevision, Outbox, Revision, Sight, Store, StoreError};
use trailhound_engine::{FindingKey, Work};
use trailhound_model::kinds::account::ACCOUNT;
use trailhound_model::kinds::s3::BUCKET;
use trailhound_model::{Alias, Base, Evidence, Failure, Kind, KindDef, Life, Second, Severity, Status, Timeline};
use trailhound_store::{Memory, Sqlite};

fn what_is_committed_is_loaded(store: &impl Store) {
    let bucket = resource(&BUCKET, "111122223333", "b");
    let other = resource(&BUCKET, "111122223333", "other");
    assert_eq!(block_on(store.load(std::slice::from_ref(&bucket))).unwrap()[0].version, 0);
    let first = revision(&bucket, 0, &[1, 2], vec![finding(&bucket, "r", Severity::High, Status::Open)]);
    commit(store, vec![first.clone()], Some(2)).unwrap();
    let records = block_on(store.load(&[other, bucket.clone()])).unwrap();
    assert_eq!(records[0].version, 0, "records come in the order asked");
    assert_eq!((records[1].version, &records[1].ledger, &records[1].announced), (1, &first.ledger, &first.announced));
    assert_eq!(block_on(store.findings(&FindingQuery::default())).unwrap(), first.findings);
    assert_eq!(block_on(store.resources(None)).unwrap(), [first.view]);

    // A later version replaces all of it: an entry may have moved to another resource, a finding may have vanished.
    commit(store, vec![revision(&bucket, 1, &[2, 3], Vec::new())], Some(1)).unwrap();
    let record = block_on(store.load(&[bucket])).unwrap().remove(0);
    let times: Vec<i64> = record.ledger.entries.keys().map(|(time, _)| time.0).collect();
    assert_eq!((record.version, times), (2, vec![2, 3]));
    assert!(block_on(store.findings(&FindingQuery::default())).unwrap().is_empty());
    assert_eq!(block_on(store.until()).unwrap(), Some(Second(2)), "time does not go back");
}

fn a_commit_is_whole_or_nothing(store: &impl Store) {
    let (one, two) = (resource(&BUCKET, "111122223333", "one"), resource(&BUCKET, "111122223333", "two"));
    commit(store, vec![revision(&two, 0, &[1], Vec::new())], None).unwrap();
    let stale = vec![revision(&one, 0, &[1], Vec::new()), revision(&two, 0, &[5], Vec::new())];
    match commit(store, stale, Some(99)) {
        Err(StoreError::Conflict(resource)) => assert_eq!(*resource, two),
        other => panic!("expected a conflict, got {other:?}"),
    }
    let records = block_on(store.load(&[one, two.clone()])).unwrap();
    assert_eq!((records[0].version, records[1].version, records[1].ledger.entries.len()), (0, 1, 1));
    assert_eq!(block_on(store.until()).unwrap(), None);
    let future = commit(store, vec![revision(&two, 7, &[1], Vec::new())], None);
    assert!(matches!(future, Err(StoreError::Conflict(_))), "a version nobody wrote is a conflict too");
}

fn names_are_kept_with_their_versions(store: &impl Store) {
    let bucket = resource(&BUCKET, "111122223333", "b");
    let alias = |name: &str| Alias {
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        kind: Kind::of(&BUCKET),
        space: "nickname".into(),
        name: name.into(),
    };
    let mut names = Names::default();
    names.sightings.insert(Sighting { time: Second(5), event_id: "e".into(), resource: bucket, birth: true });
    names.entries.insert((Second(6), "event-6".into()), entry(6));
    let write = |expected| {
        let names = vec![NameRevision { alias: alias("web"), expected, names: names.clone() }];
        block_on(store.commit(Commit { names, ..Commit::default() }))
    };
    write(0).unwrap();
    assert!(matches!(write(0), Err(StoreError::NameConflict(_))));
    write(1).unwrap();
    let found = block_on(store.names(&[alias("other"), alias("web")])).unwrap();
    assert_eq!(found, [(0, Names::default()), (2, names.clone())]);
}

fn findings_are_asked_for_and_sorted(store: &impl Store) {
    let (a, b) = (resource(&BUCKET, "111122223333", "a"), resource(&BUCKET, "444455556666", "b"));
    let of_a = vec![
        finding(&a, "low", Severity::Low, Status::Open),
        finding(&a, "critical", Severity::Critical, Status::Resolved),
    ];
    let of_b = vec![
        finding(&b, "critical", Severity::Critical, Status::Open),
        finding(&b, "high", Severity::High, Status::Unknown),
    ];
    commit(store, vec![revision(&a, 0, &[1], of_a), revision(&b, 0, &[1], of_b)], None).unwrap();
    let ask = |query: FindingQuery| -> Vec<String> {
        let found = block_on(store.findings(&query)).unwrap();
        found.iter().map(|f| format!("{} {} {}", f.status.word(), f.rule, f.resource.id)).collect()
    };
    let all = ["open critical b", "open low a", "unknown high b", "resolved critical a"];
    assert_eq!(ask(FindingQuery::default()), all);
    assert_eq!(ask(FindingQuery { limit: Some(2), ..FindingQuery::default() }), all[..2]);
    assert_eq!(
        ask(FindingQuery { status: vec![Status::Unknown, Status::Resolved], ..FindingQuery::default() }),
        all[2..]
    );
    assert_eq!(
        ask(FindingQuery { severity: Some(Severity::High), ..FindingQuery::default() }),
        [all[0], all[2], all[3]]
    );
    assert_eq!(ask(FindingQuery { rule: Some("low".into()), ..FindingQuery::default() }), [all[1]]);
    assert_eq!(ask(FindingQuery { account: Some("444455556666".into()), ..FindingQuery::default() }), [all[0], all[2]]);
    for name in ["a", "arn:aws:s3:::a"] {
        assert_eq!(ask(FindingQuery { resource: Some(name.into()), ..FindingQuery::default() }), [all[1], all[3]]);
    }
    let counts = block_on(store.counts()).unwrap();
    let expected = BTreeMap::from([
        ((Status::Open, Severity::Critical), 1),
        ((Status::Open, Severity::Low), 1),
        ((Status::Unknown, Severity::High), 1),
        ((Status::Resolved, Severity::Critical), 1),
    ]);
    assert_eq!((counts.resources, counts.findings, counts.transitions), (2, expected, 4));
}

fn resources_are_found_by_kind_and_name(store: &impl Store) {
    let ids = [
        resource(&BUCKET, "111122223333", "a"),
        resource(&BUCKET, "444455556666", "b"),
        resource(&ACCOUNT, "111122223333", "self"),
    ];
    commit(store, ids.iter().map(|id| revision(id, 0, &[1], Vec::new())).collect(), None).unwrap();
    let kinds = |kinds: &[&'static KindDef], account| {
        let kinds: Vec<Kind> = kinds.iter().map(|def| Kind::of(def)).collect();
        block_on(store.of_kinds(&kinds, account)).unwrap()
    };
    assert_eq!(kinds(&[&BUCKET], None), ids[..2]);
    assert_eq!(kinds(&[&BUCKET, &ACCOUNT], Some("111122223333")), [ids[0].clone(), ids[2].clone()]);
    let named = |name| block_on(store.resources(Some(name))).unwrap().len();
    assert_eq!(
        (named("a"), named("arn:aws:s3:::b"), named("arn:aws:iam::111122223333:root"), named("nobody")),
        (1, 1, 1, 0)
    );
}

fn a_record_keeps_its_base_what_it_saw_and_its_outbox(store: &impl Store) {
    let bucket = resource(&BUCKET, "111122223333", "b");
    let account = resource(&ACCOUNT, "111122223333", "self");
    let mut first = revision(&bucket, 0, &[70], Vec::new());
    first.ledger.base = Some(Base {
        time: Second(60),
        life: Life::born(bucket.kind, Second(5)),
        ended: Some(Life::unseen(bucket.kind)),
        deaths: vec![cause(50)],
        timelines: vec![Timeline {
            rule: "r".into(),
            status: Some(Status::Open),
            answered: true,
            failure: Some(Failure { message: "m".into(), evidence: vec![Evidence::new("k", "d")] }),
            episodes: finding(&bucket, "r", Severity::High, Status::Open).episodes,
            ..Timeline::default()
        }],
    });
    first.seen = vec![Sight { resource: account, version: 7 }];
    first.outbox = vec![
        settle(&bucket, 100),
        Work::FanOut {
            lender: bucket.clone(),
            version: 1,
            cause: Some(cause(70)),
            due: Second(100),
            again: true,
            after: None,
        },
    ];
    commit(store, vec![first.clone()], None).unwrap();
    let record = block_on(store.load(std::slice::from_ref(&bucket))).unwrap().remove(0);
    assert_eq!((&record.ledger, &record.seen, &record.outbox), (&first.ledger, &first.seen, &first.outbox));
    commit(store, vec![revision(&bucket, 1, &[70], Vec::new())], None).unwrap();
    let record = block_on(store.load(&[bucket])).unwrap().remove(0);
    assert!(record.ledger.base.is_none() && record.seen.is_empty() && record.outbox.is_empty(), "all is replaced");
}

fn alerts_wait_until_published(store: &(impl Store + Outbox)) {
    let bucket = resource(&BUCKET, "111122223333", "b");
    let key = FindingKey { resource: bucket.clone(), rule: "r".into() };
    let write = |expected, alerts| {
        let resources = vec![revision(&bucket, expected, &[1], Vec::new())];
        block_on(store.commit(Commit { resources, alerts, ..Commit::default() }))
    };
    let pending = |before| -> Vec<u64> {
        let told = block_on(store.pending(Second(before), 10)).unwrap();
        told.iter().map(|told| told.alert.number).collect()
    };
    write(0, vec![told(&bucket, 1, 50)]).unwrap();
    assert!(write(0, vec![told(&bucket, 9, 50)]).is_err(), "a conflict keeps its alerts out");
    assert_eq!(block_on(store.pending(Second(51), 10)).unwrap(), [told(&bucket, 1, 50)]);
    assert_eq!(pending(50), [] as [u64; 0], "what is younger is still on its way");
    write(1, vec![told(&bucket, 2, 60)]).unwrap();
    write(2, vec![told(&bucket, 3, 70)]).unwrap();
    assert_eq!(pending(99), [1, 2, 3]);
    assert_eq!(block_on(store.pending(Second(99), 2)).unwrap().len(), 2);
    assert_eq!(block_on(store.claim(&key, 2)).unwrap(), Claim::Send);
    assert_eq!(block_on(store.claim(&key, 2)).unwrap(), Claim::Send, "whoever died in between is followed by another");
    block_on(store.published(&key, 2)).unwrap();
    let claims: Vec<Claim> = (1..=3).map(|number| block_on(store.claim(&key, number)).unwrap()).collect();
    assert_eq!(claims, [Claim::Superseded, Claim::AlreadyPublished, Claim::Send]);
    assert_eq!(pending(99), [3]);
    block_on(store.published(&key, 1)).unwrap();
    assert_eq!(block_on(store.claim(&key, 2)).unwrap(), Claim::AlreadyPublished, "numbers do not go back");
    block_on(store.published(&key, 3)).unwrap();
    assert_eq!(pending(99), [] as [u64; 0]);
    write(3, Vec::new()).unwrap();
    assert_eq!(block_on(store.claim(&key, 3)).unwrap(), Claim::AlreadyPublished, "a commit forgets nothing of it");
}

fn overdue_work_is_found_again(store: &(impl Store + Outbox)) {
    let (a, b) = (resource(&BUCKET, "111122223333", "a"), resource(&BUCKET, "111122223333", "b"));
    let fan_out =
        Work::FanOut { lender: b.clone(), version: 1, cause: None, due: Second(40), again: false, after: None };
    let with = |resource, outbox| Revision { outbox, ..revision(resource, 0, &[1], Vec::new()) };
    let works = vec![with(&a, vec![settle(&a, 30)]), with(&b, vec![settle(&b, 90), fan_out.clone()])];
    commit(store, works, None).unwrap();
    assert_eq!(block_on(store.overdue(Second(30), 10)).unwrap(), []);
    let mut found = block_on(store.overdue(Second(50), 10)).unwrap();
    found.sort_by_key(Work::due);
    assert_eq!(found, [settle(&a, 30), fan_out.clone()]);
    block_on(store.forget(&fan_out)).unwrap();
    block_on(store.forget(&fan_out)).unwrap();
    assert_eq!(block_on(store.overdue(Second(50), 10)).unwrap(), [settle(&a, 30)]);
    assert_eq!(block_on(store.load(&[b])).unwrap()[0].outbox.len(), 1);
}

/// The checks of a port, once for each store that implements it.
macro_rules! conformance {
    ($module:ident: $store:expr; $($check:ident),+ $(,)?) => {
        mod $module {
            $(#[test] fn $check() { super::$check(&$store); })+
        }
    };
    (all $module:ident: $store:expr) => {
        conformance!(
            $module: $store;
            what_is_committed_is_loaded,
            a_commit_is_whole_or_nothing,
            names_are_kept_with_their_versions,
            findings_are_asked_for_and_sorted,
            resources_are_found_by_kind_and_name,
        );
    };
}

conformance!(all memory: crate::Memory::new());
conformance!(all sqlite: crate::Sqlite::in_memory().unwrap());
#[cfg(feature = "dynamodb")]
conformance!(all dynamodb: match crate::emulator::store() { Some(store) => store, None => return });
// What runs in an account besides: a file keeps whole ledgers, and what is printed is published.
conformance!(
    memory_in_an_account: crate::Memory::new();
    a_record_keeps_its_base_what_it_saw_and_its_outbox,
    alerts_wait_until_published,
    overdue_work_is_found_again,
);
#[cfg(feature = "dynamodb")]
conformance!(
    dynamodb_in_an_account: match crate::emulator::store() { Some(store) => store, None => return };
    a_record_keeps_its_base_what_it_saw_and_its_outbox,
    alerts_wait_until_published,
    overdue_work_is_found_again,
);

#[test]
fn a_file_outlives_its_handle_and_foreign_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let bucket = resource(&BUCKET, "111122223333", "b");
    commit(&Sqlite::open(&path).unwrap(), vec![revision(&bucket, 0, &[1], Vec::new())], Some(1)).unwrap();
    assert_eq!(block_on(Sqlite::open(&path).unwrap().load(&[bucket])).unwrap()[0].version, 1);

    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "not a database, but long enough to be taken for one by a careless reader").unwrap();
    assert!(Sqlite::open(&text).is_err());
    let foreign = folder.path().join("foreign.db");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    let error = Sqlite::open(&foreign).err().unwrap().to_string();
    assert!(error.contains("foreign.db") && error.contains("something else"), "{error}");
}

#[test]
fn transitions_can_be_queried() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let bucket = resource(&BUCKET, "111122223333", "b");
    let findings = vec![finding(&bucket, "r", Severity::High, Status::Open)];
    commit(&Sqlite::open(&path).unwrap(), vec![revision(&bucket, 0, &[1], findings)], None).unwrap();
    let row: (String, String, String) = rusqlite::Connection::open(&path)
        .unwrap()
        .query_row("SELECT time, step, event FROM timeline", [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap();
    assert_eq!(row, ("1970-01-01T00:00:10Z".into(), "opened".into(), "PutBucketVersioning".into()));
}

#[test]
fn a_first_replay_that_was_cut_short_is_told_and_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let bucket = resource(&BUCKET, "111122223333", "b");
    let findings = vec![finding(&bucket, "r", Severity::High, Status::Open)];
    let half = Sqlite::open_to_fill(&path).unwrap();
    block_on(half.fill()).unwrap();
    commit(&half, vec![revision(&bucket, 0, &[1], findings.clone())], Some(1)).unwrap();
    drop(half);
    let error = Sqlite::open(&path).err().unwrap().to_string();
    assert!(error.contains("t.db") && error.contains("did not finish"), "{error}");

    let store = Sqlite::open_to_fill(&path).unwrap();
    block_on(store.fill()).unwrap();
    commit(&store, vec![revision(&bucket, 0, &[1], findings.clone())], Some(1)).unwrap();
    block_on(store.filled()).unwrap();
    drop(store);
    let store = Sqlite::open(&path).unwrap();
    assert_eq!(block_on(store.findings(&FindingQuery::default())).unwrap(), findings);

    // What holds something is not filled: every commit is whole or nothing.
    block_on(store.fill()).unwrap();
    commit(&store, vec![revision(&bucket, 1, &[1, 2], Vec::new())], None).unwrap();
    drop(store);
    assert_eq!(block_on(Sqlite::open(&path).unwrap().load(&[bucket])).unwrap()[0].version, 2);
}

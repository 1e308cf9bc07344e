//! What every store must do. Each check runs against each implementation.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use pollster::block_on;
use trailhound_engine::ResourceView;
use trailhound_engine::announce::Announced;
use trailhound_engine::names::{Names, Sighting};
use trailhound_engine::port::{Commit, FindingQuery, NameRevision, Revision, Store, StoreError};
use trailhound_model::kinds::account::ACCOUNT;
use trailhound_model::kinds::s3::{BUCKET, VERSIONING};
use trailhound_model::{
    Actor, Alias, Cause, Entry, Episode, Evidence, Finding, GLOBAL, Kind, KindDef, Ledger, Life, Operation, ResourceId,
    Second, Severity, Status, Step, Transition, Value,
};
use trailhound_store::{Memory, Sqlite};

fn resource(kind: &'static KindDef, account: &str, id: &str) -> ResourceId {
    ResourceId {
        partition: "aws".into(),
        account: account.into(),
        region: GLOBAL.into(),
        kind: Kind::of(kind),
        id: id.into(),
    }
}

fn cause(time: i64) -> Arc<Cause> {
    Arc::new(Cause {
        time: Second(time),
        event_id: format!("event-{time}").into(),
        source: "s3.amazonaws.com".into(),
        name: "PutBucketVersioning".into(),
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        actor: Actor { identity: "IAMUser".into(), name: "älice'; DROP TABLE changes; --".into(), ..Actor::default() },
    })
}

fn entry(time: i64) -> Entry {
    let value = Value::map([("Status", Some("Enabled".into())), ("Note", Some("a \"quoted\" \u{0} é".into()))]);
    Entry { cause: cause(time), operations: vec![Operation::set(&VERSIONING.def, value)], replaces: None }
}

fn finding(resource: &ResourceId, rule: &str, severity: Severity, status: Status) -> Finding {
    Finding {
        resource: resource.clone(),
        rule: rule.into(),
        item: "s3-versioning".into(),
        severity,
        status,
        episodes: vec![Episode {
            opened_at: Second(10),
            opened_by: Some(cause(10)),
            closed_at: (status == Status::Resolved).then_some(Second(20)),
            closed_by: None,
            closed_as: (status == Status::Resolved).then_some(Step::Resolved),
        }],
        message: "versioning is `Suspended`".into(),
        evidence: vec![Evidence::new("versioning", "suspended")],
        rests_on_default: false,
        covered_by: Vec::new(),
        transitions: vec![Transition {
            step: Step::Opened,
            time: Second(10),
            cause: Some(cause(10)),
            before: Value::Null,
            after: Value::Bool(true),
            message: "m".into(),
            evidence: Vec::new(),
        }],
    }
}

fn revision(resource: &ResourceId, expected: u64, times: &[i64], findings: Vec<Finding>) -> Revision {
    let mut ledger = Ledger::default();
    for time in times {
        ledger.insert(entry(*time));
    }
    Revision {
        resource: resource.clone(),
        expected,
        ledger,
        view: ResourceView::of(resource, &Life::born(resource.kind, Second(0))),
        findings,
        announced: vec![Announced {
            rule: "r".into(),
            count: 2,
            status: Status::Open,
            opened_at: Some(Second(10)),
            evidence: vec!["versioning".into()],
        }],
    }
}

fn commit(store: &impl Store, resources: Vec<Revision>, until: Option<i64>) -> Result<(), StoreError> {
    block_on(store.commit(Commit { resources, names: Vec::new(), until: until.map(Second) }))
}

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
        block_on(store.commit(Commit { resources: Vec::new(), names, until: None }))
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

macro_rules! conformance {
    ($($check:ident),+ $(,)?) => {
        mod memory {
            $(#[test] fn $check() { super::$check(&super::Memory::new()); })+
        }

        mod sqlite {
            $(#[test] fn $check() { super::$check(&super::Sqlite::in_memory().unwrap()); })+
        }
    };
}

conformance!(
    what_is_committed_is_loaded,
    a_commit_is_whole_or_nothing,
    names_are_kept_with_their_versions,
    findings_are_asked_for_and_sorted,
    resources_are_found_by_kind_and_name,
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
fn the_view_of_transitions_can_be_queried() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let bucket = resource(&BUCKET, "111122223333", "b");
    let findings = vec![finding(&bucket, "r", Severity::High, Status::Open)];
    commit(&Sqlite::open(&path).unwrap(), vec![revision(&bucket, 0, &[1], findings)], None).unwrap();
    let row: (String, String, String) = rusqlite::Connection::open(&path)
        .unwrap()
        .query_row("SELECT time, step, event_name FROM transitions", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!(row, ("1970-01-01T00:00:10Z".into(), "opened".into(), "PutBucketVersioning".into()));
}

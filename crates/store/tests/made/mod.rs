//! Made-up records for the tests of stores.

#![allow(dead_code, unreachable_pub, reason = "every test file takes what it needs")]
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::sync::Arc;

use pollster::block_on;
use trailhound_engine::announce::{Alert, AlertKind, Announced};
use trailhound_engine::port::{Commit, Revision, Store, StoreError};
use trailhound_engine::{ResourceView, Told, Work};
use trailhound_model::kinds::s3::VERSIONING;
use trailhound_model::{
    Actor, Cause, Entry, Episode, Evidence, Finding, GLOBAL, Kind, KindDef, Ledger, Life, Operation, ResourceId,
    Second, Severity, Status, Step, Transition, Value,
};

/// A resource of an account.
pub fn resource(kind: &'static KindDef, account: &str, id: &str) -> ResourceId {
    ResourceId {
        partition: "aws".into(),
        account: account.into(),
        region: GLOBAL.into(),
        kind: Kind::of(kind),
        id: id.into(),
    }
}

/// An event of some second, by somebody with a hostile name.
pub fn cause(time: i64) -> Arc<Cause> {
    Arc::new(Cause {
        time: Second(time),
        event_id: format!("event-{time}").into(),
        source: "s3.amazonaws.com".into(),
        name: "PutBucketVersioning".into(),
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        actor: Arc::new(Actor {
            identity: "IAMUser".into(),
            name: "älice'; DROP TABLE changes; --".into(),
            ..Actor::default()
        }),
    })
}

/// What that event did.
pub fn entry(time: i64) -> Entry {
    let value = Value::map([("Status", Some("Enabled".into())), ("Note", Some("a \"quoted\" \u{0} é".into()))]);
    Entry { cause: cause(time), operations: vec![Operation::set(&VERSIONING.def, value)], replaces: None }
}

/// A finding with one episode.
pub fn finding(resource: &ResourceId, rule: &str, severity: Severity, status: Status) -> Finding {
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

/// A resource with these events and findings.
pub fn revision(resource: &ResourceId, expected: u64, times: &[i64], findings: Vec<Finding>) -> Revision {
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
            accepted: false,
        }],
        seen: Vec::new(),
        outbox: Vec::new(),
    }
}

/// Commits resources.
pub fn commit(store: &impl Store, resources: Vec<Revision>, until: Option<i64>) -> Result<(), StoreError> {
    block_on(store.commit(Commit { resources, until: until.map(Second), ..Commit::default() }))
}

/// A settle check.
pub fn settle(resource: &ResourceId, due: i64) -> Work {
    let resource = resource.clone();
    Work::Settle { resource, due: Second(due), since: Second(due - 30), attempt: 0, confirms: false }
}

/// An alert.
pub fn told(resource: &ResourceId, number: u64, at: i64) -> Told {
    let finding = finding(resource, "r", Severity::High, Status::Open);
    let alert = Alert { number, kind: AlertKind::Moved(Step::Opened), time: Second(10), closed_at: None };
    Told::of(resource, "r", Some(&finding), alert, Second(at))
}

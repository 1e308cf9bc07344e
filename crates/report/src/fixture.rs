//! Findings for the tests of all formats.

use std::sync::Arc;

use trailhound_model::kinds::s3::BUCKET;
use trailhound_model::{
    Actor, Cause, Episode, Evidence, Finding, Kind, ResourceId, Second, Severity, Status, Step, Transition, Value,
};

use crate::Context;

/// Text that ends scripts and attributes, commands terminals, reverses reading, formats Markdown and is a formula.
pub(crate) const HOSTILE: &str = "=HYPERLINK(\"http://e\")</script><!--<script>alert(1)</script>'\"><img src=x \
                                  onerror=alert(1)>\u{1b}[31m\u{202e}gpj\u{2028}\r\n# **b** [x](http://e) `c` | @all";

pub(crate) fn context() -> Context {
    Context {
        source: "trailhound.db".to_owned(),
        until: Second::parse("2026-03-05T05:06:07Z").ok(),
        resources: 12,
        notes: Vec::new(),
    }
}

pub(crate) fn cause(time: Second, name: &str, by: &str) -> Arc<Cause> {
    Arc::new(Cause {
        time,
        event_id: "11111111-2222-3333-4444-555555555555".into(),
        source: "s3.amazonaws.com".into(),
        name: name.into(),
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        actor: Arc::new(Actor {
            identity: "AssumedRole".into(),
            name: by.into(),
            arn: Some("arn:aws:sts::111122223333:assumed-role/Admin/alice".into()),
            account: Some("111122223333".into()),
            role: Some("arn:aws:iam::111122223333:role/Admin".into()),
            source_ip: Some("203.0.113.7".into()),
            user_agent: Some("aws-cli/2.15.0".into()),
            ..Actor::default()
        }),
    })
}

pub(crate) fn open() -> Finding {
    named("acme-invoices", "alice")
}

pub(crate) fn hostile() -> Finding {
    let mut finding = named(HOSTILE, HOSTILE);
    finding.message = HOSTILE.into();
    finding.evidence = vec![Evidence::new(HOSTILE, HOSTILE)];
    finding
}

pub(crate) fn resolved() -> Finding {
    let mut finding = named("acme-logs", "bob");
    finding.status = Status::Resolved;
    finding.severity = Severity::Low;
    let episode = finding.episodes.last_mut().unwrap();
    let closed = episode.opened_at.plus(90);
    episode.closed_at = Some(closed);
    episode.closed_as = Some(Step::Resolved);
    episode.closed_by = Some(cause(closed, "PutBucketVersioning", "carol"));
    finding.transitions.push(Transition {
        step: Step::Resolved,
        time: closed,
        cause: episode.closed_by.clone(),
        before: versioning("Suspended"),
        after: versioning("Enabled"),
        message: "passes".into(),
        evidence: Vec::new(),
    });
    finding
}

fn versioning(status: &str) -> Value {
    Value::map([("versioning", Some(Value::map([("Status", Some(status.into()))])))])
}

fn named(id: &str, by: &str) -> Finding {
    let time = Second::parse("2026-03-04T05:06:07Z").unwrap();
    let cause = cause(time, "PutBucketVersioning", by);
    let evidence = vec![Evidence::new("versioning", "versioning is `Suspended`")];
    Finding {
        resource: ResourceId {
            partition: "aws".into(),
            account: "111122223333".into(),
            region: "global".into(),
            kind: Kind::of(&BUCKET),
            id: id.into(),
        },
        rule: "s3-bucket-versioning".into(),
        item: "s3-versioning".into(),
        severity: Severity::Medium,
        status: Status::Open,
        episodes: vec![Episode {
            opened_at: time,
            opened_by: Some(Arc::clone(&cause)),
            closed_at: None,
            closed_by: None,
            closed_as: None,
        }],
        message: "versioning is `Suspended`".into(),
        evidence: evidence.clone(),
        rests_on_default: false,
        covered_by: Vec::new(),
        transitions: vec![Transition {
            step: Step::Opened,
            time,
            cause: Some(cause),
            before: versioning("Enabled"),
            after: Value::map([("versioning", Some(Value::map([("Status", Some(by.into()))])))]),
            message: "versioning is `Suspended`".into(),
            evidence,
        }],
    }
}

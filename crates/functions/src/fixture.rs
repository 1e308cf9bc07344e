//! Alerts for tests: each is committed to a store in memory as the evaluator would.

use std::sync::Arc;

use trailhound_engine::Told;
use trailhound_engine::announce::{Alert, AlertKind};
use trailhound_model::kinds::ec2::group::SECURITY_GROUP;
use trailhound_model::{
    Actor, Cause, Episode, Evidence, Finding, Kind, ResourceId, Second, Severity, Status, Step, Transition, Value,
};

/// An alert that a group was opened.
pub(crate) fn told(group: &str, number: u64) -> Told {
    let time = Second::parse("2026-03-04T05:06:07Z").unwrap();
    let cause = Arc::new(Cause {
        time,
        event_id: "11111111-2222-3333-4444-555555555555".into(),
        source: "ec2.amazonaws.com".into(),
        name: "AuthorizeSecurityGroupIngress".into(),
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        actor: Actor { name: "alice".into(), ..Actor::default() }.into(),
    });
    let (message, evidence) = ("SSH is open", vec![Evidence::new("tcp 22 0.0.0.0/0", "tcp 22")]);
    let finding = Finding {
        resource: ResourceId {
            partition: "aws".into(),
            account: "111122223333".into(),
            region: "eu-west-1".into(),
            kind: Kind::of(&SECURITY_GROUP),
            id: group.into(),
        },
        rule: "ec2-security-group-ssh-closed".into(),
        item: "security-groups".into(),
        severity: Severity::Critical,
        status: Status::Open,
        episodes: vec![Episode {
            opened_at: time,
            opened_by: Some(Arc::clone(&cause)),
            closed_at: None,
            closed_by: None,
            closed_as: None,
        }],
        message: message.into(),
        evidence: evidence.clone(),
        rests_on_default: false,
        covered_by: Vec::new(),
        transitions: vec![Transition {
            step: Step::Opened,
            time,
            cause: Some(cause),
            before: Value::Null,
            after: Value::Null,
            message: message.into(),
            evidence,
        }],
    };
    let alert = Alert { number, kind: AlertKind::Moved(Step::Opened), time, closed_at: None };
    Told::of(&finding.resource, &finding.rule, Some(&finding), alert, time.plus(2))
}

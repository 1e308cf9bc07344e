//! Alerts for the tests of all channels.

use std::sync::Arc;

use trailhound_engine::announce::{Alert, AlertKind};
use trailhound_engine::{Also, Told};
use trailhound_model::kinds::ec2::group::SECURITY_GROUP;
use trailhound_model::{
    Actor, Cause, Episode, Evidence, Finding, Kind, ResourceId, Second, Severity, Status, Step, Transition, Value,
};

fn cause(name: &str, by: &str) -> Arc<Cause> {
    Arc::new(Cause {
        time: Second::parse("2026-03-04T05:06:07Z").unwrap(),
        event_id: "11111111-2222-3333-4444-555555555555".into(),
        source: "ec2.amazonaws.com".into(),
        name: name.into(),
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        actor: Arc::new(Actor {
            identity: "AssumedRole".into(),
            name: by.into(),
            arn: Some(format!("arn:aws:sts::111122223333:assumed-role/Admin/{by}").into()),
            account: Some("111122223333".into()),
            role: Some("arn:aws:iam::111122223333:role/Admin".into()),
            source_ip: Some("203.0.113.7".into()),
            user_agent: Some("aws-cli/2.15.0".into()),
            ..Actor::default()
        }),
    })
}

fn rules(ports: &[&str]) -> Value {
    let rule = |port: &&str| {
        ((*port).into(), Value::map([("FromPort", Some(22.into())), ("CidrIp", Some("0.0.0.0/0".into()))]))
    };
    Value::map([("SecurityGroupIngress", Some(Value::Map(ports.iter().map(rule).collect())))])
}

pub(crate) fn opened() -> Told {
    let time = Second::parse("2026-03-04T05:06:07Z").unwrap();
    let cause = cause("AuthorizeSecurityGroupIngress", "alice");
    let message = "SSH (TCP 22) is open to the internet by `tcp 22 0.0.0.0/0`";
    let evidence = vec![Evidence::new("tcp 22 0.0.0.0/0", "tcp 22 0.0.0.0/0")];
    let finding = Finding {
        resource: ResourceId {
            partition: "aws".into(),
            account: "111122223333".into(),
            region: "eu-west-1".into(),
            kind: Kind::of(&SECURITY_GROUP),
            id: "sg-0a1b2c3d4e5f60718".into(),
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
            before: rules(&[]),
            after: rules(&["tcp 22 0.0.0.0/0"]),
            message: message.into(),
            evidence,
        }],
    };
    let alert = Alert { number: 1, kind: AlertKind::Moved(Step::Opened), time, closed_at: None };
    Told::of(&finding.resource, &finding.rule, Some(&finding), alert, time.plus(3))
}

pub(crate) fn resolved() -> Told {
    let mut told = opened();
    let closed = told.alert.time.plus(109);
    let by = cause("RevokeSecurityGroupIngress", "bob");
    told.finding.status = Status::Resolved;
    let episode = told.finding.episodes.last_mut().unwrap();
    (episode.closed_at, episode.closed_as, episode.closed_by) =
        (Some(closed), Some(Step::Resolved), Some(Arc::clone(&by)));
    let transition = told.transition.as_mut().unwrap();
    (transition.step, transition.time, transition.cause) = (Step::Resolved, closed, Some(by));
    std::mem::swap(&mut transition.before, &mut transition.after);
    told.alert = Alert { number: 2, kind: AlertKind::Moved(Step::Resolved), time: closed, closed_at: None };
    told
}

/// One message for many groups.
pub(crate) fn many(count: usize) -> Told {
    let mut told = opened();
    let resource = |index: usize| ResourceId { id: format!("sg-{index:017x}").into(), ..told.finding.resource.clone() };
    told.also = (1..count).map(|index| Also { resource: resource(index), number: 1 }).collect();
    told
}

/// The text wherever somebody else's text can stand.
pub(crate) fn hostile(text: &str) -> Told {
    let mut told = resolved();
    let value = Value::map([(text, Some(Value::List(vec![text.into(), Value::map([("x", Some(text.into()))])])))]);
    let finding = &mut told.finding;
    (finding.resource.id, finding.resource.account, finding.resource.region) = (text.into(), text.into(), text.into());
    finding.message = format!("`{text}` {text} `{text}`").into();
    finding.evidence = vec![Evidence::new(text, text), Evidence::new("key", format!("detail `{text}`"))];
    let mut by = (*cause(text, text)).clone();
    (by.event_id, by.source, by.account, by.region) = (text.into(), text.into(), text.into(), text.into());
    by.actor = Arc::new(Actor {
        identity: text.into(),
        name: text.into(),
        arn: Some(text.into()),
        account: Some(text.into()),
        role: Some(text.into()),
        provider: Some(text.into()),
        invoked_by: Some(text.into()),
        source_ip: Some(text.into()),
        user_agent: Some(text.into()),
    });
    let by = Some(Arc::new(by));
    for episode in &mut finding.episodes {
        (episode.opened_by, episode.closed_by) = (by.clone(), by.clone());
    }
    let transition = told.transition.as_mut().unwrap();
    (transition.message, transition.evidence) = (text.into(), finding.evidence.clone());
    (transition.before, transition.after, transition.cause) = (value.clone(), value, by);
    told.thread = format!("{} {text}", finding.rule).into();
    told.also = vec![Also { resource: finding.resource.clone(), number: 1 }];
    told
}

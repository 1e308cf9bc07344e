//! What a record means: a change to resources, or nothing and why.
//!
//! One file per AWS service. Each declares its events in a table, [`EventSpec`], that says which kinds and facets an event
//! creates, sets, patches, makes stale or deletes, beside the function that reads it. Tests walk the tables.

mod accessanalyzer;
mod activity;
mod actor;
mod backup;
pub mod body;
mod cloudformation;
pub mod cloudfront;
pub mod cloudtrail;
mod codebuild;
mod cognito;
mod config;
mod dax;
mod dms;
pub mod draft;
mod dynamodb;
pub mod ec2;
pub mod ecr;
pub mod ecs;
mod efs;
mod eks;
mod elasticache;
pub mod elb;
mod events;
mod firehose;
pub mod guardduty;
pub mod iam;
mod kinesis;
mod kms;
pub mod lambda;
mod logs;
mod mq;
mod msk;
pub mod opensearch;
mod pipeline;
pub mod rds;
mod redshift;
mod redshiftserverless;
pub mod s3;
mod sagemaker;
pub mod secretsmanager;
mod securityhub;
mod signin;
mod sns;
mod sqs;
mod ssm;
#[cfg(test)]
mod testing;
pub mod variables;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use trailhound_model::kinds::account::{ACCOUNT, REGION, SELF};
use trailhound_model::{
    Alias, Cause, Change, GLOBAL, Kind, KindDef, Operation, ResourceId, Scope, Second, Text, Why, partition_of,
};

pub use self::body::Body;
pub use self::draft::{Does, Draft, EventSpec, Unplaced, Verb};
use crate::Record;

/// Every service that is watched, by CloudTrail's name for it.
pub static SERVICES: &[(&str, &[EventSpec])] = &[
    ("access-analyzer.amazonaws.com", accessanalyzer::EVENTS),
    ("amazonmq.amazonaws.com", mq::EVENTS),
    ("backup.amazonaws.com", backup::EVENTS),
    ("cloudformation.amazonaws.com", cloudformation::EVENTS),
    ("cloudfront.amazonaws.com", cloudfront::EVENTS),
    ("cloudtrail.amazonaws.com", cloudtrail::EVENTS),
    ("codebuild.amazonaws.com", codebuild::EVENTS),
    ("cognito-identity.amazonaws.com", cognito::EVENTS),
    ("config.amazonaws.com", config::EVENTS),
    ("dax.amazonaws.com", dax::EVENTS),
    ("dms.amazonaws.com", dms::EVENTS),
    ("dynamodb.amazonaws.com", dynamodb::EVENTS),
    ("ec2.amazonaws.com", ec2::disk::EVENTS),
    ("ec2.amazonaws.com", ec2::group::EVENTS),
    ("ec2.amazonaws.com", ec2::instance::EVENTS),
    ("ec2.amazonaws.com", ec2::network::EVENTS),
    ("ec2.amazonaws.com", ec2::region::EVENTS),
    ("ecr.amazonaws.com", ecr::EVENTS),
    ("ecs.amazonaws.com", ecs::EVENTS),
    ("eks.amazonaws.com", eks::EVENTS),
    ("elasticache.amazonaws.com", elasticache::EVENTS),
    ("elasticfilesystem.amazonaws.com", efs::EVENTS),
    ("elasticloadbalancing.amazonaws.com", elb::EVENTS),
    ("es.amazonaws.com", opensearch::EVENTS),
    ("events.amazonaws.com", events::EVENTS),
    ("firehose.amazonaws.com", firehose::EVENTS),
    ("guardduty.amazonaws.com", guardduty::EVENTS),
    ("iam.amazonaws.com", iam::EVENTS),
    ("kafka.amazonaws.com", msk::EVENTS),
    ("kinesis.amazonaws.com", kinesis::EVENTS),
    ("kms.amazonaws.com", kms::EVENTS),
    ("lambda.amazonaws.com", lambda::EVENTS),
    ("logs.amazonaws.com", logs::EVENTS),
    ("rds.amazonaws.com", rds::EVENTS),
    ("redshift-serverless.amazonaws.com", redshiftserverless::EVENTS),
    ("redshift.amazonaws.com", redshift::EVENTS),
    ("s3.amazonaws.com", s3::EVENTS),
    ("sagemaker.amazonaws.com", sagemaker::EVENTS),
    ("secretsmanager.amazonaws.com", secretsmanager::EVENTS),
    ("securityhub.amazonaws.com", securityhub::EVENTS),
    ("signin.amazonaws.com", signin::EVENTS),
    ("sns.amazonaws.com", sns::EVENTS),
    ("sqs.amazonaws.com", sqs::EVENTS),
    ("ssm.amazonaws.com", ssm::EVENTS),
];

/// Why a record that was read changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Nothing {
    /// The call only reads.
    ReadOnly,
    /// AWS refused the call.
    Failed,
    /// No rule depends on what the call does.
    NotWatched,
    /// The call is watched, but the record does not name its resource.
    Unplaced(&'static str),
    /// The call is watched, but CloudTrail left its body out for its size and no resource list names what it touched.
    Omitted,
    /// The call is watched, but as made it touches nothing that is kept.
    NoEffect,
}

impl Nothing {
    /// A stable word to count by.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ReadOnly => "read_only",
            Self::Failed => "failed",
            Self::NotWatched => "not_watched",
            Self::Unplaced(_) => "unplaced",
            Self::Omitted => "omitted",
            Self::NoEffect => "no_effect",
        }
    }
}

impl fmt::Display for Nothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unplaced(missing) => write!(f, "the record does not name its resource: `{missing}` is missing"),
            other => f.write_str(other.code()),
        }
    }
}

/// One record as an interpreter sees it.
pub struct Event<'a> {
    /// The record.
    pub record: &'a Record<'a>,
    /// When the call was made.
    pub time: Second,
    /// The account that the record was made in.
    pub account: &'a str,
    /// The region that the call was made in.
    pub region: &'a str,
    /// The request.
    pub request: Body<'a>,
    /// The response.
    pub response: Body<'a>,
    /// What belongs to neither (`additionalEventData`).
    pub details: Body<'a>,
}

impl<'a> Event<'a> {
    fn new(record: &'a Record<'a>) -> Option<Self> {
        Some(Self {
            record,
            time: record.event_time,
            account: record.account()?,
            region: &record.aws_region,
            request: Body::logged(record.request_parameters.as_ref()),
            response: Body::logged(record.response_elements.as_ref()),
            details: Body::logged(record.additional_event_data.as_ref()),
        })
    }

    /// Whether this is a step of a sign-in that was refused. Such a record may have no error, only a response such as
    /// `{"ConsoleLogin": "Failure"}`.
    #[must_use]
    pub fn sign_in_failed(&self) -> bool {
        self.record.event_type.as_deref() == Some("AwsConsoleSignIn")
            && self.response.text(&self.record.event_name) == Some("Failure")
    }

    /// A resource of this account and, for regional kinds, this region.
    #[must_use]
    pub fn resource(&self, kind: &'static KindDef, id: &str) -> ResourceId {
        let region = match kind.scope {
            Scope::Global => GLOBAL,
            Scope::Regional => self.region,
        };
        ResourceId {
            partition: partition_of(self.region).into(),
            account: self.account.into(),
            region: region.into(),
            kind: Kind::of(kind),
            id: id.into(),
        }
    }

    /// A resource named by its ARN, with the ARN's own account and region; `id` is what the kind uses as id.
    #[must_use]
    pub fn resource_of_arn(&self, kind: &'static KindDef, arn: &str, id: &str) -> ResourceId {
        let mut resource = self.resource(kind, id);
        let mut parts = arn.splitn(6, ':').skip(3);
        if let Some(region) = parts.next().filter(|region| !region.is_empty())
            && kind.scope == Scope::Regional
        {
            resource.region = region.into();
        }
        if let Some(account) = parts.next().filter(|account| !account.is_empty()) {
            resource.account = account.into();
        }
        resource
    }

    /// The account itself.
    #[must_use]
    pub fn account_resource(&self) -> ResourceId {
        self.resource(&ACCOUNT, SELF)
    }

    /// The account in this region.
    #[must_use]
    pub fn region_resource(&self) -> ResourceId {
        self.resource(&REGION, SELF)
    }

    /// Another name for a resource of this account and, for regional kinds, this region.
    #[must_use]
    pub fn alias(&self, kind: &'static KindDef, space: &'static str, name: &str) -> Alias {
        let region = match kind.scope {
            Scope::Global => GLOBAL,
            Scope::Regional => self.region,
        };
        Alias {
            account: self.account.into(),
            region: region.into(),
            kind: Kind::of(kind),
            space: space.into(),
            name: name.into(),
        }
    }

    /// The resource of a kind that the record's resource list names by an ARN.
    #[must_use]
    pub fn listed_resource(&self, kind: &'static KindDef) -> Option<ResourceId> {
        let arn = self.resource_arn(kind.name)?;
        let mut resource = ResourceId::from_arn(Kind::of(kind), arn, &self.resource(kind, ""))?;
        if let Some(owner) = self.resource_owner(kind.name) {
            resource.account = owner.into();
        }
        Some(resource)
    }

    /// The owner that the record's resource list gives for a resource of this type.
    #[must_use]
    pub fn resource_owner(&self, kind: &str) -> Option<&'a str> {
        self.record
            .resources
            .iter()
            .find(|resource| resource.kind.as_deref() == Some(kind))
            .and_then(|resource| resource.account_id.as_deref())
            .filter(|account| account.len() == 12)
    }

    /// The ARN that the record's resource list gives for a resource of this type.
    #[must_use]
    pub fn resource_arn(&self, kind: &str) -> Option<&'a str> {
        self.record
            .resources
            .iter()
            .find(|resource| resource.kind.as_deref() == Some(kind))
            .and_then(|resource| resource.arn.as_deref())
    }
}

static INDEX: LazyLock<HashMap<(&str, &str), &EventSpec>> = LazyLock::new(|| {
    SERVICES
        .iter()
        .flat_map(|(source, events)| events.iter().map(|spec| ((*source, unversioned(spec.name)), spec)))
        .collect()
});

static NAMES: LazyLock<std::collections::HashSet<&str>> = LazyLock::new(|| {
    SERVICES.iter().flat_map(|(_, events)| events.iter().map(|spec| unversioned(spec.name))).collect()
});

/// Whether records with this event name may mean something, whatever their service. The archive reader asks this before it
/// parses a record. Records of the root user mean something whatever their name.
#[must_use]
pub fn is_watched(name: &str) -> bool {
    NAMES.contains(unversioned(name))
}

/// The declaration of an event. An API date in the name (`CreateFunction20150331`, `UpdateDistribution2020_05_31`) is
/// ignored, so that a new API version is not missed.
#[must_use]
pub fn spec(source: &str, name: &str) -> Option<&'static EventSpec> {
    INDEX.get(&(source, unversioned(name))).copied()
}

/// The name without the API date, and the revision after it, that Lambda and CloudFront write.
#[must_use]
pub fn unversioned(name: &str) -> &str {
    let without_revision = name
        .rsplit_once('v')
        .filter(|(_, revision)| !revision.is_empty() && revision.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(name, |(rest, _)| rest);
    let stem = without_revision.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '_');
    let date = without_revision.len() - stem.len();
    if (8..=10).contains(&date) { stem } else { name }
}

/// What a record means.
///
/// # Errors
/// Why it means nothing.
pub fn interpret(record: &Record<'_>) -> Result<Change, Nothing> {
    // A service's own report may carry an error message, as a failed rotation does; nothing was refused then.
    if record.failed() && record.event_type.as_deref() != Some("AwsServiceEvent") {
        return Err(Nothing::Failed);
    }
    let event = Event::new(record).ok_or(Nothing::Unplaced("recipientAccountId"))?;
    let mut draft = Draft::default();
    activity::observe(&event, &mut draft);
    let outcome = if record.read_only == Some(true) {
        Err(Nothing::ReadOnly)
    } else {
        match spec(&record.event_source, &record.event_name) {
            Some(spec) if record.omitted().any(|part| part == "requestParameters") => omitted(spec, &event, &mut draft),
            Some(spec) => {
                pipeline::observe(&event, &mut draft);
                (spec.interpret)(&event, &mut draft).map_err(|unplaced| Nothing::Unplaced(unplaced.missing))
            }
            None => Err(Nothing::NotWatched),
        }
    };
    draft.effects.retain(|effect| !effect.operations.is_empty());
    if draft.effects.is_empty() && draft.bindings.is_empty() {
        return Err(outcome.err().unwrap_or(Nothing::NoEffect));
    }
    let correction = record.addendum.as_ref().filter(|addendum| addendum.reason.as_deref() == Some("UPDATED_DATA"));
    Ok(Change {
        cause: Arc::new(Cause {
            time: event.time,
            event_id: (*record.event_id).into(),
            source: (*record.event_source).into(),
            name: (*record.event_name).into(),
            account: event.account.into(),
            region: event.region.into(),
            actor: Arc::new(actor::actor(record)),
        }),
        effects: draft.effects,
        bindings: draft.bindings,
        replaces: correction.and_then(|addendum| addendum.original_event_id.as_deref()).map(Text::from),
    })
}

/// A call whose request CloudTrail left out: what the call would have written is not known any more. Its resource is
/// taken from the record's resource list, which is kept, or where the call created it, from the response. A large document
/// is one way to hide from tools that read requests only.
fn omitted(spec: &EventSpec, event: &Event<'_>, draft: &mut Draft) -> Result<(), Nothing> {
    let mut placed = false;
    for does in spec.does.iter().filter(|does| matches!(does.verb, Verb::Sets | Verb::Patches | Verb::Stales)) {
        let Some(resource) = event.listed_resource(does.kind) else { continue };
        placed = true;
        for facet in does.facets {
            draft.on(resource.clone()).stale(facet, Why::Omitted);
        }
    }
    if !placed {
        let mut answered = Draft::default();
        let told = (spec.interpret)(event, &mut answered);
        for mut effect in answered.effects.into_iter().filter(|_| told.is_ok()) {
            effect.operations.retain(|operation| matches!(operation, Operation::Create { .. }));
            if !effect.operations.is_empty() {
                placed = true;
                effect.operations.push(Operation::Stale { facet: None, why: Why::Omitted });
                draft.effects.push(effect);
            }
        }
    }
    if placed { Ok(()) } else { Err(Nothing::Omitted) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_dates_in_names_are_ignored_and_nothing_else() {
        for (name, expected) in [
            ("CreateFunction20150331", "CreateFunction"),
            ("AddPermission20150331v2", "AddPermission"),
            ("UpdateDistribution2020_05_31", "UpdateDistribution"),
            ("CreateFunction", "CreateFunction"),
            ("GetBucketAclV2", "GetBucketAclV2"),
            ("Route53", "Route53"),
        ] {
            assert_eq!(unversioned(name), expected);
        }
    }

    #[test]
    fn an_event_is_declared_once() {
        for (source, events) in SERVICES {
            let mut names: Vec<&str> = events.iter().map(|spec| unversioned(spec.name)).collect();
            names.sort_unstable();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "{source} declares an event twice");
        }
    }

    #[test]
    fn declared_events_exist() {
        for (source, events) in SERVICES {
            for spec in *events {
                assert!(crate::event_names::is_real(source, spec.name), "CloudTrail has no {source} {}", spec.name);
            }
        }
    }

    #[test]
    fn declared_facets_belong_to_the_declared_kind() {
        for (source, events) in SERVICES {
            for spec in *events {
                for does in spec.does {
                    for facet in does.facets {
                        assert!(
                            Kind::of(does.kind).position(facet.name).is_some(),
                            "{source} {}: {} has no facet {}",
                            spec.name,
                            does.kind.name,
                            facet.name
                        );
                    }
                }
            }
        }
    }
}

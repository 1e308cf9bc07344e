//! AWS reads: what every facet is now, by the few calls that tell.
//!
//! One file per service declares its calls as data and its reads: which facets, by which calls, with which IAM actions.
//! What is read and what events show becomes the same value, by the same functions where the shapes are the same.

mod accessanalyzer;
mod backup;
mod client;
mod cloudformation;
mod cloudfront;
mod cloudtrail;
mod codebuild;
mod cognito;
mod config;
mod dax;
mod direct;
mod dms;
mod dynamodb;
mod ec2;
mod ecr;
mod ecs;
mod efs;
mod eks;
mod elasticache;
mod elb;
mod firehose;
mod guardduty;
mod iam;
mod kinesis;
mod kms;
mod lambda;
mod logs;
mod mq;
mod msk;
mod opensearch;
mod rds;
mod read;
mod redshift;
mod redshiftserverless;
mod s3;
mod sagemaker;
mod secretsmanager;
mod securityhub;
mod sns;
mod sqs;
mod ssm;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use futures_util::future::join_all;
use trailhound_engine::port::{Presence, Reading};
use trailhound_model::{FacetDef, Kind, ResourceId, Shape, State, Value, Why};

use self::client::{Client, Error};
pub use self::client::{ExternalId, ReaderRole};
pub use self::direct::{Caller, Invoked, Unanswered};
use self::read::{Answers, KindReads, Read, Reader};

/// How to read.
#[derive(Clone, Debug)]
pub struct Options {
    /// The account that the credentials belong to; its resources are read with them.
    pub account: Option<String>,
    /// The role to read other accounts with. Without it everything is read with the credentials as they are.
    pub role: Option<ReaderRole>,
    /// How long one attempt of a call may take.
    pub attempt_timeout: Duration,
    /// How long a call may take with all its attempts.
    pub operation_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            account: None,
            role: None,
            attempt_timeout: Duration::from_secs(5),
            operation_timeout: Duration::from_secs(15),
        }
    }
}

/// Reads resources from AWS.
#[derive(Clone)]
pub struct Collector {
    client: Arc<Client>,
}

impl Collector {
    /// A collector with an SDK configuration's credentials, region, endpoint, retries and client for HTTP, which it must have.
    #[must_use]
    pub fn new(config: &SdkConfig, options: &Options) -> Self {
        Self { client: Arc::new(Client::new(config, options)) }
    }
}

impl trailhound_engine::port::Collector for Collector {
    /// Facets that AWS shows to no read (a use of the root user, say) are left out of the answer.
    async fn read(&self, resource: &ResourceId, facets: &[&'static FacetDef]) -> Reading {
        let started = self.client.now();
        let asked = |facet: &FacetDef| facets.iter().any(|asked| asked.name == facet.name);
        let answers = Answers::default();
        let wanted = reads(resource.kind).filter(|read| read.facets.iter().any(|facet| asked(facet)));
        let results = wanted.map(|read| {
            let reader = Reader { client: &self.client, resource, calls: read.calls, answers: &answers };
            async move { (read, (read.run)(&reader).await) }
        });
        let results = join_all(results).await;
        let presence = presence(results.iter().map(|(_, result)| result.as_ref().err()));
        let mut states = Vec::new();
        for (read, result) in results {
            match result {
                Ok(read) => states.extend(read.into_iter().map(|(facet, state)| (facet, kept(facet, state)))),
                Err(error) => states.extend(read.facets.iter().map(|facet| (*facet, failed(&error)))),
            }
        }
        states.retain(|(facet, _)| asked(facet));
        Reading { started, presence, facets: states }
    }
}

/// The reads of a kind.
fn reads(kind: Kind) -> impl Iterator<Item = &'static Read> {
    services().filter(move |declared| Kind::of(declared.kind) == kind).flat_map(|declared| declared.reads)
}

/// What each service's file reads.
static SERVICES: &[&[KindReads]] = &[
    accessanalyzer::READS,
    backup::READS,
    cloudformation::READS,
    cloudfront::READS,
    cloudtrail::READS,
    codebuild::READS,
    cognito::READS,
    config::READS,
    dax::READS,
    dms::READS,
    dynamodb::READS,
    ec2::disk::READS,
    ec2::group::READS,
    ec2::instance::READS,
    ec2::network::READS,
    ec2::region::READS,
    ecr::READS,
    ecs::READS,
    efs::READS,
    eks::READS,
    elasticache::READS,
    elb::READS,
    firehose::READS,
    guardduty::READS,
    iam::READS,
    kinesis::READS,
    kms::READS,
    lambda::READS,
    logs::READS,
    mq::READS,
    msk::READS,
    opensearch::READS,
    rds::READS,
    redshift::READS,
    redshiftserverless::READS,
    s3::READS,
    sagemaker::READS,
    secretsmanager::READS,
    securityhub::READS,
    sns::READS,
    sqs::READS,
    ssm::READS,
];

fn services() -> impl Iterator<Item = &'static KindReads> {
    SERVICES.iter().copied().flatten()
}

/// What the reads of a resource say about its existence, from the errors that they ended with.
fn presence<'e>(errors: impl Iterator<Item = Option<&'e Error>>) -> Presence {
    let (mut found, mut gone, mut deleting) = (false, false, false);
    for error in errors {
        match error {
            None | Some(Error::Absent) => found = true,
            Some(Error::Gone) => gone = true,
            Some(Error::Deleting) => deleting = true,
            Some(_) => {}
        }
    }
    match (deleting, found, gone) {
        (true, _, _) => Presence::Deleting,
        (false, true, false) => Presence::Present,
        (false, false, true) => Presence::NotFound,
        // Made or deleted while it was read.
        (false, true, true) | (false, false, false) => Presence::Unproven,
    }
}

fn failed(error: &Error) -> State {
    match error {
        Error::Absent => State::Absent,
        error => State::Unread(error.why()),
    }
}

/// What is kept of a state: of a facet with a limit, so many entries.
fn kept(facet: &FacetDef, state: State) -> State {
    match state {
        State::Known(Value::Map(map)) if facet.shape == Shape::Keyed && map.len() > facet.limit => {
            State::Partial(map.into_iter().take(facet.limit).collect(), Why::TooMany)
        }
        state => state,
    }
}

/// The IAM actions that reading needs, by service. It is made of the calls that the reads declare; a read cannot make
/// others.
#[must_use]
pub fn actions() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut actions: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for call in services().flat_map(|kind| kind.reads).flat_map(|read| read.calls) {
        let service = call.action.split_once(':').map_or(call.action, |(service, _)| service);
        actions.entry(service).or_default().insert(call.action);
    }
    actions
}

/// The kinds that can be read.
#[must_use]
pub fn kinds() -> Vec<Kind> {
    let mut kinds: Vec<Kind> = services().map(|declared| Kind::of(declared.kind)).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

#[cfg(test)]
mod declarations {
    use super::*;

    #[test]
    fn every_facet_names_the_actions_of_the_calls_that_read_it_and_no_others() {
        // Kinds may share a facet that each reads by a call of its own.
        let mut made: BTreeMap<_, (_, BTreeSet<_>)> = BTreeMap::new();
        for declared in services() {
            for read in declared.reads {
                for facet in read.facets {
                    let owned = declared.kind.facets.iter().any(|own| std::ptr::eq(*own, *facet));
                    assert!(owned, "{} has no facet {}", declared.kind.name, facet.name);
                    let (_, actions) = made.entry(std::ptr::from_ref(*facet)).or_insert((*facet, BTreeSet::new()));
                    actions.extend(read.calls.iter().map(|call| call.action));
                }
            }
        }
        for (facet, made) in made.values() {
            assert_eq!(&facet.reads.iter().copied().collect::<BTreeSet<_>>(), made, "{}", facet.name);
        }
    }

    #[test]
    fn every_facet_that_names_actions_is_read_once_and_no_other() {
        // Of all kinds: the generated policy allows what facets name, whether anything reads them or not.
        for kind in trailhound_model::kinds::ALL {
            for facet in kind.facets {
                let read = reads(Kind::of(kind)).flat_map(|read| read.facets);
                let times = read.filter(|read| std::ptr::eq(**read, *facet)).count();
                assert_eq!(times, usize::from(!facet.reads.is_empty()), "{} {}", kind.name, facet.name);
            }
        }
    }

    #[test]
    fn existence_is_what_the_reads_agree_on() {
        let denied = Error::AccessDenied;
        for (errors, expected) in [
            (vec![None, Some(&denied)], Presence::Present),
            (vec![Some(&Error::Absent)], Presence::Present),
            (vec![Some(&Error::Gone), Some(&denied)], Presence::NotFound),
            (vec![Some(&Error::Gone), None], Presence::Unproven),
            (vec![Some(&denied), Some(&Error::Timeout)], Presence::Unproven),
            (vec![None, Some(&Error::Deleting)], Presence::Deleting),
            (vec![], Presence::Unproven),
        ] {
            assert_eq!(presence(errors.iter().copied()), expected, "{errors:?}");
        }
    }
}

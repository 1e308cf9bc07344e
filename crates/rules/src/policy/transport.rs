//! Policies that refuse requests made without TLS.

use trailhound_model::Evidence;

use super::condition::{Condition, Quantifier, Test};
use super::pattern::{Pattern, Set};
use super::{Effect, Policy, Principal, Principals, Statement};
use crate::Signs;

/// Whose policy it is, which decides what a Deny has to cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport<'a> {
    /// A bucket and the objects in it; with its name where that is known.
    Bucket(Option<&'a str>),
    /// A queue: every action of SQS.
    Queue,
    /// A topic. Topic policies know no other use of TLS than publishing, and SNS refuses most wildcards in them.
    Topic,
    /// A file system. Nothing can be done without mounting it.
    FileSystem,
}

impl Transport<'_> {
    /// The least a Deny has to cover.
    fn actions(self) -> Pattern {
        Pattern::action(match self {
            Self::Bucket(_) => "s3:*",
            Self::Queue => "sqs:*",
            Self::Topic => "sns:Publish",
            Self::FileSystem => "elasticfilesystem:ClientMount",
        })
    }
}

impl Policy {
    /// What can still be done without TLS, as entries keyed `bucket`, `objects` or `resource`: nothing where Deny
    /// statements for everyone refuse it with no other condition.
    #[must_use]
    pub fn plaintext(&self, transport: Transport<'_>) -> Signs {
        // Here statements take faults away, so the reading that permits most is the one with most entries, as ever.
        self.ask(|statements| {
            let denies: Vec<&Statement> = statements.iter().filter(|s| refuses_plaintext(s, transport)).collect();
            let missing = |key: &str, words: &str| Evidence::new(key, format!("no Deny without TLS covers {words}"));
            match transport {
                Transport::Bucket(name) => {
                    let mut left = Vec::new();
                    if !denies.iter().any(|s| covers_bucket(s, name)) {
                        left.push(missing("bucket", "the bucket itself"));
                    }
                    if !denies.iter().any(|s| covers_objects(s, name)) {
                        left.push(missing("objects", "the objects in the bucket"));
                    }
                    left
                }
                _ if denies.is_empty() => vec![missing("resource", "the resource")],
                _ => Vec::new(),
            }
        })
    }
}

fn refuses_plaintext(statement: &Statement, transport: Transport<'_>) -> bool {
    let everyone = match &statement.principals {
        Principals::Only(list) => list.contains(&Principal::Everyone),
        Principals::Own | Principals::Except(_) => false,
    };
    let [condition] = &*statement.conditions else { return false };
    statement.effect == Effect::Deny
        && everyone
        && statement.actions.covers_pattern(&transport.actions())
        && (is_insecure(condition) || matches!(transport, Transport::Bucket(_)) && is_old_tls(condition))
}

/// `aws:SecureTransport` is false. The key is in every request, so `IfExists` changes nothing.
fn is_insecure(condition: &Condition) -> bool {
    &*condition.key == "aws:securetransport"
        && condition.test == Test::Bool
        && condition.quantifier != Quantifier::All
        && condition.values.iter().any(|value| value.eq_ignore_ascii_case("false"))
}

/// `s3:TlsVersion` is below 1.2.
fn is_old_tls(condition: &Condition) -> bool {
    let least = |value: &str| value.parse::<f64>().is_ok_and(|version| version >= 1.2);
    &*condition.key == "s3:tlsversion"
        && condition.test == Test::NumericLessThan
        && condition.quantifier != Quantifier::All
        && condition.values.iter().any(|value| least(value))
}

/// The partitions an ARN may be in.
const PARTITIONS: [&str; 3] = ["aws", "aws-us-gov", "aws-cn"];

fn covers_bucket(statement: &Statement, name: Option<&str>) -> bool {
    match (name, &statement.resources) {
        (Some(name), resources) => PARTITIONS.iter().any(|p| resources.contains(&format!("arn:{p}:s3:::{name}"))),
        // Without the name: some resource that is not only objects.
        (None, Set::Only(patterns)) => patterns.iter().any(|p| !p.as_str().contains('/')),
        (None, Set::Except(_)) => false,
    }
}

fn covers_objects(statement: &Statement, name: Option<&str>) -> bool {
    let objects = |p: &Pattern| p.is_everything() || p.as_str().ends_with("/*") || p.as_str().ends_with(":*");
    match (name, &statement.resources) {
        (Some(name), resources) => PARTITIONS
            .iter()
            .any(|p| resources.covers_pattern(&Pattern::resource(&format!("arn:{p}:s3:::{name}/*"), false))),
        (None, Set::Only(patterns)) => patterns.iter().any(objects),
        (None, Set::Except(_)) => false,
    }
}

//! Resources of a template that are judged as part of another: bucket policies, rules of a group, policies of a role.

use trailhound_model::kinds::ec2::group::{self, Direction, Peer, RawRule};
use trailhound_model::kinds::{iam, s3, sns, sqs};
use trailhound_model::{FacetDef, Map, State, Text, Value};

use crate::life::{Said, at, entries};
use crate::resolve::is_open;

/// A type of resource that belongs to others: where it names them, and what it gives them.
pub(crate) struct Part {
    /// Its CloudFormation type.
    pub(crate) name: &'static str,
    /// The property that names its owners, one or a list; their kind; the facet that it writes.
    pub(crate) owners: &'static [(&'static str, &'static str, &'static FacetDef)],
    /// Reads what it gives, from its logical name and its properties.
    pub(crate) read: fn(&str, &Value) -> Given,
}

/// What a part gives to its owners.
pub(crate) enum Given {
    /// The facet's whole state.
    Whole(State),
    /// Entries beside others.
    Entries(State),
}

/// The types that are read.
pub(crate) static PARTS: &[Part] = &[
    Part { name: "AWS::S3::BucketPolicy", owners: &[("Bucket", "AWS::S3::Bucket", &s3::POLICY.def)], read: document },
    Part { name: "AWS::SNS::TopicPolicy", owners: &[("Topics", "AWS::SNS::Topic", &sns::POLICY.def)], read: document },
    Part { name: "AWS::SQS::QueuePolicy", owners: &[("Queues", "AWS::SQS::Queue", &sqs::POLICY.def)], read: document },
    Part {
        name: "AWS::EC2::SecurityGroupIngress",
        owners: &[("GroupId", "AWS::EC2::SecurityGroup", &group::INGRESS.def)],
        read: |_, properties| Given::Entries(group_rules(std::slice::from_ref(properties), Direction::Ingress)),
    },
    Part {
        name: "AWS::EC2::SecurityGroupEgress",
        owners: &[("GroupId", "AWS::EC2::SecurityGroup", &group::EGRESS.def)],
        read: |_, properties| Given::Entries(group_rules(std::slice::from_ref(properties), Direction::Egress)),
    },
    Part {
        name: "AWS::IAM::Policy",
        owners: &[
            ("Roles", "AWS::IAM::Role", &iam::role::POLICIES.def),
            ("Users", "AWS::IAM::User", &iam::user::POLICIES.def),
            ("Groups", "AWS::IAM::Group", &iam::group::POLICIES.def),
        ],
        read: inline_policy,
    },
    Part {
        name: "AWS::IAM::RolePolicy",
        owners: &[("RoleName", "AWS::IAM::Role", &iam::role::POLICIES.def)],
        read: inline_policy,
    },
    Part {
        name: "AWS::IAM::UserPolicy",
        owners: &[("UserName", "AWS::IAM::User", &iam::user::POLICIES.def)],
        read: inline_policy,
    },
    Part {
        name: "AWS::IAM::GroupPolicy",
        owners: &[("GroupName", "AWS::IAM::Group", &iam::group::POLICIES.def)],
        read: inline_policy,
    },
];

/// Whether a type of part is read.
pub(crate) fn is_read(name: &str) -> bool {
    PARTS.iter().any(|part| part.name == name)
}

fn document(_: &str, properties: &Value) -> Given {
    Given::Whole(match at(properties, "PolicyDocument") {
        Said::Value(document) => State::Known(document),
        Said::Nothing | Said::Open => State::Unread(trailhound_model::Why::Unresolved),
    })
}

fn inline_policy(logical: &str, properties: &Value) -> Given {
    Given::Entries(entries(std::slice::from_ref(properties), |_, policy| inline_entry(policy, logical)))
}

/// An inline policy by its name, or by `unnamed` where the name is given at deployment: what it allows does not hang on it.
pub(crate) fn inline_entry(policy: &Value, unnamed: &str) -> Option<(Text, Value)> {
    let document = policy.get("PolicyDocument")?.clone();
    let name = policy.get("PolicyName").and_then(Value::as_str).unwrap_or(unnamed);
    let entry = Value::map([("PolicyName", Some(name.into())), ("PolicyDocument", Some(document))]);
    Some((name.into(), entry))
}

/// Rules of a security group, from its own list or as parts.
pub(crate) fn group_rules(rules: &[Value], direction: Direction) -> State {
    let mut known = Map::new();
    let mut open = false;
    for rule in rules {
        match group_rule(rule, direction) {
            Some(read) => {
                open |= read.len() < peers(rule, direction).count();
                known.extend(read);
            }
            None => open = true,
        }
    }
    if open { State::Partial(known, trailhound_model::Why::Unresolved) } else { State::Known(known.into()) }
}

/// The properties by which a rule says where traffic comes from or goes to, as far as it states them.
fn peers(rule: &Value, direction: Direction) -> impl Iterator<Item = (&'static str, &Value)> {
    const INGRESS: [&str; 5] =
        ["CidrIp", "CidrIpv6", "SourcePrefixListId", "SourceSecurityGroupId", "SourceSecurityGroupName"];
    const EGRESS: [&str; 4] = ["CidrIp", "CidrIpv6", "DestinationPrefixListId", "DestinationSecurityGroupId"];
    let names: &[&str] = if direction == Direction::Ingress { &INGRESS } else { &EGRESS };
    names.iter().filter_map(|name| Some((*name, rule.get(name).filter(|value| !matches!(value, Value::Null))?)))
}

/// One rule in normal form, once for each peer that is known; `None` if what decides about all of them is decided at
/// deployment. AWS asks for one peer, yet a template may state several: each of them is meant to be let through.
fn group_rule(rule: &Value, direction: Direction) -> Option<Vec<(Text, Value)>> {
    if rule.as_map().is_none_or(crate::resolve::is_intrinsic) {
        return None;
    }
    let stated = |name: &str| rule.get(name).filter(|value| !matches!(value, Value::Null));
    let port = |name| match stated(name) {
        None => Some(None),
        Some(value) => value.as_int().map(Some),
    };
    let (from, to) = (port("FromPort")?, port("ToPort")?);
    let protocol = match stated("IpProtocol")? {
        value @ (Value::Text(_) | Value::Int(_)) => value.to_string(),
        _ => return None,
    };
    let mut read = Vec::new();
    for (name, peer) in peers(rule, direction) {
        let peer = match name {
            // A range that is no range yet says nothing about who is let in.
            "CidrIp" | "CidrIpv6" => peer.as_str().filter(|range| group::parse_cidr(range).is_some()).map(Peer::Cidr),
            "SourcePrefixListId" | "DestinationPrefixListId" => {
                peer.as_str().filter(|_| !is_open(peer)).map(Peer::PrefixList)
            }
            // Whichever group it is, it is a group.
            _ => Some(Peer::Group(peer.as_str().unwrap_or("a group known at deployment"))),
        };
        if let Some(peer) = peer {
            read.push(RawRule { protocol: protocol.clone().into(), from, to, peer, id: None }.normal(direction));
        }
    }
    (!read.is_empty()).then_some(read)
}

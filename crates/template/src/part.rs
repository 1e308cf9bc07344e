//! Resources of a template that are judged as part of another: bucket policies, rules of a group, policies of a role,
//! routes of a network, permissions of a function.

use trailhound_model::kinds::ec2::group::{self, Direction, Peer, RawRule};
use trailhound_model::kinds::ec2::{instance, network};
use trailhound_model::kinds::{elb, guardduty, iam, lambda, s3, secretsmanager, sns, sqs};
use trailhound_model::{FacetDef, Map, Second, State, Text, Value, Why};

use crate::life::{Said, at};
use crate::names::Names;
use crate::resolve::is_open;
use crate::service;

/// What a type of resource gives to the resources that it names.
pub(crate) struct Part {
    /// Its CloudFormation type.
    pub(crate) name: &'static str,
    /// The property that names its owners, one or a list.
    pub(crate) property: &'static str,
    /// The owners' kind.
    pub(crate) owner: &'static str,
    /// The facet that it writes.
    pub(crate) facet: &'static FacetDef,
    /// Reads what it gives.
    pub(crate) read: fn(&Source<'_>) -> Given,
    /// Whether it can be judged by itself where its owner stands elsewhere.
    pub(crate) alone: bool,
}

/// A part: what it is called and what it states.
pub(crate) struct Source<'m> {
    /// The logical name.
    pub(crate) name: &'m str,
    /// What identifies it.
    pub(crate) id: Text,
    /// Its properties with the names of the template's own resources.
    pub(crate) properties: &'m Value,
    /// The template's resources.
    pub(crate) names: &'m Names<'m>,
    /// When it is made.
    pub(crate) today: Second,
}

impl Source<'_> {
    /// An entry under the part's own id; `None` for one that is decided at deployment.
    pub(crate) fn entry(&self, entry: Option<Value>) -> Given {
        match entry {
            Some(entry) => Given::one(self.id.clone(), entry),
            None => Given::Entries(State::Unread(Why::Unresolved)),
        }
    }

    /// Its ARN, or its id where it has none.
    pub(crate) fn arn(&self) -> Text {
        self.names.arn_of(self.name)
    }
}

/// What a part gives to its owners.
pub(crate) enum Given {
    /// Nothing: this one says nothing about the facet.
    Nothing,
    /// The facet's whole state.
    Whole(State),
    /// Entries beside others.
    Entries(State),
}

impl Given {
    /// One entry.
    pub(crate) fn one(key: Text, entry: Value) -> Self {
        let entries = Map::from_iter([(key, entry)]);
        Self::Entries(State::Known(entries.into()))
    }
}

const fn part(
    name: &'static str,
    property: &'static str,
    owner: &'static str,
    facet: &'static FacetDef,
    read: fn(&Source<'_>) -> Given,
) -> Part {
    Part { name, property, owner, facet, read, alone: true }
}

/// A part that says nothing about an owner of which nothing else is known.
const fn with(
    name: &'static str,
    property: &'static str,
    owner: &'static str,
    facet: &'static FacetDef,
    read: fn(&Source<'_>) -> Given,
) -> Part {
    Part { name, property, owner, facet, read, alone: false }
}

const FUNCTION: &str = "AWS::Lambda::Function";
const GROUP: &str = "AWS::IAM::Group";
const INSTANCE: &str = "AWS::EC2::Instance";
const ROLE: &str = "AWS::IAM::Role";
const SECRET: &str = "AWS::SecretsManager::Secret";
const USER: &str = "AWS::IAM::User";
const VPC: &str = "AWS::EC2::VPC";
const WALL: &str = "AWS::EC2::SecurityGroup";

/// The types that are read, and where each names its owner.
#[rustfmt::skip]
pub(crate) static PARTS: &[Part] = &[
    with("AWS::EC2::EIP", "InstanceId", INSTANCE, &instance::PUBLIC_ADDRESSES.def, service::ec2::address),
    with("AWS::EC2::EIPAssociation", "InstanceId", INSTANCE, &instance::PUBLIC_ADDRESSES.def, service::ec2::address),
    with("AWS::EC2::FlowLog", "ResourceId", VPC, &network::FLOW_LOGS.def, service::network::flow_log),
    with("AWS::EC2::NetworkAclEntry", "NetworkAclId", "AWS::EC2::NetworkAcl", &network::ACL_ENTRIES.def, service::network::acl),
    with("AWS::EC2::Route", "RouteTableId", VPC, &network::INTERNET_ROUTES.def, service::network::route),
    part("AWS::EC2::SecurityGroupEgress", "GroupId", WALL, &group::EGRESS.def, egress),
    part("AWS::EC2::SecurityGroupIngress", "GroupId", WALL, &group::INGRESS.def, ingress),
    with("AWS::EC2::Subnet", "VpcId", VPC, &network::INTERFACES.def, service::network::use_of_subnet),
    with("AWS::EC2::Subnet", "VpcId", VPC, &network::SUBNETS.def, service::network::subnet),
    with("AWS::EC2::SubnetRouteTableAssociation", "SubnetId", "AWS::EC2::Subnet", &network::ROUTE_TABLE.def, service::network::association),
    with("AWS::EC2::VPCEndpoint", "VpcId", VPC, &network::ENDPOINTS.def, service::network::endpoint),
    with("AWS::EC2::VPCEndpoint", "VpcId", VPC, &network::ENDPOINT_DNS.def, service::network::endpoint_dns),
    with("AWS::EC2::VPCEndpoint", "VpcId", VPC, &network::ENDPOINT_ROUTES.def, service::network::endpoint_routes),
    part("AWS::ElasticLoadBalancingV2::ListenerRule", "ListenerArn", "AWS::ElasticLoadBalancingV2::Listener", &elb::RULES.def, service::elb::rule),
    with("AWS::GuardDuty::Filter", "DetectorId", "AWS::GuardDuty::Detector", &guardduty::FILTERS.def, service::guardduty::filter),
    part("AWS::IAM::AccessKey", "UserName", USER, &iam::user::ACCESS_KEYS.def, service::iam::access_key),
    with("AWS::IAM::AccessKey", "UserName", USER, &iam::user::ACCESS_KEYS_CREATED.def, service::iam::access_key_date),
    part("AWS::IAM::GroupPolicy", "GroupName", GROUP, &iam::group::POLICIES.def, service::iam::inline_policy),
    with("AWS::IAM::ManagedPolicy", "Groups", GROUP, &iam::group::ATTACHED_POLICIES.def, service::iam::attachment),
    with("AWS::IAM::ManagedPolicy", "Roles", ROLE, &iam::role::ATTACHED_POLICIES.def, service::iam::attachment),
    with("AWS::IAM::ManagedPolicy", "Users", USER, &iam::user::ATTACHED_POLICIES.def, service::iam::attachment),
    part("AWS::IAM::Policy", "Groups", GROUP, &iam::group::POLICIES.def, service::iam::inline_policy),
    part("AWS::IAM::Policy", "Roles", ROLE, &iam::role::POLICIES.def, service::iam::inline_policy),
    part("AWS::IAM::Policy", "Users", USER, &iam::user::POLICIES.def, service::iam::inline_policy),
    part("AWS::IAM::RolePolicy", "RoleName", ROLE, &iam::role::POLICIES.def, service::iam::inline_policy),
    part("AWS::IAM::UserPolicy", "UserName", USER, &iam::user::POLICIES.def, service::iam::inline_policy),
    with("AWS::IAM::UserToGroupAddition", "Users", USER, &iam::user::GROUPS.def, service::iam::membership),
    with("AWS::IAM::VirtualMFADevice", "Users", USER, &iam::user::MFA_DEVICES.def, service::iam::device),
    part("AWS::Lambda::LayerVersionPermission", "LayerVersionArn", "AWS::Lambda::LayerVersion", &lambda::LAYER_PERMISSIONS.def, service::lambda::layer_permission),
    part("AWS::Lambda::Permission", "FunctionName", FUNCTION, &lambda::PERMISSIONS.def, service::lambda::permission),
    part("AWS::Lambda::Url", "TargetFunctionArn", FUNCTION, &lambda::URLS.def, service::lambda::url),
    part("AWS::S3::BucketPolicy", "Bucket", "AWS::S3::Bucket", &s3::POLICY.def, document),
    part("AWS::SNS::TopicInlinePolicy", "TopicArn", "AWS::SNS::Topic", &sns::POLICY.def, document),
    part("AWS::SNS::TopicPolicy", "Topics", "AWS::SNS::Topic", &sns::POLICY.def, document),
    part("AWS::SQS::QueueInlinePolicy", "Queue", "AWS::SQS::Queue", &sqs::POLICY.def, document),
    part("AWS::SQS::QueuePolicy", "Queues", "AWS::SQS::Queue", &sqs::POLICY.def, document),
    part("AWS::SecretsManager::ResourcePolicy", "SecretId", SECRET, &secretsmanager::POLICY.def, secret_policy),
    with("AWS::SecretsManager::RotationSchedule", "SecretId", SECRET, &secretsmanager::LAST_ROTATION.def, service::secretsmanager::first_rotation),
    part("AWS::SecretsManager::RotationSchedule", "SecretId", SECRET, &secretsmanager::ROTATION.def, service::secretsmanager::rotation),
];

fn document(part: &Source<'_>) -> Given {
    whole(part, "PolicyDocument")
}

fn secret_policy(part: &Source<'_>) -> Given {
    whole(part, "ResourcePolicy")
}

fn whole(part: &Source<'_>, property: &str) -> Given {
    Given::Whole(match at(part.properties, property) {
        Said::Value(document) => State::Known(document),
        Said::Nothing | Said::Open => State::Unread(Why::Unresolved),
    })
}

fn ingress(rule: &Source<'_>) -> Given {
    Given::Entries(group_rules(std::slice::from_ref(rule.properties), Direction::Ingress))
}

fn egress(rule: &Source<'_>) -> Given {
    Given::Entries(group_rules(std::slice::from_ref(rule.properties), Direction::Egress))
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
    if open { State::Partial(known, Why::Unresolved) } else { State::Known(known.into()) }
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

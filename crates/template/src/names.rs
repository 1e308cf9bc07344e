//! What the template's own resources are called, and what a value that names one of them says before there is one.

use std::collections::BTreeMap;

use trailhound_model::{Kind, Map, ResourceId, Text, Value};

use crate::NO_REGION;
use crate::resolve::{Context, is_open, scalar};
use crate::source::Node;

/// A resource that the template makes.
pub(crate) struct Made<'a> {
    /// Its logical name.
    pub(crate) name: Text,
    /// Its type.
    pub(crate) kind: Text,
    /// Where it stands.
    pub(crate) node: &'a Node,
    /// Whether it is made for certain: it has no condition, or one that holds.
    pub(crate) certain: bool,
    /// Its properties, resolved as far as parameters and mappings do it.
    pub(crate) properties: Value,
}

/// The property by which a template may choose a resource's name; AWS chooses where it is left out.
const NAMED_BY: [(&str, &str); 33] = [
    ("AWS::CloudTrail::Trail", "TrailName"),
    ("AWS::CodeBuild::Project", "Name"),
    ("AWS::DynamoDB::Table", "TableName"),
    ("AWS::ECR::Repository", "RepositoryName"),
    ("AWS::EKS::Cluster", "Name"),
    ("AWS::ElastiCache::ReplicationGroup", "ReplicationGroupId"),
    ("AWS::ElasticLoadBalancing::LoadBalancer", "LoadBalancerName"),
    ("AWS::Elasticsearch::Domain", "DomainName"),
    ("AWS::IAM::Group", "GroupName"),
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
    ("AWS::IAM::Role", "RoleName"),
    ("AWS::IAM::User", "UserName"),
    ("AWS::Kinesis::Stream", "Name"),
    ("AWS::Lambda::Function", "FunctionName"),
    ("AWS::Logs::LogGroup", "LogGroupName"),
    ("AWS::OpenSearchService::Domain", "DomainName"),
    ("AWS::RDS::DBCluster", "DBClusterIdentifier"),
    ("AWS::RDS::DBInstance", "DBInstanceIdentifier"),
    ("AWS::RDS::DBParameterGroup", "DBParameterGroupName"),
    ("AWS::RDS::DBProxy", "DBProxyName"),
    ("AWS::RDS::DBSubnetGroup", "DBSubnetGroupName"),
    ("AWS::Redshift::Cluster", "ClusterIdentifier"),
    ("AWS::Redshift::ClusterParameterGroup", "ParameterGroupName"),
    ("AWS::S3::AccessPoint", "Name"),
    ("AWS::S3::Bucket", "BucketName"),
    ("AWS::S3::MultiRegionAccessPoint", "Name"),
    ("AWS::SNS::Topic", "TopicName"),
    ("AWS::SQS::Queue", "QueueName"),
    ("AWS::SSM::Document", "Name"),
    ("AWS::SSM::Parameter", "Name"),
    ("AWS::SecretsManager::Secret", "Name"),
    ("AWS::StepFunctions::StateMachine", "StateMachineName"),
    ("AWS::IAM::InstanceProfile", "InstanceProfileName"),
];

/// Types whose `Ref` is their ARN.
const REFERRED_BY_ARN: [&str; 7] = [
    "AWS::ECS::TaskDefinition",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::IAM::ManagedPolicy",
    "AWS::Lambda::LayerVersion",
    "AWS::SNS::Topic",
    "AWS::SecretsManager::Secret",
];

/// Resources that stand for another: what is said of them is said of the one that a property of theirs names.
const STANDS_FOR: [(&str, &str); 4] = [
    ("AWS::EC2::RouteTable", "VpcId"),
    ("AWS::Lambda::Alias", "FunctionName"),
    ("AWS::Lambda::Version", "FunctionName"),
    ("AWS::SecretsManager::SecretTargetAttachment", "SecretId"),
];

struct Own<'m> {
    made: &'m Made<'m>,
    id: Text,
    /// The name as the template states it, where that is decided at deployment.
    open_name: Option<Value>,
}

/// The template's resources by their logical names.
pub(crate) struct Names<'m> {
    context: &'m Context<'m>,
    account: &'m str,
    own: BTreeMap<&'m str, Own<'m>>,
    /// The logical names of the resources of each type.
    by_kind: BTreeMap<&'m str, Vec<&'m str>>,
}

impl<'m> Names<'m> {
    pub(crate) fn of(context: &'m Context<'m>, made: &'m [Made<'m>], account: &'m str) -> Self {
        let own = |made: &'m Made<'m>| Own { made, id: format!("<{}>", made.name).into(), open_name: None };
        let own = made.iter().map(|made| (&*made.name, own(made))).collect();
        let mut by_kind: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for made in made {
            by_kind.entry(&made.kind).or_default().push(&made.name);
        }
        let mut names = Self { context, account, own, by_kind };
        let stated: Vec<(&str, Value)> =
            made.iter().filter_map(|made| Some((&*made.name, names.stated(made)?))).collect();
        for (name, value) in stated {
            let Some(own) = names.own.get_mut(name) else { continue };
            match value {
                Value::Text(text) => own.id = text,
                open => own.open_name = Some(open),
            }
        }
        names
    }

    fn stated(&self, made: &Made<'_>) -> Option<Value> {
        let property = NAMED_BY.iter().find(|(kind, _)| *kind == &*made.kind)?.1;
        let value = self.stand_in(made.properties.get(property)?);
        (value != Value::Null).then_some(value)
    }

    /// What identifies a resource: its name, or a text of its own where AWS makes one up.
    pub(crate) fn id(&self, name: &str) -> Text {
        self.own.get(name).map_or_else(|| name.into(), |own| own.id.clone())
    }

    /// Whether a resource has a name that is decided at deployment.
    pub(crate) fn is_open(&self, name: &str) -> bool {
        self.own.get(name).is_some_and(|own| own.open_name.is_some())
    }

    /// The resource of one of these types that a value names.
    pub(crate) fn named(&self, value: &Value, kinds: &[&str]) -> Option<&'m Made<'m>> {
        let of_kinds = kinds.iter().filter_map(|kind| self.by_kind.get(kind)).flatten();
        of_kinds.filter_map(|name| self.own.get(name)).find(|own| self.is(own, value)).map(|own| own.made)
    }

    /// The value that a value means: where it names a resource that stands for another, that one's name.
    pub(crate) fn means(&self, value: Value) -> Value {
        let stands_for = STANDS_FOR.iter().find_map(|(kind, property)| {
            let other = self.named(&value, &[kind])?;
            Some(self.stand_in(other.properties.get(property)?))
        });
        stands_for.unwrap_or(value)
    }

    /// Whether a value names this resource of the template; nothing where that is decided at deployment.
    pub(crate) fn names(&self, value: &Value, name: &str) -> Option<bool> {
        let own = self.own.get(name)?;
        match value {
            _ if self.is(own, value) => Some(true),
            // Its name may turn out to be this text.
            Value::Text(text) if own.open_name.is_some() && !text.starts_with('<') => None,
            Value::Text(_) => Some(false),
            // A stack cannot import what it exports.
            Value::Map(map) if map.contains_key("Fn::ImportValue") => Some(false),
            _ => None,
        }
    }

    fn is(&self, own: &Own<'_>, value: &Value) -> bool {
        let Some(text) = value.as_str() else { return own.open_name.as_ref() == Some(value) };
        *text == *own.id
            || own.made.kind.starts_with("AWS::RDS::") && text.eq_ignore_ascii_case(&own.id)
            // The address of a queue.
            || text.starts_with("https://") && text.rsplit('/').next() == Some(&own.id)
            || text.starts_with("arn:")
                && Kind::named(&own.made.kind).is_some_and(|kind| is_arn_of(text, kind, &own.id))
    }

    /// The value with all that names the template's own resources, and the place it is deployed to, replaced by a text:
    /// whatever it will be, there is one. What parameters without a value, imports and resources of other makers decide
    /// stays open.
    pub(crate) fn stand_in(&self, value: &Value) -> Value {
        match value {
            Value::List(items) => Value::List(items.iter().map(|item| self.stand_in(item)).collect()),
            Value::Map(map) => match function(map) {
                Some((name, argument)) => {
                    if let Some(known) = self.reference(name, argument) {
                        return known;
                    }
                    let argument = self.stand_in(argument);
                    self.decided(name, &argument)
                        .unwrap_or_else(|| Value::Map(Map::from_iter([(name.into(), argument)])))
                }
                None => Value::Map(map.iter().map(|(name, value)| (name.clone(), self.stand_in(value))).collect()),
            },
            value => value.clone(),
        }
    }

    /// The value of a node.
    pub(crate) fn value(&self, node: &Node) -> Option<Value> {
        Some(self.stand_in(&self.context.value(node)?))
    }

    fn decided(&self, name: &str, argument: &Value) -> Option<Value> {
        if let ("Fn::If", Some([_, yes, no])) = (name, argument.as_list()) {
            return (yes == no && !is_open(yes)).then(|| yes.clone());
        }
        self.context.apply(name, argument, &|name| self.variable(name))
    }

    fn reference(&self, function: &str, argument: &Value) -> Option<Value> {
        match (function, argument) {
            ("Ref", Value::Text(name)) => self.variable(name),
            ("Fn::GetAtt", Value::Text(path)) => self.variable(path),
            ("Fn::GetAtt", Value::List(path)) => match &**path {
                [name, attribute] => self.variable(&format!("{}.{}", name.as_str()?, attribute.as_str()?)),
                _ => None,
            },
            _ => None,
        }
    }

    /// A logical name, an attribute behind a dot, or a pseudo parameter.
    fn variable(&self, name: &str) -> Option<Value> {
        let (logical, attribute) = name.split_once('.').map_or((name, None), |(name, rest)| (name, Some(rest)));
        let text = match (logical, attribute) {
            ("AWS::AccountId", None) => self.account.into(),
            ("AWS::Partition", None) => "aws".into(),
            ("AWS::Region", None) => NO_REGION.into(),
            ("AWS::StackId", None) => "<stack-id>".into(),
            ("AWS::StackName", None) => "<stack>".into(),
            ("AWS::URLSuffix", None) => "amazonaws.com".into(),
            _ => {
                let own = self.own.get(logical)?;
                if is_of_other_makers(&own.made.kind) {
                    return None;
                }
                match attribute {
                    Some("Arn") => self.arn(own),
                    Some(attribute) => match own.made.properties.get(attribute) {
                        // The attribute repeats what the template states.
                        Some(stated) if scalar(stated).is_some() => scalar(stated)?.into(),
                        Some(Value::Map(_)) => return None,
                        _ => own.id.clone(),
                    },
                    None if REFERRED_BY_ARN.contains(&&*own.made.kind) => self.arn(own),
                    None => own.id.clone(),
                }
            }
        };
        self.context.spend(text.len())?;
        Some(text.into())
    }

    /// The account that the template is meant for.
    pub(crate) const fn account(&self) -> &str {
        self.account
    }

    /// Whether the template makes some resource of a type.
    pub(crate) fn has(&self, kind: &str) -> bool {
        self.by_kind.contains_key(kind)
    }

    /// A resource's ARN, or its id where it has none that follows.
    pub(crate) fn arn_of(&self, name: &str) -> Text {
        self.own.get(name).map_or_else(|| name.into(), |own| self.arn(own))
    }

    fn arn(&self, own: &Own<'_>) -> Text {
        let path = || own.made.properties.get("Path").and_then(Value::as_str).unwrap_or("/");
        let arn = match &*own.made.kind {
            "AWS::IAM::Role" => Some(format!("arn:aws:iam::{}:role{}{}", self.account, path(), own.id)),
            "AWS::IAM::User" => Some(format!("arn:aws:iam::{}:user{}{}", self.account, path(), own.id)),
            "AWS::IAM::Group" => Some(format!("arn:aws:iam::{}:group{}{}", self.account, path(), own.id)),
            kind => Kind::named(kind).and_then(|kind| self.resource(kind, own.id.clone()).arn()),
        };
        arn.map_or_else(|| own.id.clone(), Text::from)
    }

    /// The identity of a resource of the template.
    pub(crate) fn resource(&self, kind: Kind, id: Text) -> ResourceId {
        ResourceId { partition: "aws".into(), account: self.account.into(), region: NO_REGION.into(), kind, id }
    }
}

/// Whether a text is the ARN of a resource.
pub(crate) fn is_arn_of(text: &str, kind: Kind, id: &str) -> bool {
    let nowhere = ResourceId { partition: "".into(), account: "".into(), region: "".into(), kind, id: "".into() };
    let found = text.starts_with("arn:").then(|| ResourceId::from_arn(kind, text, &nowhere)).flatten();
    found.is_some_and(|found| {
        let rest = found.id.strip_prefix(id);
        // Behind a function's name stands its version or alias, behind a secret's six letters.
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    })
}

/// Resources whose attributes are whatever somebody else's code answers.
fn is_of_other_makers(kind: &str) -> bool {
    const OTHERS: [&str; 4] = [
        "AWS::CloudFormation::CustomResource",
        "AWS::CloudFormation::Stack",
        "AWS::CloudFormation::WaitCondition",
        "AWS::Serverless::Application",
    ];
    !kind.starts_with("AWS::") || OTHERS.contains(&kind)
}

/// The function and its argument, if the map is one.
fn function(map: &Map) -> Option<(&str, &Value)> {
    let (name, argument) = map.first().filter(|_| map.len() == 1)?;
    (&**name == "Ref" || name.starts_with("Fn::")).then_some((&**name, argument))
}

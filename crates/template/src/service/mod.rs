//! What is not one property for one facet, one file per AWS service.

pub(crate) mod cloudtrail;
pub(crate) mod ec2;
pub(crate) mod ecs;
pub(crate) mod elb;
pub(crate) mod guardduty;
pub(crate) mod iam;
pub(crate) mod lambda;
pub(crate) mod network;
pub(crate) mod rds;
pub(crate) mod redshift;
pub(crate) mod region;
pub(crate) mod s3;
pub(crate) mod secretsmanager;
mod variables;

use trailhound_model::kinds::{codebuild, kms};
use trailhound_model::{Map, State, Value, Why};

use crate::life::{Said, Writer};

pub(crate) use variables::Variables;

/// Writes the facets of a resource that no single property states.
pub(crate) fn write(writer: &mut Writer<'_>) {
    match writer.life.kind.name() {
        "AWS::CloudTrail::Trail" => cloudtrail::trail(writer),
        "AWS::CodeBuild::Project" => {
            let mut variables = Variables::default();
            variables.look_at("", writer.said("Environment.EnvironmentVariables"), |variable| {
                // The others name where the value is kept.
                variable.get("Type").is_none_or(|kind| kind.as_str() == Some("PLAINTEXT"))
            });
            writer.state(&codebuild::ENVIRONMENT_SECRETS, variables.state());
        }
        "AWS::EC2::Instance" => ec2::instance(writer),
        "AWS::EC2::LaunchTemplate" => ec2::launch_template(writer),
        "AWS::EC2::PrefixList" => network::prefix_list(writer),
        "AWS::EC2::SecurityGroup" => network::security_group(writer),
        "AWS::ECS::TaskDefinition" => ecs::task_definition(writer),
        "AWS::ElasticLoadBalancing::LoadBalancer" => elb::classic(writer),
        "AWS::GuardDuty::Detector" => guardduty::detector(writer),
        "AWS::IAM::Group" => iam::group(writer),
        "AWS::IAM::ManagedPolicy" => iam::managed_policy(writer),
        "AWS::IAM::Role" => iam::role(writer),
        "AWS::IAM::User" => iam::user(writer),
        "AWS::KMS::Key" => match writer.said("Enabled") {
            Said::Nothing => {}
            Said::Value(value) if value.as_bool().is_some() => {
                let state = if value.as_bool() == Some(true) { "Enabled" } else { "Disabled" };
                writer.state(&kms::STATE, State::Known(state.into()));
            }
            _ => writer.unread(&kms::STATE, Why::Unresolved),
        },
        "AWS::Lambda::Function" => lambda::function(writer),
        "AWS::RDS::DBParameterGroup" => rds::parameter_group(writer),
        "AWS::Redshift::ClusterParameterGroup" => redshift::parameter_group(writer),
        "AWS::S3::Bucket" => s3::bucket(writer),
        _ => {}
    }
}

/// A keyed facet's entry of which the key says all.
pub(crate) fn bare() -> Value {
    Value::Map(Map::new())
}

/// An entry with these members, without those that are not there; `None` if one is decided at deployment.
pub(crate) fn members(of: &Value, names: &[&str]) -> Option<Value> {
    let mut map = Map::new();
    for name in names {
        if let Some(value) = crate::life::stated(of, name).ok()? {
            map.insert((*name).into(), value);
        }
    }
    Some(map.into())
}

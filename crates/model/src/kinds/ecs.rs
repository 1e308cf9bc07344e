//! ECS task definitions and services.

use serde::Deserialize;

use crate::{Facet, Initial, Keyed, KindDef, Link, RelationDef, Scope, Second, SecretLooking, Value};

/// A revision of a task definition. Its id is `family:revision`.
pub static TASK_DEFINITION: KindDef = KindDef {
    name: "AWS::ECS::TaskDefinition",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:ecs:{region}:{account}:task-definition/{id}"),
    facets: &[&STATUS.def, &SUPERSEDED_BY.def, &ENVIRONMENT_SECRETS.def, &VOLUMES.def],
    relations: &[&SUCCESSOR],
    parts: &[],
    owner: None,
};

/// A service. Its id is `cluster/name`, as in its ARN.
pub static SERVICE: KindDef = KindDef {
    name: "AWS::ECS::Service",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:ecs:{region}:{account}:service/{id}"),
    facets: &[&NETWORK.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// `ACTIVE`, or `INACTIVE` after it was deregistered: then nothing new can run from it.
pub static STATUS: Facet<String> =
    Facet::observed("Status").read_by(&["ecs:DescribeTaskDefinition"]).initially(Initial::Default(active_at_creation));

/// The next revision of the family. Revisions are numbered one by one and a new one is the highest, so the registration of
/// one says this about the one before it.
pub static SUPERSEDED_BY: Facet<String> =
    Facet::observed("SupersededBy").read_by(&["ecs:ListTaskDefinitions"]).initially(Initial::Absent);

/// The next revision of the family.
pub static SUCCESSOR: RelationDef = RelationDef {
    name: "successor",
    to: &TASK_DEFINITION,
    link: Link::Named(&SUPERSEDED_BY.def),
    borrows: &[&STATUS.def, &SUPERSEDED_BY.def],
};

/// The environment variables that look like secrets, by container and name: `web/DB_PASSWORD`.
pub static ENVIRONMENT_SECRETS: Keyed<SecretLooking> =
    Keyed::observed("EnvironmentSecrets").read_by(&["ecs:DescribeTaskDefinition"]).initially(Initial::Empty);

/// The volumes, by name.
pub static VOLUMES: Keyed<Volume> =
    Keyed::property("Volumes").read_by(&["ecs:DescribeTaskDefinition"]).initially(Initial::Empty);

/// The network of a service's tasks; absent where they use that of the container instance.
pub static NETWORK: Facet<Network> = Facet::property("NetworkConfiguration.AwsvpcConfiguration")
    .read_by(&["ecs:DescribeServices"])
    .initially(Initial::Absent);

/// A volume.
#[derive(Clone, Debug, Deserialize)]
pub struct Volume {
    /// The EFS file system that it is on, if it is.
    #[serde(rename = "EFSVolumeConfiguration")]
    pub efs: Option<EfsVolume>,
}

/// How a volume reaches its EFS file system.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EfsVolume {
    /// `ENABLED` or `DISABLED`; AWS takes a missing one for `DISABLED`.
    pub transit_encryption: Option<String>,
}

/// The network of a service's tasks.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Network {
    /// `ENABLED` or `DISABLED`; AWS takes a missing one for `DISABLED`.
    pub assign_public_ip: Option<String>,
}

fn active_at_creation(_: Second) -> Value {
    "ACTIVE".into()
}

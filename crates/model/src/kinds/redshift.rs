//! Redshift provisioned clusters.

use serde::Deserialize;

use crate::{Facet, Initial, Keyed, KindDef, Link, RelationDef, Scope, Second, Value};

/// A cluster. Its id is its identifier, which AWS keeps in lower case.
pub static CLUSTER: KindDef = KindDef {
    name: "AWS::Redshift::Cluster",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:redshift:{region}:{account}:cluster:{id}"),
    facets: &[&ENCRYPTED.def, &PARAMETER_GROUP_NAME.def, &PUBLICLY_ACCESSIBLE.def],
    relations: &[&CLUSTER_PARAMETERS],
    parts: &[],
    owner: None,
};

/// The parameter group of a cluster. AWS's own groups (`default.…`) are never seen: nobody makes or changes them.
pub static CLUSTER_PARAMETERS: RelationDef = RelationDef {
    name: "parameters",
    to: &PARAMETER_GROUP,
    link: Link::Named(&PARAMETER_GROUP_NAME.def),
    borrows: &[&PARAMETER_FAMILY.def, &PARAMETERS.def],
};

/// A parameter group. Its id is its name, which AWS keeps in lower case.
pub static PARAMETER_GROUP: KindDef = KindDef {
    name: "AWS::Redshift::ClusterParameterGroup",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:redshift:{region}:{account}:parametergroup:{id}"),
    facets: &[&PARAMETER_FAMILY.def, &PARAMETERS.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// The day from which new clusters are encrypted and private unless asked otherwise.
const SAFE_SINCE: Second = Second::date(2025, 1, 10);

/// Whether data is encrypted at rest. The default changed in January 2025; encryption cannot be refused since.
pub static ENCRYPTED: Facet<bool> = Facet::property("Encrypted")
    .read_by(&["redshift:DescribeClusters"])
    .initially(Initial::Default(|created| Value::Bool(created >= SAFE_SINCE)));

/// Whether the cluster has a public address. The default changed in January 2025.
pub static PUBLICLY_ACCESSIBLE: Facet<bool> = Facet::property("PubliclyAccessible")
    .read_by(&["redshift:DescribeClusters"])
    .initially(Initial::Default(|created| Value::Bool(created < SAFE_SINCE)));

/// The parameter group. Absent where the creator left it to AWS, which takes its own.
pub static PARAMETER_GROUP_NAME: Facet<String> =
    Facet::property("ClusterParameterGroupName").read_by(&["redshift:DescribeClusters"]).initially(Initial::Absent);

/// The engine version that a parameter group is for, such as `redshift-2.0`. It decides what is not set.
pub static PARAMETER_FAMILY: Facet<String> = Facet::property("ParameterGroupFamily")
    .read_by(&["redshift:DescribeClusterParameterGroups"])
    .initially(Initial::Unread);

/// [`REQUIRE_SSL`], if it was set; other parameters are not kept.
pub static PARAMETERS: Keyed<Parameter> =
    Keyed::property("Parameters").read_by(&["redshift:DescribeClusterParameters"]).initially(Initial::Empty);

/// The parameter that refuses connections without TLS.
pub const REQUIRE_SSL: &str = "require_ssl";

/// A parameter that was set.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Parameter {
    /// Its value.
    pub parameter_value: String,
}

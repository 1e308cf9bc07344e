//! EKS clusters.

use crate::{Facet, Initial, KindDef, Scope, Second, Value};

/// A cluster. Its id is its name.
pub static CLUSTER: KindDef = KindDef {
    name: "AWS::EKS::Cluster",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:eks:{region}:{account}:cluster/{id}"),
    facets: &[&ENDPOINT_PUBLIC_ACCESS.def, &PUBLIC_ACCESS_CIDRS.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// Whether the Kubernetes API has a public endpoint.
pub static ENDPOINT_PUBLIC_ACCESS: Facet<bool> = Facet::property("ResourcesVpcConfig.EndpointPublicAccess")
    .read_by(&["eks:DescribeCluster"])
    .initially(Initial::Default(public_at_creation));

/// The addresses that may reach the public endpoint.
pub static PUBLIC_ACCESS_CIDRS: Facet<Vec<String>> = Facet::property("ResourcesVpcConfig.PublicAccessCidrs")
    .read_by(&["eks:DescribeCluster"])
    .initially(Initial::Default(cidrs_at_creation));

fn public_at_creation(_: Second) -> Value {
    Value::Bool(true)
}

fn cidrs_at_creation(_: Second) -> Value {
    // A dual-stack cluster has `::/0` besides; this one says as much.
    vec!["0.0.0.0/0"].into()
}

//! DynamoDB Accelerator: clusters that cache tables.

use crate::{Facet, Initial, KindDef, Scope};

/// A cluster. Its id is its name, which AWS keeps in lower case.
pub static CLUSTER: KindDef = KindDef {
    name: "AWS::DAX::Cluster",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:dax:{region}:{account}:cache/{id}"),
    facets: &[&SSE_ENABLED.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// Whether the cluster encrypts what it writes to disk. It is decided when the cluster is made.
pub static SSE_ENABLED: Facet<bool> =
    Facet::property("SSESpecification.SSEEnabled").read_by(&["dax:DescribeClusters"]).initially(Initial::OFF);

//! Redshift provisioned clusters.

use crate::{Facet, Initial, KindDef, Scope, Second, Value};

/// A cluster. Its id is its identifier, which AWS keeps in lower case.
pub static CLUSTER: KindDef = KindDef {
    name: "AWS::Redshift::Cluster",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:redshift:{region}:{account}:cluster:{id}"),
    facets: &[&ENCRYPTED.def, &PUBLICLY_ACCESSIBLE.def],
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

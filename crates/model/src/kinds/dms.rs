//! Database Migration Service: the instances that copy data between databases.

use crate::{Facet, Initial, KindDef, Scope, Value};

/// A replication instance. Its id is the generated end of its ARN.
pub static REPLICATION_INSTANCE: KindDef = KindDef {
    name: "AWS::DMS::ReplicationInstance",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:dms:{region}:{account}:rep:{id}"),
    facets: &[&PUBLICLY_ACCESSIBLE.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// Whether the instance has a public address, which it has unless asked otherwise. It is decided when the instance is made.
pub static PUBLICLY_ACCESSIBLE: Facet<bool> = Facet::property("PubliclyAccessible")
    .read_by(&["dms:DescribeReplicationInstances"])
    .initially(Initial::Default(|_| Value::Bool(true)));

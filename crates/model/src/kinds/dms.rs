//! Database Migration Service: the instances that copy data between databases, and the databases at both ends.

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

/// A database at one end. Its id is the generated end of its ARN.
pub static ENDPOINT: KindDef = KindDef {
    name: "AWS::DMS::Endpoint",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:dms:{region}:{account}:endpoint:{id}"),
    facets: &[&ENGINE_NAME.def, &SSL_MODE.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// What is at the end: `postgres`, `s3`, ...
pub static ENGINE_NAME: Facet<String> =
    Facet::property("EngineName").read_by(&["dms:DescribeEndpoints"]).initially(Initial::Unread);

/// How connections are encrypted: `none`, `require`, `verify-ca` or `verify-full`.
pub static SSL_MODE: Facet<String> =
    Facet::property("SslMode").read_by(&["dms:DescribeEndpoints"]).initially(Initial::Default(|_| Value::from("none")));

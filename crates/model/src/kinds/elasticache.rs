//! ElastiCache replication groups.

use crate::{Facet, Initial, KindDef, Scope, Value};

/// A replication group: a Valkey or Redis OSS cluster. Its id is its identifier, which AWS keeps in lower case.
pub static REPLICATION_GROUP: KindDef = KindDef {
    name: "AWS::ElastiCache::ReplicationGroup",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:elasticache:{region}:{account}:replicationgroup:{id}"),
    facets: &[&ENCRYPTION_AT_REST.def, &ENCRYPTION_IN_TRANSIT.def, &ENGINE.def, &GLOBAL_GROUP.def, &TRANSIT_MODE.def],
    relations: &[],
    parts: &[],
    owner: None,
};

const READ: &[&str] = &["elasticache:DescribeReplicationGroups"];

/// Whether data is encrypted at rest, for all the group's life. Absent where the creator left it to AWS, which decides by
/// the engine; a member of a global group takes it from there.
pub static ENCRYPTION_AT_REST: Facet<bool> =
    Facet::property("AtRestEncryptionEnabled").read_by(READ).initially(Initial::Absent);

/// Whether clients may connect with TLS; [`TRANSIT_MODE`] says whether they must.
pub static ENCRYPTION_IN_TRANSIT: Facet<bool> =
    Facet::property("TransitEncryptionEnabled").read_by(READ).initially(Initial::OFF);

/// `required`, or `preferred` while plain connections are still taken; absent means required.
pub static TRANSIT_MODE: Facet<String> =
    Facet::property("TransitEncryptionMode").read_by(READ).initially(Initial::Absent);

/// `valkey` or `redis`.
pub static ENGINE: Facet<String> =
    Facet::property("Engine").read_by(READ).initially(Initial::Default(|_| Value::from("redis")));

/// The global group that this one belongs to.
pub static GLOBAL_GROUP: Facet<String> =
    Facet::property("GlobalReplicationGroupId").read_by(READ).initially(Initial::Absent);

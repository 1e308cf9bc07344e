//! RDS: database instances, clusters and snapshots. Aurora, Neptune and DocumentDB share the service and these kinds.

use crate::{Facet, Initial, Keyed, KindDef, Link, RelationDef, Scope, Second, Value};

/// A database instance. Its id is its identifier, which AWS keeps in lower case.
pub static INSTANCE: KindDef = KindDef {
    name: "AWS::RDS::DBInstance",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:rds:{region}:{account}:db:{id}"),
    facets: &[
        &CLUSTER_IDENTIFIER.def,
        &CLUSTER_SNAPSHOT_IDENTIFIER.def,
        &ENGINE.def,
        &IAM_AUTHENTICATION.def,
        &MANAGED_PASSWORD.def,
        &PARAMETER_GROUP_NAME.def,
        &PUBLICLY_ACCESSIBLE.def,
        &SNAPSHOT_IDENTIFIER.def,
        &SOURCE_AUTOMATED_BACKUPS.def,
        &SOURCE_INSTANCE_IDENTIFIER.def,
        &SOURCE_RESOURCE_ID.def,
        &STORAGE_ENCRYPTED.def,
        &SUBNET_GROUP_NAME.def,
    ],
    relations: &[&INSTANCE_PARAMETERS],
    parts: &[],
    owner: None,
};

/// The parameter group of an instance. AWS's own groups (`default.…`) are never seen: nobody makes or changes them.
pub static INSTANCE_PARAMETERS: RelationDef = RelationDef {
    name: "parameters",
    to: &PARAMETER_GROUP,
    link: Link::Named(&PARAMETER_GROUP_NAME.def),
    borrows: &[&PARAMETER_FAMILY.def, &PARAMETERS.def],
};

/// A cluster: Aurora, Multi-AZ, Neptune or DocumentDB. Its id is its identifier, which AWS keeps in lower case.
pub static CLUSTER: KindDef = KindDef {
    name: "AWS::RDS::DBCluster",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:rds:{region}:{account}:cluster:{id}"),
    facets: &[
        &CLUSTER_RESTORED_FROM.def,
        &ENGINE.def,
        &IAM_AUTHENTICATION.def,
        &MANAGED_PASSWORD.def,
        &REPLICATION_SOURCE.def,
        &SOURCE_CLUSTER_IDENTIFIER.def,
        &STORAGE_ENCRYPTED.def,
    ],
    relations: &[],
    parts: &[],
    owner: None,
};

/// A snapshot of an instance or a cluster. The two have separate names, so the id is what follows in the ARN:
/// `snapshot:NAME` or `cluster-snapshot:NAME`.
pub static SNAPSHOT: KindDef = KindDef {
    name: "Trailhound::RdsSnapshot",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:rds:{region}:{account}:{id}"),
    facets: &[&SNAPSHOT_ENCRYPTED.def, &SNAPSHOT_PUBLIC.def, &SNAPSHOT_TYPE.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// A parameter group of instances. Its id is its name, which AWS keeps in lower case.
pub static PARAMETER_GROUP: KindDef = KindDef {
    name: "AWS::RDS::DBParameterGroup",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:rds:{region}:{account}:pg:{id}"),
    facets: &[&PARAMETER_FAMILY.def, &PARAMETERS.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// A proxy between applications and databases. Its id is its name, which AWS keeps in lower case; its ARN has a generated
/// one.
pub static PROXY: KindDef = KindDef {
    name: "AWS::RDS::DBProxy",
    scope: Scope::Regional,
    arn: None,
    facets: &[&REQUIRE_TLS.def],
    relations: &[],
    parts: &[],
    owner: None,
};

const READ: &[&str] = &["rds:DescribeDBClusters", "rds:DescribeDBInstances"];
const READ_INSTANCE: &[&str] = &["rds:DescribeDBInstances"];
const READ_CLUSTER: &[&str] = &["rds:DescribeDBClusters"];

/// Whether the storage is encrypted. Absent where the creator left it to AWS: then not for instances, and for clusters
/// it depends on the engine and the date ([`AURORA_ENCRYPTED_SINCE`]). A copy or restore takes it from its source.
pub static STORAGE_ENCRYPTED: Facet<bool> =
    Facet::property("StorageEncrypted").read_by(READ).initially(Initial::Absent);

/// From this day on AWS encrypts every new Aurora cluster, with a key of its own if the creator names none.
pub const AURORA_ENCRYPTED_SINCE: Second = Second::date(2026, 2, 18);

/// Whether the instance's name resolves to a public address outside its network. Absent where the creator left it to
/// AWS, which then decides by the subnet group.
pub static PUBLICLY_ACCESSIBLE: Facet<bool> =
    Facet::property("PubliclyAccessible").read_by(READ_INSTANCE).initially(Initial::Absent);

/// The subnet group; `default` is the one over the subnets of the default network.
pub static SUBNET_GROUP_NAME: Facet<String> =
    Facet::property("DBSubnetGroupName").read_by(READ_INSTANCE).initially(Initial::Absent);

/// The engine: `postgres`, `aurora-mysql`, `neptune`, ...
pub static ENGINE: Facet<String> = Facet::property("Engine").read_by(READ).initially(Initial::Unread);

/// The cluster that an instance is a member of.
pub static CLUSTER_IDENTIFIER: Facet<String> =
    Facet::property("DBClusterIdentifier").read_by(READ_INSTANCE).initially(Initial::Absent);

/// Whether RDS keeps the master password in Secrets Manager and rotates it. The responses show the secret instead.
pub static MANAGED_PASSWORD: Facet<bool> =
    Facet::property("ManageMasterUserPassword").read_by(READ).initially(Initial::OFF);

/// Whether users may sign in with IAM credentials instead of passwords.
pub static IAM_AUTHENTICATION: Facet<bool> =
    Facet::property("EnableIAMDatabaseAuthentication").read_by(READ).initially(Initial::OFF);

// What something was restored from: only the call that did it tells, no read does.

/// The snapshot that an instance was restored from.
pub static SNAPSHOT_IDENTIFIER: Facet<String> = Facet::property("DBSnapshotIdentifier").initially(Initial::Absent);

/// The snapshot of a Multi-AZ cluster that an instance was restored from.
pub static CLUSTER_SNAPSHOT_IDENTIFIER: Facet<String> =
    Facet::property("DBClusterSnapshotIdentifier").initially(Initial::Absent);

/// The instance that an instance is a replica of, or was restored from.
pub static SOURCE_INSTANCE_IDENTIFIER: Facet<String> =
    Facet::property("SourceDBInstanceIdentifier").initially(Initial::Absent);

/// The generated id of the instance that an instance was restored from.
pub static SOURCE_RESOURCE_ID: Facet<String> = Facet::property("SourceDbiResourceId").initially(Initial::Absent);

/// The automated backups that an instance was restored from.
pub static SOURCE_AUTOMATED_BACKUPS: Facet<String> =
    Facet::property("SourceDBInstanceAutomatedBackupsArn").initially(Initial::Absent);

/// The snapshot that a cluster was restored from.
pub static CLUSTER_RESTORED_FROM: Facet<String> = Facet::property("SnapshotIdentifier").initially(Initial::Absent);

/// The cluster that a cluster was restored from.
pub static SOURCE_CLUSTER_IDENTIFIER: Facet<String> =
    Facet::property("SourceDBClusterIdentifier").initially(Initial::Absent);

/// The database that a cluster replicates.
pub static REPLICATION_SOURCE: Facet<String> =
    Facet::property("ReplicationSourceIdentifier").read_by(READ_CLUSTER).initially(Initial::Absent);

/// The parameter group. Absent where the creator left it to AWS, which takes its own for the engine's version.
pub static PARAMETER_GROUP_NAME: Facet<String> =
    Facet::property("DBParameterGroupName").read_by(READ_INSTANCE).initially(Initial::Absent);

/// The engine and version that a parameter group is for, such as `postgres16`. They decide what is not set.
pub static PARAMETER_FAMILY: Facet<String> =
    Facet::property("Family").read_by(&["rds:DescribeDBParameterGroups"]).initially(Initial::Unread);

/// The parameters that were set, of [`TLS_PARAMETERS`]; others are not kept.
pub static PARAMETERS: Keyed<String> =
    Keyed::property("Parameters").read_by(&["rds:DescribeDBParameters"]).initially(Initial::Empty);

/// The parameters that refuse connections without TLS.
pub const TLS_PARAMETERS: [&str; 2] = ["rds.force_ssl", "require_secure_transport"];

/// Whether a proxy refuses connections without TLS.
pub static REQUIRE_TLS: Facet<bool> =
    Facet::property("RequireTLS").read_by(&["rds:DescribeDBProxies"]).initially(Initial::OFF);

/// Whether a snapshot is encrypted; it is if its source was, and a copy may be encrypted on the way.
pub static SNAPSHOT_ENCRYPTED: Facet<bool> = Facet::observed("Encrypted")
    .read_by(&["rds:DescribeDBClusterSnapshots", "rds:DescribeDBSnapshots"])
    .initially(Initial::Unread);

/// `manual`, `automated`, `awsbackup`, ... Calls make manual ones.
pub static SNAPSHOT_TYPE: Facet<String> = Facet::observed("SnapshotType")
    .read_by(&["rds:DescribeDBClusterSnapshots", "rds:DescribeDBSnapshots"])
    .initially(Initial::Default(|_| Value::from("manual")));

/// Whether every AWS account may restore a snapshot: `all` is among the values of its attribute `restore`.
pub static SNAPSHOT_PUBLIC: Facet<bool> = Facet::observed("RestorableByAll")
    .read_by(&["rds:DescribeDBClusterSnapshotAttributes", "rds:DescribeDBSnapshotAttributes"])
    .initially(Initial::OFF);

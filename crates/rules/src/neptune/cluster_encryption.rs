use crate::rds::{ENGINE_STORAGE, engine_storage};
use crate::rule;

rule! {
    /// Neptune clusters are encrypted at rest.
    ///
    /// ## Why
    /// The graph, its backups and snapshots of a cluster are as encrypted as its storage is. Unlike Aurora,
    /// Neptune leaves storage in the clear unless it is asked to encrypt.
    ///
    /// ## Fix
    /// - Console: a cluster cannot be encrypted later: restore a snapshot of it, with encryption enabled.
    /// - CLI: `aws neptune restore-db-cluster-from-snapshot --db-cluster-identifier NEW --snapshot-identifier SNAPSHOT
    ///   --engine neptune --kms-key-id alias/aws/rds`
    /// - CloudFormation: `StorageEncrypted: true` on `AWS::Neptune::DBCluster`; the change replaces the cluster.
    ///
    /// ## Limits
    /// Any key will do. The calls are those of RDS, so `rds-cluster-encryption` fails too and its alert stands for
    /// both: this rule is there for frameworks that ask about Neptune by itself.
    item: EncryptionAtRest,
    severity: Medium,
    family: ENGINE_STORAGE,
    controls: [(SecurityHub, "Neptune.1"), (PciDss, "3.5.1"), (Nist80053, "SC-13"), (Nist80053, "SC-28"), (AwsConfig, "neptune-cluster-encrypted")],
    covered_by: ["rds-cluster-encryption"],
    judge: |cluster, _| engine_storage(cluster, "neptune", "Neptune"),
}

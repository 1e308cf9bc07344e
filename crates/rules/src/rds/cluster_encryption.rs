use trailhound_model::Verdict;
use trailhound_model::kinds::rds::{
    AURORA_ENCRYPTED_SINCE, CLUSTER, CLUSTER_RESTORED_FROM, ENGINE, REPLICATION_SOURCE, SOURCE_CLUSTER_IDENTIFIER,
    STORAGE_ENCRYPTED,
};

use super::encrypted;
use crate::rule;

rule! {
    /// Database clusters are encrypted at rest.
    ///
    /// ## Why
    /// The storage of a cluster holds the data of all its instances, and its backups and snapshots are as encrypted as
    /// it is.
    ///
    /// ## Fix
    /// - Console: a cluster cannot be encrypted later: restore a snapshot of it with a key.
    /// - CLI: `aws rds restore-db-cluster-from-snapshot --db-cluster-identifier NEW --snapshot-identifier SNAPSHOT
    ///   --engine ENGINE --kms-key-id alias/aws/rds`
    /// - CloudFormation: `StorageEncrypted: true` on `AWS::RDS::DBCluster`; the change replaces the cluster.
    ///
    /// ## Limits
    /// Any key will do, also one that AWS owns. Clusters of Neptune and DocumentDB are judged alike: they are made by
    /// the same calls. A template that restores or replicates is unknown: the storage is as its source.
    item: EncryptionAtRest,
    severity: High,
    kinds: [CLUSTER],
    reads: [CLUSTER_RESTORED_FROM, ENGINE, REPLICATION_SOURCE, SOURCE_CLUSTER_IDENTIFIER, STORAGE_ENCRYPTED],
    opens_on: ["CreateDBCluster", "RestoreDBClusterFromSnapshot", "RestoreDBClusterToPointInTime"],
    closes_on: ["DeleteDBCluster"],
    controls: [
        (SecurityHub, "RDS.27"),
        (PciDss, "3.5.1"),
        (PciDss, "8.3.2"),
        (Nist80053, "SC-13"),
        (Nist80053, "SC-28"),
        (AwsConfig, "rds-cluster-encrypted-at-rest"),
    ],
    judge: |cluster, _| {
        let on = match encrypted(cluster, &[&CLUSTER_RESTORED_FROM, &REPLICATION_SOURCE, &SOURCE_CLUSTER_IDENTIFIER])? {
            Some(on) => on,
            None => {
                let aurora = cluster.get(&ENGINE).known()?.is_some_and(|engine| engine.starts_with("aurora"));
                aurora && cluster.born().is_some_and(|born| born >= AURORA_ENCRYPTED_SINCE)
            }
        };
        Ok(if on { Verdict::Pass } else { Verdict::fail("StorageEncrypted", "storage is not encrypted") })
    },
}

use trailhound_model::Verdict;
use trailhound_model::kinds::rds::{CLUSTER, ENGINE, STORAGE_ENCRYPTED};

use crate::rule;

rule! {
    /// DocumentDB clusters are encrypted at rest.
    ///
    /// ## Why
    /// Documents, indexes, backups and snapshots of a cluster are as encrypted as its storage is. Unlike Aurora,
    /// DocumentDB leaves storage in the clear unless it is asked to encrypt.
    ///
    /// ## Fix
    /// - Console: a cluster cannot be encrypted later: restore a snapshot of it, with encryption enabled.
    /// - CLI: `aws docdb restore-db-cluster-from-snapshot --db-cluster-identifier NEW --snapshot-identifier SNAPSHOT
    ///   --engine docdb --kms-key-id alias/aws/rds`
    /// - CloudFormation: `StorageEncrypted: true` on `AWS::DocDB::DBCluster`; the change replaces the cluster.
    ///
    /// ## Limits
    /// Any key will do. The calls are those of RDS, so `rds-cluster-encryption` fails too and its alert stands for
    /// both: this rule is there for frameworks that ask about DocumentDB by itself. It does not read templates.
    item: EncryptionAtRest,
    severity: Medium,
    kinds: [CLUSTER],
    reads: [ENGINE, STORAGE_ENCRYPTED],
    opens_on: ["CreateDBCluster", "RestoreDBClusterFromSnapshot"],
    closes_on: ["DeleteDBCluster"],
    controls: [(SecurityHub, "DocumentDB.1"), (PciDss, "3.5.1"), (Nist80053, "SC-13"), (Nist80053, "SC-28")],
    covered_by: ["rds-cluster-encryption"],
    judge: |cluster, _| {
        if cluster.get(&ENGINE).known()?.as_deref() != Some("docdb") {
            return Ok(Verdict::not_applicable("it is no DocumentDB cluster"));
        }
        let on = cluster.get(&STORAGE_ENCRYPTED).known()? == Some(true);
        Ok(if on { Verdict::Pass } else { Verdict::fail("StorageEncrypted", "storage is not encrypted") })
    },
}

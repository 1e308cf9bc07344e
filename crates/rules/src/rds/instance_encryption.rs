use trailhound_model::Verdict;
use trailhound_model::kinds::rds::{
    CLUSTER_IDENTIFIER, CLUSTER_SNAPSHOT_IDENTIFIER, INSTANCE, SNAPSHOT_IDENTIFIER, SOURCE_AUTOMATED_BACKUPS,
    SOURCE_INSTANCE_IDENTIFIER, SOURCE_RESOURCE_ID, STORAGE_ENCRYPTED,
};

use super::encrypted;
use crate::rule;

rule! {
    /// Database instances are encrypted at rest.
    ///
    /// ## Why
    /// Disks, backups and replicas of an instance that is not encrypted are in the clear for whoever gets hold of them,
    /// and so is every snapshot that is shared.
    ///
    /// ## Fix
    /// - Console: an instance cannot be encrypted later: take a snapshot, copy it with encryption, restore the copy.
    /// - CLI: `aws rds copy-db-snapshot --source-db-snapshot-identifier SNAPSHOT --target-db-snapshot-identifier COPY
    ///   --kms-key-id alias/aws/rds`, then `aws rds restore-db-instance-from-db-snapshot`
    /// - CloudFormation: `StorageEncrypted: true` on `AWS::RDS::DBInstance`; the change replaces the instance.
    ///
    /// ## Limits
    /// Members of a cluster are left to the cluster. A template that restores from a snapshot or makes a replica is
    /// unknown: the storage is as its source.
    item: EncryptionAtRest,
    severity: High,
    kinds: [INSTANCE],
    reads: [
        CLUSTER_IDENTIFIER,
        CLUSTER_SNAPSHOT_IDENTIFIER,
        SNAPSHOT_IDENTIFIER,
        SOURCE_AUTOMATED_BACKUPS,
        SOURCE_INSTANCE_IDENTIFIER,
        SOURCE_RESOURCE_ID,
        STORAGE_ENCRYPTED,
    ],
    opens_on: ["CreateDBInstance", "RestoreDBInstanceFromDBSnapshot"],
    closes_on: ["DeleteDBInstance"],
    controls: [
        (SecurityHub, "RDS.3"),
        (CisV3, "2.3.1"),
        (CisV5, "2.2.1"),
        (PciDss, "3.5.1"),
        (PciDss, "8.3.2"),
        (Nist80053, "SC-13"),
        (Nist80053, "SC-28"),
        (AwsConfig, "rds-storage-encrypted"),
    ],
    judge: |instance, _| {
        if instance.get(&CLUSTER_IDENTIFIER).known()?.is_some() {
            return Ok(Verdict::not_applicable("the cluster that it belongs to is judged"));
        }
        let sources = [
            &CLUSTER_SNAPSHOT_IDENTIFIER,
            &SNAPSHOT_IDENTIFIER,
            &SOURCE_AUTOMATED_BACKUPS,
            &SOURCE_INSTANCE_IDENTIFIER,
            &SOURCE_RESOURCE_ID,
        ];
        Ok(match encrypted(instance, &sources)? {
            Some(true) => Verdict::Pass,
            Some(false) | None => Verdict::fail("StorageEncrypted", "storage is not encrypted"),
        })
    },
}

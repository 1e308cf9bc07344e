use trailhound_model::Verdict;
use trailhound_model::kinds::elasticache::{ENCRYPTION_IN_TRANSIT, REPLICATION_GROUP, TRANSIT_MODE};

use crate::rule;

rule! {
    /// ElastiCache replication groups take encrypted connections only.
    ///
    /// ## Why
    /// Without TLS, commands and their answers, passwords included, are readable for everyone on the way.
    ///
    /// ## Fix
    /// - Console: group → Modify → Encryption in transit → Preferred; move the clients; then Required.
    /// - CLI: `aws elasticache modify-replication-group --replication-group-id ID --transit-encryption-enabled
    ///   --transit-encryption-mode preferred --apply-immediately`; with the clients moved, the same with `required`.
    /// - CloudFormation: `TransitEncryptionEnabled: true` with `TransitEncryptionMode: required` on
    ///   `AWS::ElastiCache::ReplicationGroup`.
    ///
    /// ## Limits
    /// In mode `preferred` plain connections are still taken: that fails. A change for the maintenance window is
    /// unknown until it is applied.
    item: EncryptionInTransit,
    severity: Medium,
    kinds: [REPLICATION_GROUP],
    reads: [ENCRYPTION_IN_TRANSIT, TRANSIT_MODE],
    opens_on: ["CreateReplicationGroup", "ModifyReplicationGroup"],
    closes_on: ["ModifyReplicationGroup"],
    controls: [
        (SecurityHub, "ElastiCache.5"),
        (PciDss, "4.2.1"),
        (PciDss, "2.2.7"),
        (Nist80053, "SC-8"),
        (Nist80053, "SC-23"),
        (AwsConfig, "elasticache-repl-grp-encrypted-in-transit"),
    ],
    judge: |group, _| {
        let on = group.get(&ENCRYPTION_IN_TRANSIT).known();
        let mode = group.get(&TRANSIT_MODE).known();
        if matches!(on, Ok(on) if on != Some(true)) {
            return Ok(Verdict::fail("TransitEncryptionEnabled", "connections are not encrypted"));
        }
        if matches!(&mode, Ok(Some(mode)) if mode == "preferred") {
            return Ok(Verdict::fail("TransitEncryptionMode", "plain connections are still taken (`preferred`)"));
        }
        on.and(mode)?;
        Ok(Verdict::Pass)
    },
}

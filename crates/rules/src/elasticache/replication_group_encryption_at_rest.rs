use trailhound_model::kinds::elasticache::{ENCRYPTION_AT_REST, ENGINE, GLOBAL_GROUP, REPLICATION_GROUP};
use trailhound_model::{Verdict, Why};

use crate::rule;

rule! {
    /// ElastiCache replication groups are encrypted at rest.
    ///
    /// ## Why
    /// Backups and swapped memory of a cache hold sessions, tokens and whatever else is kept there, readable for
    /// whoever gets hold of the storage.
    ///
    /// ## Fix
    /// - Console: a group cannot be encrypted later: back it up and restore the backup into a group with encryption at
    ///   rest.
    /// - CLI: `aws elasticache create-replication-group --at-rest-encryption-enabled --snapshot-name BACKUP ...`
    /// - CloudFormation: `AtRestEncryptionEnabled: true` on `AWS::ElastiCache::ReplicationGroup`; the change replaces
    ///   the group.
    ///
    /// ## Limits
    /// Any key will do. Valkey groups are encrypted unless asked otherwise, Redis OSS groups are not. A member of a
    /// global group is as that group's first.
    item: EncryptionAtRest,
    severity: Medium,
    kinds: [REPLICATION_GROUP],
    reads: [ENCRYPTION_AT_REST, ENGINE, GLOBAL_GROUP],
    opens_on: ["CreateReplicationGroup"],
    closes_on: ["DeleteReplicationGroup"],
    controls: [
        (SecurityHub, "ElastiCache.4"),
        (PciDss, "3.5.1"),
        (Nist80053, "SC-13"),
        (Nist80053, "SC-28"),
        (AwsConfig, "elasticache-repl-grp-encrypted-at-rest"),
    ],
    judge: |group, _| {
        let on = match group.get(&ENCRYPTION_AT_REST).known()? {
            Some(on) => on,
            None if group.get(&GLOBAL_GROUP).known()?.is_some() => {
                return Err(Why::DependsOn("the global replication group".into()));
            }
            None => group.get(&ENGINE).known()?.as_deref() == Some("valkey"),
        };
        Ok(if on {
            Verdict::Pass
        } else {
            Verdict::fail("AtRestEncryptionEnabled", "the group is not encrypted at rest")
        })
    },
}

use trailhound_model::Verdict;
use trailhound_model::kinds::rds::{SNAPSHOT, SNAPSHOT_ENCRYPTED, SNAPSHOT_TYPE};

use crate::rule;

rule! {
    /// Database snapshots made by hand are encrypted.
    ///
    /// ## Why
    /// A snapshot is a copy of the database that outlives it and can be shared. One that is not encrypted can be read
    /// by everyone it is shared with, and cannot be taken back.
    ///
    /// ## Fix
    /// - Console: snapshot → Actions → Copy snapshot → Enable encryption; then delete the original.
    /// - CLI: `aws rds copy-db-snapshot --source-db-snapshot-identifier ID --target-db-snapshot-identifier COPY
    ///   --kms-key-id alias/aws/rds`
    /// - CloudFormation: there is no type for snapshots; encrypt the database and its snapshots will be.
    ///
    /// ## Limits
    /// Automated snapshots are as encrypted as their database and are left to it. A copy made without a key is unknown
    /// where the response does not say.
    item: EncryptionAtRest,
    severity: Medium,
    kinds: [SNAPSHOT],
    reads: [SNAPSHOT_ENCRYPTED, SNAPSHOT_TYPE],
    opens_on: ["CreateDBSnapshot", "CreateDBClusterSnapshot", "CopyDBSnapshot", "DeleteDBInstance"],
    closes_on: ["DeleteDBSnapshot", "DeleteDBClusterSnapshot"],
    controls: [
        (SecurityHub, "RDS.4"),
        (SecurityHub, "~Neptune.6"),
        (PciDss, "3.5.1"),
        (Nist80053, "SC-13"),
        (Nist80053, "SC-28"),
        (AwsConfig, "rds-snapshot-encrypted"),
    ],
    judge: |snapshot, _| {
        let kind = snapshot.get(&SNAPSHOT_TYPE).known()?;
        if kind.as_deref().is_some_and(|kind| matches!(kind, "automated" | "awsbackup")) {
            return Ok(Verdict::not_applicable("a service made it, as encrypted as its database"));
        }
        Ok(match snapshot.get(&SNAPSHOT_ENCRYPTED).known()? {
            Some(true) => Verdict::Pass,
            Some(false) | None => Verdict::fail("Encrypted", "the snapshot is not encrypted"),
        })
    },
}

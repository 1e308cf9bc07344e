use trailhound_model::Verdict;
use trailhound_model::kinds::kms::{KEY, STATE};

use crate::rule;

rule! {
    /// KMS keys are not scheduled for deletion.
    ///
    /// ## Why
    /// When a key is deleted, everything encrypted with it is lost for good, backups included. The waiting time is the
    /// last chance to notice.
    ///
    /// ## Fix
    /// - Console: key → Key actions → Cancel key deletion; then enable it.
    /// - CLI: `aws kms cancel-key-deletion --key-id ID`, then `aws kms enable-key --key-id ID`
    /// - CloudFormation: put the key back into its stack; `DeletionPolicy: Retain` keeps keys of deleted stacks.
    ///
    /// ## Limits
    /// Does not know what the key encrypts. Disabling a key is not judged: it can be undone.
    item: EncryptionAtRest,
    severity: Critical,
    kinds: [KEY],
    reads: [STATE],
    opens_on: ["ScheduleKeyDeletion"],
    closes_on: ["CancelKeyDeletion", "DeleteKey"],
    controls: [
        (SecurityHub, "KMS.3"),
        (PciDss, "3.6.1"),
        (Nist80053, "SC-12"),
        (Nist80053, "SC-12(2)"),
        (AwsConfig, "kms-cmk-not-scheduled-for-deletion"),
    ],
    judge: |key, _| {
        let state = key.get(&STATE).known()?.unwrap_or_default();
        Ok(if matches!(state.as_str(), "PendingDeletion" | "PendingReplicaDeletion") {
            Verdict::fail("KeyState", format!("the key is scheduled for deletion (`{state}`)"))
        } else {
            Verdict::Pass
        })
    },
}

use trailhound_model::kinds::ec2::disk::{SNAPSHOT, SNAPSHOT_ENCRYPTED, SNAPSHOT_MAKER};
use trailhound_model::{Seen, Verdict};

use crate::rule;

rule! {
    /// EBS snapshots taken by hand or program are encrypted.
    ///
    /// ## Why
    /// Whoever an unencrypted snapshot is shared with reads the disk; an encrypted one needs its key shared as well, and a
    /// snapshot that is encrypted by AWS's own key cannot be made public at all.
    ///
    /// ## Fix
    /// - Console: EC2 → Snapshots → the snapshot → Copy snapshot → Encrypt this snapshot; then delete the old one.
    /// - CLI: `aws ec2 copy-snapshot --encrypted --source-snapshot-id ID --source-region REGION`, then
    ///   `aws ec2 delete-snapshot`.
    /// - CloudFormation: there is no type for snapshots; encrypt the volumes they are taken of.
    ///
    /// ## Limits
    /// Snapshots that AWS Backup or Data Lifecycle Manager took are left to their plan and to the volume's rule. Whether an
    /// unencrypted-looking copy is encrypted by the region's default is known from reads only.
    item: EncryptionAtRest,
    severity: Medium,
    kinds: [SNAPSHOT],
    reads: [SNAPSHOT_ENCRYPTED, SNAPSHOT_MAKER],
    opens_on: ["CreateSnapshot", "CreateSnapshots"],
    closes_on: ["DeleteSnapshot"],
    controls: [(PciDss, "3.5.1"), (Nist80053, "SC-13"), (Nist80053, "SC-28")],
    judge: |snapshot, _| {
        if let Seen::Known(service) = snapshot.get(&SNAPSHOT_MAKER) {
            return Ok(Verdict::not_applicable(format!("`{service}` took it on a schedule")));
        }
        Ok(match snapshot.get(&SNAPSHOT_ENCRYPTED).known()? {
            Some(true) => Verdict::Pass,
            _ => Verdict::fail("Encrypted", "the snapshot is not encrypted"),
        })
    },
}

use trailhound_model::Verdict;
use trailhound_model::kinds::ec2::disk::{EVERYBODY, SNAPSHOT, SNAPSHOT_PERMISSIONS};

use crate::rule;

rule! {
    /// EBS snapshots are not shared with everybody.
    ///
    /// ## Why
    /// Anyone with an AWS account can make a volume from a public snapshot and read the whole disk. Public snapshots are listed,
    /// and listed ones are searched for keys and customers' data.
    ///
    /// ## Fix
    /// - Console: EC2 → Snapshots → the snapshot → Modify permissions → Private.
    /// - CLI: `aws ec2 modify-snapshot-attribute --snapshot-id ID --attribute createVolumePermission --operation-type remove
    ///   --group-names all`; take for copied what was public for a while.
    /// - CloudFormation: templates cannot share snapshots. `AWS::EC2::SnapshotBlockPublicAccess` keeps others from doing so.
    ///
    /// ## Limits
    /// Shares with single accounts are not judged. The region's block on public access may hide a public snapshot; the
    /// permission is reported all the same, because it speaks again when the block goes.
    item: S3PublicAccess,
    severity: Critical,
    kinds: [SNAPSHOT],
    reads: [SNAPSHOT_PERMISSIONS],
    opens_on: ["ModifySnapshotAttribute"],
    closes_on: ["DeleteSnapshot", "ModifySnapshotAttribute", "ResetSnapshotAttribute"],
    controls: [
        (SecurityHub, "EC2.1"),
        (PciDss, "1.4.4"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-6"),
        (Nist80053, "SC-7"),
        (AwsConfig, "ebs-snapshot-public-restorable-check"),
    ],
    judge: |snapshot, _| {
        let public = snapshot.entries(&SNAPSHOT_PERMISSIONS)?.any(|key, _| key == EVERYBODY).known()?;
        Ok(if public { Verdict::fail(EVERYBODY, "everybody may make volumes from the snapshot") } else { Verdict::Pass })
    },
}

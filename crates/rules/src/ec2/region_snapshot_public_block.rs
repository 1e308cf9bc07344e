use trailhound_model::Verdict;
use trailhound_model::kinds::account::REGION;
use trailhound_model::kinds::ec2::region::SNAPSHOT_BLOCK;

use crate::rule;

rule! {
    /// The region blocks all public sharing of EBS snapshots.
    ///
    /// ## Why
    /// One call makes a disk public. The block refuses it whoever calls, and hides snapshots that are public already.
    ///
    /// ## Fix
    /// - Console: EC2 → Settings → Data protection and security → Block public access for EBS snapshots → Block all public access.
    /// - CLI: `aws ec2 enable-snapshot-block-public-access --state block-all-sharing`, in every region.
    /// - CloudFormation: `State: block-all-sharing` on `AWS::EC2::SnapshotBlockPublicAccess`.
    ///
    /// ## Limits
    /// `block-new-sharing` is not enough: it leaves public what is public. A block declared by an organisation is not seen in
    /// events.
    item: S3PublicAccess,
    severity: Medium,
    kinds: [REGION],
    reads: [SNAPSHOT_BLOCK],
    opens_on: ["DisableSnapshotBlockPublicAccess", "EnableSnapshotBlockPublicAccess"],
    closes_on: ["EnableSnapshotBlockPublicAccess"],
    controls: [
        (SecurityHub, "EC2.182"),
        (Nist80053, "AC-3"),
        (Nist80053, "SC-7"),
        (AwsConfig, "ebs-snapshot-block-public-access"),
    ],
    judge: |region, _| {
        let state = region.get(&SNAPSHOT_BLOCK).known()?.unwrap_or_else(|| "unblocked".to_owned());
        Ok(if state == "block-all-sharing" {
            Verdict::Pass
        } else {
            Verdict::fail("State", format!("snapshots can be public: the region's block is `{state}`"))
        })
    },
}

use trailhound_model::Verdict;
use trailhound_model::kinds::ec2::disk::{EVERYBODY, IMAGE, IMAGE_PERMISSIONS};

use crate::rule;

rule! {
    /// Machine images are not shared with everybody.
    ///
    /// ## Why
    /// Anyone with an AWS account can start a public image and read what is on it: code, keys left behind, history files.
    ///
    /// ## Fix
    /// - Console: EC2 → AMIs → the image → Edit AMI permissions → Private.
    /// - CLI: `aws ec2 modify-image-attribute --image-id ID --launch-permission 'Remove=[{Group=all}]'`; take for copied what was
    ///   public for a while.
    /// - CloudFormation: templates cannot share images; `aws ec2 enable-image-block-public-access` keeps others from doing so.
    ///
    /// ## Limits
    /// Shares with single accounts and organisations are not judged.
    item: S3PublicAccess,
    severity: Critical,
    kinds: [IMAGE],
    reads: [IMAGE_PERMISSIONS],
    opens_on: ["ModifyImageAttribute"],
    closes_on: ["DeregisterImage", "ModifyImageAttribute", "ResetImageAttribute"],
    controls: [(Nist80053, "AC-3"), (Nist80053, "AC-6"), (Nist80053, "SC-7")],
    judge: |image, _| {
        let public = image.entries(&IMAGE_PERMISSIONS)?.any(|key, _| key == EVERYBODY).known()?;
        Ok(if public { Verdict::fail(EVERYBODY, "everybody may launch the image") } else { Verdict::Pass })
    },
}

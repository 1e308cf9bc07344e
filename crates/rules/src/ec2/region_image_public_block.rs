use trailhound_model::Verdict;
use trailhound_model::kinds::account::REGION;
use trailhound_model::kinds::ec2::region::IMAGE_BLOCK;

use crate::rule;

rule! {
    /// The region blocks new public sharing of machine images.
    ///
    /// ## Why
    /// One call makes an image public. The block refuses it whoever calls.
    ///
    /// ## Fix
    /// - Console: EC2 → Settings → Data protection and security → Block public access for AMIs → Block new public sharing.
    /// - CLI: `aws ec2 enable-image-block-public-access --image-block-public-access-state block-new-sharing`, in every region.
    /// - CloudFormation: there is no type for it; use the CLI or a declarative policy of the organisation.
    ///
    /// ## Limits
    /// Images that are public already stay so: see `ec2-image-private`. The block takes some minutes to work.
    item: S3PublicAccess,
    severity: Medium,
    kinds: [REGION],
    reads: [IMAGE_BLOCK],
    opens_on: ["DisableImageBlockPublicAccess"],
    closes_on: ["EnableImageBlockPublicAccess"],
    controls: [(Nist80053, "AC-3"), (Nist80053, "SC-7")],
    judge: |region, _| {
        let state = region.get(&IMAGE_BLOCK).known()?.unwrap_or_else(|| "unblocked".to_owned());
        Ok(if state == "block-new-sharing" {
            Verdict::Pass
        } else {
            Verdict::fail("State", format!("images can be made public: the region's block is `{state}`"))
        })
    },
}

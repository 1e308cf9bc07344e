use trailhound_model::Verdict;
use trailhound_model::kinds::s3::{BUCKET, OWNERSHIP};

use super::ACLS_ON;
use crate::rule;

rule! {
    /// Buckets have ACLs switched off.
    ///
    /// ## Why
    /// With ACLs on, every writer of an object can give it to others, and a policy no longer tells who has access. With
    /// ownership enforced, policies alone decide.
    ///
    /// ## Fix
    /// - Console: bucket → Permissions → Object Ownership → ACLs disabled.
    /// - CLI: `aws s3api put-bucket-ownership-controls --bucket NAME --ownership-controls
    ///   'Rules=[{ObjectOwnership=BucketOwnerEnforced}]'`
    /// - CloudFormation: `OwnershipControls: { Rules: [{ ObjectOwnership: BucketOwnerEnforced }] }` on `AWS::S3::Bucket`.
    ///
    /// ## Limits
    /// Buckets that need ACLs, such as the target of another service's old log delivery, need an exception.
    item: S3PublicAccess,
    severity: Medium,
    kinds: [BUCKET],
    reads: [OWNERSHIP],
    opens_on: ["CreateBucket", "PutBucketOwnershipControls", "DeleteBucketOwnershipControls"],
    closes_on: ["PutBucketOwnershipControls"],
    controls: [
        (SecurityHub, "S3.12"),
        (PciDss, "7.2.1"),
        (Nist80053, "AC-2(1)"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-6"),
        (AwsConfig, "s3-bucket-acl-prohibited"),
    ],
    covered_by: ["s3-bucket-acl-private"],
    judge: |bucket, _| {
        let ownership = bucket.get(&OWNERSHIP).known()?;
        Ok(match ownership.as_ref().and_then(|ownership| ownership.object_ownership()) {
            Some("BucketOwnerEnforced") => Verdict::Pass,
            Some(other) => Verdict::fail(ACLS_ON, format!("ACLs are on: object ownership is `{other}`")),
            None => Verdict::fail(ACLS_ON, "ACLs are on: no object ownership is set"),
        })
    },
}

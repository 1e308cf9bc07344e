use trailhound_model::Verdict;
use trailhound_model::kinds::s3::{BUCKET, OBJECT_LOCK};

use crate::rule;

rule! {
    /// Buckets can lock objects against deletion.
    ///
    /// ## Why
    /// A locked object cannot be overwritten or deleted until its time is up, whoever asks: the strongest answer to
    /// ransomware and to a careless administrator.
    ///
    /// ## Fix
    /// - Console: bucket → Properties → Object Lock → Enable. Versioning is needed for it.
    /// - CLI: `aws s3api put-object-lock-configuration --bucket NAME --object-lock-configuration ObjectLockEnabled=Enabled`
    /// - CloudFormation: `ObjectLockEnabled: true` on `AWS::S3::Bucket`.
    ///
    /// ## Limits
    /// Off until switched on. Does not look at the default retention: a bucket that can lock may still lock nothing.
    item: S3Versioning,
    severity: Low,
    kinds: [BUCKET],
    reads: [OBJECT_LOCK],
    opens_on: ["CreateBucket"],
    closes_on: ["PutBucketObjectLockConfiguration"],
    controls: [(SecurityHub, "S3.15"), (AwsConfig, "s3-bucket-default-lock-enabled")],
    optional: true,
    judge: |bucket, _| {
        let on = bucket.get(&OBJECT_LOCK).known()?.unwrap_or(false);
        Ok(if on { Verdict::Pass } else { Verdict::fail("object-lock", "object lock is off") })
    },
}

use trailhound_model::Verdict;
use trailhound_model::kinds::s3::{BUCKET, VERSIONING};

use crate::rule;

rule! {
    /// Buckets keep old versions of their objects.
    ///
    /// ## Why
    /// Without versions, an object that is overwritten or deleted, by mistake or by ransomware, is gone.
    ///
    /// ## Fix
    /// - Console: bucket → Properties → Bucket Versioning → Enable.
    /// - CLI: `aws s3api put-bucket-versioning --bucket NAME --versioning-configuration Status=Enabled`
    /// - CloudFormation: `VersioningConfiguration: { Status: Enabled }` on `AWS::S3::Bucket`.
    ///
    /// ## Limits
    /// Does not look at lifecycle rules that expire old versions at once.
    item: S3Versioning,
    severity: Medium,
    kinds: [BUCKET],
    reads: [VERSIONING],
    opens_on: ["CreateBucket", "PutBucketVersioning"],
    closes_on: ["PutBucketVersioning"],
    controls: [
        (SecurityHub, "S3.14"),
        (PciDss, "10.3.4"),
        (Nist80053, "CP-9"),
        (AwsConfig, "s3-bucket-versioning-enabled"),
    ],
    judge: |bucket, _| {
        let status = bucket.get(&VERSIONING).known()?.and_then(|versioning| versioning.status);
        Ok(match status.as_deref() {
            Some("Enabled") => Verdict::Pass,
            Some(other) => Verdict::fail("versioning", format!("versioning is `{other}`")),
            None => Verdict::fail("versioning", "versioning was never enabled"),
        })
    },
}

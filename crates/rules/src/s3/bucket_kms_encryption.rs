use trailhound_model::Verdict;
use trailhound_model::kinds::s3::{BUCKET, ENCRYPTION};

use crate::rule;

rule! {
    /// Buckets encrypt new objects with a KMS key.
    ///
    /// ## Why
    /// S3's own keys open to whoever may read the object. A KMS key has a policy and a log of its own: reading takes two
    /// permissions, and each use is recorded.
    ///
    /// ## Fix
    /// - Console: bucket → Properties → Default encryption → SSE-KMS, with a bucket key to save calls to KMS.
    /// - CLI: `aws s3api put-bucket-encryption --bucket NAME --server-side-encryption-configuration
    ///   '{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms"},"BucketKeyEnabled":true}]}'`
    /// - CloudFormation: `BucketEncryption` with `SSEAlgorithm: aws:kms` on `AWS::S3::Bucket`.
    ///
    /// ## Limits
    /// Any KMS key satisfies it, the AWS-managed `aws/s3` too. Objects already there keep the encryption they have.
    item: EncryptionAtRest,
    severity: Low,
    kinds: [BUCKET],
    reads: [ENCRYPTION],
    opens_on: ["CreateBucket", "DeleteBucketEncryption", "PutBucketEncryption"],
    closes_on: ["PutBucketEncryption"],
    controls: [
        (SecurityHub, "S3.17"),
        (PciDss, "3.5.1"),
        (PciDss, "8.3.2"),
        (Nist80053, "SC-13"),
        (Nist80053, "SC-28"),
        (AwsConfig, "s3-default-encryption-kms"),
    ],
    judge: |bucket, _| {
        let encryption = bucket.get(&ENCRYPTION).known()?;
        Ok(match encryption.as_ref().and_then(|encryption| encryption.algorithm()) {
            Some("aws:kms" | "aws:kms:dsse") => Verdict::Pass,
            Some(other) => Verdict::fail("encryption", format!("default encryption is `{other}`, without a KMS key")),
            None => Verdict::fail("encryption", "no default encryption is set"),
        })
    },
}

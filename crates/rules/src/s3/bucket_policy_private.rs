use trailhound_model::kinds::account;
use trailhound_model::kinds::s3::{BUCKET, BUCKET_ACCOUNT, POLICY, PUBLIC_ACCESS_BLOCK};

use super::{listed, public_statements};
use crate::rule;

rule! {
    /// Bucket policies let nobody in whom they do not name.
    ///
    /// ## Why
    /// A policy that allows everyone opens the bucket to the whole internet, without a password. It is how most leaks from
    /// S3 begin.
    ///
    /// ## Fix
    /// - Console: bucket → Permissions → Bucket policy → remove the statement, or name accounts and roles as principal.
    /// - CLI: `aws s3api delete-bucket-policy --bucket NAME`, or `put-bucket-policy` with the statement narrowed.
    /// - CloudFormation: in `AWS::S3::BucketPolicy`, name principals, or add a condition such as `aws:PrincipalOrgID` or
    ///   `aws:SourceVpce`. `RestrictPublicBuckets: true` on the bucket cuts a public policy down to the account.
    ///
    /// ## Limits
    /// Public is what AWS means by it: conditions on the referrer, the user agent or TLS narrow nothing. AWS accepts a public
    /// policy only while the block is off, so a block that was never seen, or that is on by default, is no excuse: only one
    /// that is stated is. Objects may be public by ACLs of their own, which are not read.
    item: S3PublicAccess,
    severity: Critical,
    kinds: [BUCKET],
    reads: [POLICY, PUBLIC_ACCESS_BLOCK],
    borrows: [BUCKET_ACCOUNT => [account::PUBLIC_ACCESS_BLOCK]],
    opens_on: ["PutBucketPolicy", "DeleteBucketPublicAccessBlock", "PutBucketPublicAccessBlock", "DeleteAccountPublicAccessBlock"],
    closes_on: ["PutBucketPolicy", "DeleteBucketPolicy", "PutBucketPublicAccessBlock", "PutAccountPublicAccessBlock"],
    controls: [
        (SecurityHub, "S3.2"),
        (SecurityHub, "S3.3"),
        (PciDss, "1.2.8"),
        (PciDss, "1.3.1"),
        (PciDss, "1.4.2"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-21"),
        (Nist80053, "SC-7"),
        (AwsConfig, "s3-bucket-public-read-prohibited"),
        (AwsConfig, "s3-bucket-public-write-prohibited"),
    ],
    covered_by: ["s3-bucket-trail-private"],
    judge: |bucket, _| {
        public_statements(bucket).answer(|open| format!("the bucket policy is public: {}", listed(open)))
    },
}

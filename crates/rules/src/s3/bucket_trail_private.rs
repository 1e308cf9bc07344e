use trailhound_model::Verdict;
use trailhound_model::kinds::s3::{
    BUCKET, BUCKET_ACCOUNT, BUCKET_TRAILS, GRANTS, OWNERSHIP, POLICY, PUBLIC_ACCESS_BLOCK,
};
use trailhound_model::kinds::{account, cloudtrail};

use super::{listed, public_grants, public_statements, serves_trail};
use crate::rule;

rule! {
    /// Buckets that hold CloudTrail's log files are private.
    ///
    /// ## Why
    /// The log tells who has which rights and how the account is built: a map for an attacker. Who can write there can bury
    /// the traces.
    ///
    /// ## Fix
    /// - Console: bucket → Permissions → Block public access → Block all; then remove the public statement or grant.
    /// - CLI: `aws s3api put-public-access-block --bucket NAME --public-access-block-configuration
    ///   BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true`
    /// - CloudFormation: `PublicAccessBlockConfiguration` with all four `true` on `AWS::S3::Bucket`.
    ///
    /// ## Limits
    /// Knows trails of the bucket's own account only. Public means what it means for `s3-bucket-policy-private` and
    /// `s3-bucket-acl-private`.
    item: Cloudtrail,
    severity: Critical,
    kinds: [BUCKET],
    reads: [GRANTS, OWNERSHIP, POLICY, PUBLIC_ACCESS_BLOCK],
    borrows: [
        BUCKET_ACCOUNT => [account::PUBLIC_ACCESS_BLOCK],
        BUCKET_TRAILS => [cloudtrail::BUCKET_NAME],
    ],
    opens_on: ["CreateTrail", "DeleteBucketPublicAccessBlock", "PutBucketAcl", "PutBucketPolicy"],
    closes_on: [
        "DeleteBucketPolicy",
        "PutAccountPublicAccessBlock",
        "PutBucketAcl",
        "PutBucketOwnershipControls",
        "PutBucketPolicy",
        "PutBucketPublicAccessBlock",
    ],
    controls: [(SecurityHub, "CloudTrail.6"), (AwsConfig, "cloudtrail-s3-bucket-public-access-prohibited")],
    judge: |bucket, _| {
        if !serves_trail(bucket)? {
            return Ok(Verdict::not_applicable("no trail delivers to the bucket"));
        }
        let mut signs = public_statements(bucket);
        signs.extend(public_grants(bucket));
        signs.answer(|open| format!("the bucket with CloudTrail's log files is public: {}", listed(open)))
    },
}

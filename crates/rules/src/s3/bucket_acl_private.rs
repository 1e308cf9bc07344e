use trailhound_model::kinds::account;
use trailhound_model::kinds::s3::{BUCKET, BUCKET_ACCOUNT, GRANTS, OWNERSHIP, PUBLIC_ACCESS_BLOCK};

use super::{listed, public_grants};
use crate::rule;

rule! {
    /// Bucket ACLs grant nothing to everyone.
    ///
    /// ## Why
    /// A grant to the group of all users lets anybody list the bucket, write to it or change the ACL itself. A grant to all
    /// authenticated users is no better: anybody can get an AWS account.
    ///
    /// ## Fix
    /// - Console: bucket → Permissions → Object Ownership → Bucket owner enforced, which switches ACLs off.
    /// - CLI: `aws s3api put-bucket-acl --bucket NAME --acl private`, or `aws s3api put-bucket-ownership-controls --bucket
    ///   NAME --ownership-controls 'Rules=[{ObjectOwnership=BucketOwnerEnforced}]'`
    /// - CloudFormation: leave out `AccessControl`, and set `OwnershipControls` to `BucketOwnerEnforced`.
    ///
    /// ## Limits
    /// AWS accepts a public ACL only while ACLs are on and the block is off, so only an ownership or a block that is stated
    /// excuses a public grant. ACLs of objects are not read.
    item: S3PublicAccess,
    severity: Critical,
    kinds: [BUCKET],
    reads: [GRANTS, OWNERSHIP, PUBLIC_ACCESS_BLOCK],
    borrows: [BUCKET_ACCOUNT => [account::PUBLIC_ACCESS_BLOCK]],
    opens_on: [
        "CreateBucket",
        "PutBucketAcl",
        "PutBucketOwnershipControls",
        "DeleteBucketOwnershipControls",
        "PutBucketPublicAccessBlock",
        "DeleteBucketPublicAccessBlock",
        "DeleteAccountPublicAccessBlock",
    ],
    closes_on: [
        "PutBucketAcl",
        "PutBucketOwnershipControls",
        "PutBucketPublicAccessBlock",
        "PutAccountPublicAccessBlock",
    ],
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
    judge: |bucket, _| public_grants(bucket).answer(|open| format!("the ACL is public: {}", listed(open))),
}

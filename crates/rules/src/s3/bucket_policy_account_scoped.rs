use trailhound_model::Verdict;
use trailhound_model::kinds::s3::{BUCKET, POLICY};

use super::listed;
use crate::policy::Policy;
use crate::rule;

/// Calls that take a bucket over, open it, or change and destroy what it holds.
const ACTIONS: &[&str] = &[
    "s3:PutBucketPolicy",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl",
    "s3:PutObjectAcl",
    "s3:PutEncryptionConfiguration",
    "s3:DeleteBucket",
    "s3:PutObject",
    "s3:DeleteObject",
];

rule! {
    /// Bucket policies let no other party change the bucket or its objects.
    ///
    /// ## Why
    /// Who may write the policy of a bucket owns it; who may delete or overwrite its objects can hold them to ransom. Such
    /// power belongs to one's own accounts.
    ///
    /// ## Fix
    /// - Console: bucket → Permissions → Bucket policy → remove the foreign account or the action.
    /// - CLI: `aws s3api put-bucket-policy --bucket NAME --policy file://policy.json`
    /// - CloudFormation: the `PolicyDocument` of `AWS::S3::BucketPolicy`.
    ///
    /// ## Limits
    /// Accounts of one's own are the bucket's, those of its organisation and those configured as trusted. A replay or a
    /// template knows no organisation, so the configured ones are all; in an account whose organisation could not be read,
    /// with none configured, the answer is unknown. Looks for the calls `PutBucketPolicy`,
    /// `DeleteBucketPolicy`, `PutBucketAcl`, `PutObjectAcl`, `PutEncryptionConfiguration`, `DeleteBucket`, `PutObject` and
    /// `DeleteObject`; reading is left to `s3-bucket-policy-private`.
    item: S3PublicAccess,
    severity: High,
    kinds: [BUCKET],
    reads: [POLICY],
    opens_on: ["PutBucketPolicy"],
    closes_on: ["PutBucketPolicy", "DeleteBucketPolicy"],
    controls: [
        (SecurityHub, "S3.6"),
        (PciDss, "7.2.1"),
        (Nist80053, "CA-9(1)"),
        (Nist80053, "CM-2"),
        (AwsConfig, "s3-bucket-blacklisted-actions-prohibited"),
    ],
    covered_by: ["s3-bucket-policy-private"],
    judge: |bucket, settings| {
        let Some(document) = bucket.get(&POLICY).known()? else { return Ok(Verdict::Pass) };
        let parties = settings.parties(&bucket.resource.account);
        let grants = Policy::from_value(&document)?.third_party_grants(&parties, ACTIONS);
        grants.answer(|open| format!("the bucket policy gives others power over the bucket: {}", listed(open)))
    },
}

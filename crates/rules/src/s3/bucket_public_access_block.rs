use trailhound_model::kinds::account;
use trailhound_model::kinds::s3::{BUCKET, BUCKET_ACCOUNT, PUBLIC_ACCESS_BLOCK};
use trailhound_model::{Evidence, Verdict};

use super::switched_off;
use crate::rule;

rule! {
    /// Buckets block public access with all four switches, on the bucket or on the account.
    ///
    /// ## Why
    /// The block holds whatever a later policy or ACL says: with it, one careless call cannot publish a bucket.
    ///
    /// ## Fix
    /// - Console: bucket → Permissions → Block public access → Block all.
    /// - CLI: `aws s3api put-public-access-block --bucket NAME --public-access-block-configuration
    ///   BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true`
    /// - CloudFormation: `PublicAccessBlockConfiguration` with all four `true` on `AWS::S3::Bucket`.
    ///
    /// ## Limits
    /// A block set by an organisation's S3 policy is not seen.
    item: S3PublicAccess,
    severity: High,
    kinds: [BUCKET],
    reads: [PUBLIC_ACCESS_BLOCK],
    borrows: [BUCKET_ACCOUNT => [account::PUBLIC_ACCESS_BLOCK]],
    opens_on: ["PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock", "DeleteAccountPublicAccessBlock"],
    closes_on: ["PutBucketPublicAccessBlock", "PutAccountPublicAccessBlock"],
    controls: [
        (SecurityHub, "S3.8"),
        (CisV3, "2.1.4"),
        (CisV5, "2.1.4"),
        (PciDss, "1.4.4"),
        (Nist80053, "AC-3"),
        (AwsConfig, "s3-bucket-level-public-access-prohibited"),
    ],
    judge: |bucket, _| {
        let own = bucket.get(&PUBLIC_ACCESS_BLOCK).known();
        if let Ok(Some(block)) = own
            && switched_off(&block).is_empty()
        {
            return Ok(Verdict::Pass);
        }
        let account = bucket.related(&BUCKET_ACCOUNT).get(&account::PUBLIC_ACCESS_BLOCK).known();
        if let Ok(Some(block)) = account
            && switched_off(&block).is_empty()
        {
            return Ok(Verdict::Pass);
        }
        let (own, account) = (own?.unwrap_or_default(), account?.unwrap_or_default());
        let off = switched_off(&own)
            .into_iter()
            .filter(|switch| switched_off(&account).contains(switch))
            .map(|switch| Evidence::new(switch, format!("{switch} is off")))
            .collect();
        Ok(Verdict::unless(off, |off| {
            let names: Vec<_> = off.iter().map(|entry| format!("`{}`", entry.key)).collect();
            format!("public access is not blocked: {} off on the bucket and the account", names.join(", "))
        }))
    },
}

use trailhound_model::kinds::account::{ACCOUNT, PUBLIC_ACCESS_BLOCK};
use trailhound_model::{Evidence, Verdict};

use super::switched_off;
use crate::rule;

rule! {
    /// The account blocks public access to all its buckets.
    ///
    /// ## Why
    /// The account's block covers every bucket, those to come included; a block per bucket can be forgotten.
    ///
    /// ## Fix
    /// - Console: S3 → Block Public Access settings for this account → Block all.
    /// - CLI: `aws s3control put-public-access-block --account-id ID --public-access-block-configuration
    ///   BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true`
    /// - CloudFormation: there is no type for it; use the CLI or a custom resource.
    ///
    /// ## Limits
    /// A block set by an organisation's S3 policy is not seen.
    item: S3PublicAccess,
    severity: High,
    kinds: [ACCOUNT],
    reads: [PUBLIC_ACCESS_BLOCK],
    opens_on: ["PutAccountPublicAccessBlock", "DeleteAccountPublicAccessBlock"],
    closes_on: ["PutAccountPublicAccessBlock"],
    controls: [
        (SecurityHub, "S3.1"),
        (CisV3, "2.1.4"),
        (CisV5, "2.1.4"),
        (PciDss, "1.4.4"),
        (Nist80053, "AC-3"),
        (AwsConfig, "s3-account-level-public-access-blocks-periodic"),
    ],
    judge: |account, _| {
        let block = account.get(&PUBLIC_ACCESS_BLOCK).known()?.unwrap_or_default();
        let off = switched_off(&block)
            .into_iter()
            .map(|switch| Evidence::new(switch, format!("{switch} is off")))
            .collect();
        Ok(Verdict::unless(off, |off| {
            let names: Vec<_> = off.iter().map(|entry| format!("`{}`", entry.key)).collect();
            format!("the account does not block public access: {} off", names.join(", "))
        }))
    },
}

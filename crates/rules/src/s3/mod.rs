//! S3 buckets, access points and the account's public access block.

mod account_public_access_block;
mod bucket_public_access_block;
mod bucket_versioning;

use trailhound_model::kinds::s3::{PublicAccessBlock, SWITCHES};

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] =
    &[&account_public_access_block::RULE, &bucket_public_access_block::RULE, &bucket_versioning::RULE];

/// The names of the switches that are off.
fn switched_off(block: &PublicAccessBlock) -> Vec<&'static str> {
    let PublicAccessBlock { block_public_acls, ignore_public_acls, block_public_policy, restrict_public_buckets } =
        *block;
    // In the order of `SWITCHES`.
    let on = [block_public_acls, block_public_policy, ignore_public_acls, restrict_public_buckets];
    SWITCHES.iter().zip(on).filter(|(_, on)| !on).map(|(name, _)| *name).collect()
}

//! S3 buckets, access points and the account's public access block.

mod access_point_policy_private;
mod access_point_public_access_block;
mod account_public_access_block;
mod bucket_acl_disabled;
mod bucket_acl_private;
mod bucket_kms_encryption;
mod bucket_mfa_delete;
mod bucket_object_lock;
mod bucket_policy_account_scoped;
mod bucket_policy_private;
mod bucket_public_access_block;
mod bucket_tls_only;
mod bucket_trail_logging;
mod bucket_trail_private;
mod bucket_versioning;
mod multi_region_access_point_public_access_block;

use trailhound_model::kinds::s3::{
    BUCKET_ACCOUNT, BUCKET_TRAILS, GRANTS, Grant, OWNERSHIP, POLICY, PUBLIC_ACCESS_BLOCK, PublicAccessBlock, SWITCHES,
};
use trailhound_model::kinds::{account, cloudtrail};
use trailhound_model::{Evidence, Facet, RelationDef, Snapshot, Truth, Why};

use crate::policy::{Flavour, Policy};
use crate::{Rule, Signs};

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[
    &access_point_policy_private::RULE,
    &access_point_public_access_block::RULE,
    &account_public_access_block::RULE,
    &bucket_acl_disabled::RULE,
    &bucket_acl_private::RULE,
    &bucket_kms_encryption::RULE,
    &bucket_mfa_delete::RULE,
    &bucket_object_lock::RULE,
    &bucket_policy_account_scoped::RULE,
    &bucket_policy_private::RULE,
    &bucket_public_access_block::RULE,
    &bucket_tls_only::RULE,
    &bucket_trail_logging::RULE,
    &bucket_trail_private::RULE,
    &bucket_versioning::RULE,
    &multi_region_access_point_public_access_block::RULE,
];

/// The names of the switches that are off.
fn switched_off(block: &PublicAccessBlock) -> Vec<&'static str> {
    let PublicAccessBlock { block_public_acls, ignore_public_acls, block_public_policy, restrict_public_buckets } =
        *block;
    // In the order of `SWITCHES`.
    let on = [block_public_acls, block_public_policy, ignore_public_acls, restrict_public_buckets];
    SWITCHES.iter().zip(on).filter(|(_, on)| !on).map(|(name, _)| *name).collect()
}

/// Whether a switch is stated to be on, for the bucket or its account.
///
/// AWS takes a public policy or ACL only while the block is off, so that a grant was taken proves more than what a new
/// bucket has by default, and an account's block that nobody saw excuses nothing.
fn is_stated_on(bucket: &Snapshot<'_>, switch: fn(&PublicAccessBlock) -> bool) -> bool {
    states_on(bucket, &PUBLIC_ACCESS_BLOCK, switch)
        || lends_on(bucket, &BUCKET_ACCOUNT, &account::PUBLIC_ACCESS_BLOCK, switch)
}

/// Whether this resource states that a switch is on.
fn states_on(
    place: &Snapshot<'_>,
    facet: &'static Facet<PublicAccessBlock>,
    switch: fn(&PublicAccessBlock) -> bool,
) -> bool {
    place.is_stated(facet) && matches!(place.get(facet).known(), Ok(Some(block)) if switch(&block))
}

/// Whether a related resource states that a switch is on.
fn lends_on(
    place: &Snapshot<'_>,
    relation: &'static RelationDef,
    facet: &'static Facet<PublicAccessBlock>,
    switch: fn(&PublicAccessBlock) -> bool,
) -> bool {
    place.related(relation).any(|lender| Ok(states_on(lender, facet, switch))) == Truth::Yes
}

/// The statements by which the bucket policy lets everyone in, unless the block cuts them down.
fn public_statements(bucket: &Snapshot<'_>) -> Signs {
    if is_stated_on(bucket, |block| block.restrict_public_buckets) {
        return Signs::default();
    }
    let found = bucket.get(&POLICY).known().and_then(|document| match document {
        Some(document) => Ok(Policy::from_value(&document)?.public(Flavour::Bucket)),
        None => Ok(Signs::default()),
    });
    found.unwrap_or_else(|why| unclear("policy", "the bucket policy", why))
}

/// The grants by which the ACL lets everyone in, unless ACLs are ignored.
fn public_grants(bucket: &Snapshot<'_>) -> Signs {
    let enforced = bucket.is_stated(&OWNERSHIP)
        && matches!(bucket.get(&OWNERSHIP).known(), Ok(Some(ownership)) if ownership.is_enforced());
    if enforced || is_stated_on(bucket, |block| block.ignore_public_acls) {
        return Signs::default();
    }
    let found = bucket.entries(&GRANTS).and_then(|grants| {
        let public = grants.seen().filter(|(_, grant)| grant.is_public());
        let entries = public.map(|(key, grant)| Evidence::new(key, lets_in(grant))).collect();
        grants.settle(entries)
    });
    let mut certain = match found {
        Ok(certain) => certain,
        Err(why) => return unclear("acl", "the ACL", why),
    };
    if !certain.is_empty() {
        // What `s3-bucket-acl-disabled` says of such a bucket, so that one fault is told once.
        certain.push(Evidence::new(ACLS_ON, "AWS took the grant, so ACLs are on"));
    }
    Signs { certain, ..Signs::default() }
}

/// The key of the entry that says that ACLs are not switched off.
const ACLS_ON: &str = "ownership";

fn lets_in(grant: &Grant) -> String {
    let who = if grant.grantee.ends_with("AllUsers") { "everyone" } else { "everyone with an AWS account" };
    format!("lets {who} `{}`", grant.permission)
}

fn unclear(key: &str, what: &str, why: Why) -> Signs {
    Signs { unclear: vec![Evidence::new(key, format!("{what} is not known"))], why: Some(why), ..Signs::default() }
}

/// Statements and grants as words: each key with what it does.
fn listed(entries: &[Evidence]) -> String {
    let grants = entries.iter().filter(|entry| &*entry.key != ACLS_ON);
    let words: Vec<_> = grants.map(|entry| format!("`{}` {}", entry.key, entry.detail)).collect();
    words.join("; ")
}

/// Whether some trail delivers its log files to the bucket.
///
/// # Errors
/// Why it cannot be told: events never show that there is no such trail.
fn serves_trail(bucket: &Snapshot<'_>) -> Result<bool, Why> {
    let name = &*bucket.resource.id;
    let delivers = |trail: &Snapshot<'_>| Ok(trail.get(&cloudtrail::BUCKET_NAME).known()?.as_deref() == Some(name));
    bucket.related(&BUCKET_TRAILS).any(delivers).known()
}

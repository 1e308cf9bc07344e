use trailhound_model::kinds::account;
use trailhound_model::kinds::s3::{
    ACCESS_POINT, ACCESS_POINT_ACCOUNT, ACCESS_POINT_POLICY, ACCESS_POINT_PUBLIC_ACCESS_BLOCK, ACCESS_POINT_VPC,
    BUCKET_BEHIND, PUBLIC_ACCESS_BLOCK, PublicAccessBlock,
};
use trailhound_model::{Snapshot, Verdict};

use super::{lends_on, listed, states_on};
use crate::policy::{Flavour, Policy};
use crate::rule;

rule! {
    /// Policies of access points let nobody in whom they do not name.
    ///
    /// ## Why
    /// An access point is one more door to a bucket. A policy on it that allows everyone opens that door to the internet,
    /// and the bucket's own policy does not show it.
    ///
    /// ## Fix
    /// - Console: S3 → Access Points → the access point → Permissions → Access point policy.
    /// - CLI: `aws s3control delete-access-point-policy --account-id ID --name NAME`, or `put-access-point-policy`.
    /// - CloudFormation: `Policy` on `AWS::S3::AccessPoint`.
    ///
    /// ## Limits
    /// Public is what AWS means by it; naming the access point itself in a condition narrows nothing. As for buckets, only a
    /// block that is stated excuses a public policy: the access point's, its bucket's or its account's. An access point of a
    /// VPC is not public. Whether the bucket's policy lets the access point's users in is not asked.
    item: S3PublicAccess,
    severity: High,
    kinds: [ACCESS_POINT],
    reads: [ACCESS_POINT_POLICY, ACCESS_POINT_PUBLIC_ACCESS_BLOCK, ACCESS_POINT_VPC],
    borrows: [
        ACCESS_POINT_ACCOUNT => [account::PUBLIC_ACCESS_BLOCK],
        BUCKET_BEHIND => [PUBLIC_ACCESS_BLOCK],
    ],
    opens_on: ["PutAccessPointPolicy"],
    closes_on: [
        "DeleteAccessPointPolicy",
        "PutAccessPointPolicy",
        "PutAccountPublicAccessBlock",
        "PutBucketPublicAccessBlock",
    ],
    controls: [(Nist80053, "AC-3"), (Nist80053, "AC-21"), (Nist80053, "SC-7")],
    judge: |access_point, _| {
        let vpc = access_point.get(&ACCESS_POINT_VPC).known();
        if matches!(vpc, Ok(Some(_))) || is_restricted(access_point) {
            return Ok(Verdict::Pass);
        }
        let Some(document) = access_point.get(&ACCESS_POINT_POLICY).known()? else { return Ok(Verdict::Pass) };
        let open = Policy::from_value(&document)?.public(Flavour::AccessPoint);
        if !open.is_clear() {
            vpc?;
        }
        open.answer(|open| format!("the access point's policy is public: {}", listed(open)))
    },
}

/// Whether a block that is stated cuts public policies down: the access point's, the bucket's or the account's.
fn is_restricted(access_point: &Snapshot<'_>) -> bool {
    let switch = |block: &PublicAccessBlock| block.restrict_public_buckets;
    states_on(access_point, &ACCESS_POINT_PUBLIC_ACCESS_BLOCK, switch)
        || lends_on(access_point, &BUCKET_BEHIND, &PUBLIC_ACCESS_BLOCK, switch)
        || lends_on(access_point, &ACCESS_POINT_ACCOUNT, &account::PUBLIC_ACCESS_BLOCK, switch)
}

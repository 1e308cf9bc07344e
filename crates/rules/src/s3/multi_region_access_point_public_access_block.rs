use trailhound_model::kinds::s3::{MULTI_REGION_ACCESS_POINT, MULTI_REGION_PUBLIC_ACCESS_BLOCK};
use trailhound_model::{Evidence, Verdict};

use super::switched_off;
use crate::rule;

rule! {
    /// Multi-region access points block public access with all four switches.
    ///
    /// ## Why
    /// A multi-region access point is a door to buckets in several regions. Its block is set once, when it is created, and
    /// cannot be put right later.
    ///
    /// ## Fix
    /// The block cannot be changed: create another one, move its users, delete this one.
    /// - Console: S3 → Multi-Region Access Points → Create → Block all public access.
    /// - CLI: `aws s3control create-multi-region-access-point --account-id ID --details Name=NAME,Regions=[{Bucket=BUCKET}]`,
    ///   which blocks all by default.
    /// - CloudFormation: leave out `PublicAccessBlockConfiguration`, or set all four to `true`, on
    ///   `AWS::S3::MultiRegionAccessPoint`.
    ///
    /// ## Limits
    /// AWS creates it some minutes after the call, and may fail to: then there is nothing to fix.
    item: S3PublicAccess,
    severity: Medium,
    kinds: [MULTI_REGION_ACCESS_POINT],
    reads: [MULTI_REGION_PUBLIC_ACCESS_BLOCK],
    opens_on: ["CreateMultiRegionAccessPoint"],
    closes_on: ["DeleteMultiRegionAccessPoint"],
    controls: [
        (SecurityHub, "S3.24"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-21"),
        (Nist80053, "SC-7"),
    ],
    judge: |access_point, _| {
        let block = access_point.get(&MULTI_REGION_PUBLIC_ACCESS_BLOCK).known()?.unwrap_or_default();
        let off = switched_off(&block)
            .into_iter()
            .map(|switch| Evidence::new(switch, format!("{switch} is off")))
            .collect();
        Ok(Verdict::unless(off, |off| {
            let names: Vec<_> = off.iter().map(|entry| format!("`{}`", entry.key)).collect();
            format!("the access point does not block public access: {} off", names.join(", "))
        }))
    },
}

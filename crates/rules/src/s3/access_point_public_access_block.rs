use trailhound_model::kinds::s3::{ACCESS_POINT, ACCESS_POINT_PUBLIC_ACCESS_BLOCK, ACCESS_POINT_VPC};
use trailhound_model::{Evidence, Verdict};

use super::switched_off;
use crate::rule;

rule! {
    /// Access points block public access with all four switches, or answer to one VPC only.
    ///
    /// ## Why
    /// An access point is one more door to a bucket, with a policy of its own. Its block is set once, when it is created, and
    /// cannot be put right later.
    ///
    /// ## Fix
    /// The block of an access point cannot be changed: create another one, move its users, delete this one.
    /// - Console: S3 → Access Points → Create → Block all public access.
    /// - CLI: `aws s3control create-access-point --account-id ID --name NAME --bucket BUCKET`, which blocks all by default.
    /// - CloudFormation: leave out `PublicAccessBlockConfiguration`, or set all four to `true`, on `AWS::S3::AccessPoint`.
    ///
    /// ## Limits
    /// The bucket's and the account's blocks hold for its access points too and are judged by their own rules.
    item: S3PublicAccess,
    severity: Medium,
    kinds: [ACCESS_POINT],
    reads: [ACCESS_POINT_PUBLIC_ACCESS_BLOCK, ACCESS_POINT_VPC],
    opens_on: ["CreateAccessPoint"],
    closes_on: ["DeleteAccessPoint"],
    controls: [
        (SecurityHub, "S3.19"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-21"),
        (Nist80053, "SC-7"),
        (AwsConfig, "s3-access-point-public-access-blocks"),
    ],
    judge: |access_point, _| {
        let vpc = access_point.get(&ACCESS_POINT_VPC).known();
        if let Ok(Some(_)) = vpc {
            return Ok(Verdict::Pass);
        }
        let block = access_point.get(&ACCESS_POINT_PUBLIC_ACCESS_BLOCK).known()?.unwrap_or_default();
        let off: Vec<_> = switched_off(&block)
            .into_iter()
            .map(|switch| Evidence::new(switch, format!("{switch} is off")))
            .collect();
        if !off.is_empty() {
            vpc?;
        }
        Ok(Verdict::unless(off, |off| {
            let names: Vec<_> = off.iter().map(|entry| format!("`{}`", entry.key)).collect();
            format!("the access point does not block public access: {} off", names.join(", "))
        }))
    },
}

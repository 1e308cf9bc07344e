use trailhound_model::kinds::cloudtrail::{IS_LOGGING, IS_MULTI_REGION, OTHER_TRAILS, TRAIL};
use trailhound_model::{Truth, Verdict};

use crate::rule;

rule! {
    /// Trails record in all regions, or another trail of the account does.
    ///
    /// ## Why
    /// A trail of one region sees nothing of the others, where an attacker can start machines as well as here.
    ///
    /// ## Fix
    /// - Console: CloudTrail creates multi-region trails only; change an old trail by the CLI.
    /// - CLI: `aws cloudtrail update-trail --name NAME --is-multi-region-trail`
    /// - CloudFormation: `IsMultiRegionTrail: true` on `AWS::CloudTrail::Trail`.
    ///
    /// ## Limits
    /// Another multi-region trail counts only if it was seen, and seen to record. An organisation's trail in another account
    /// is not seen.
    item: Cloudtrail,
    severity: Medium,
    kinds: [TRAIL],
    reads: [IS_MULTI_REGION],
    borrows: [OTHER_TRAILS => [IS_LOGGING, IS_MULTI_REGION]],
    opens_on: ["CreateTrail", "StopLogging", "UpdateTrail"],
    closes_on: ["StartLogging", "UpdateTrail"],
    controls: [
        (SecurityHub, "~CloudTrail.1"),
        (PciDss, "10.2.1"),
        (Nist80053, "AU-12"),
        (AwsConfig, "multi-region-cloudtrail-enabled"),
    ],
    judge: |trail, _| {
        let own = trail.get(&IS_MULTI_REGION).known();
        let another = trail.related(&OTHER_TRAILS).any(|other| {
            Ok(other.get(&IS_MULTI_REGION).known()? == Some(true) && other.get(&IS_LOGGING).known()? == Some(true))
        });
        if own == Ok(Some(true)) || another == Truth::Yes {
            return Ok(Verdict::Pass);
        }
        own?;
        Ok(Verdict::fail("regions", "records in one region only, and no other trail is known to record in all"))
    },
}

use trailhound_model::kinds::account::ACCOUNT;
use trailhound_model::kinds::cloudtrail::{
    ACCOUNT_TRAILS, ADVANCED_EVENT_SELECTORS, EVENT_SELECTORS, IS_LOGGING, IS_MULTI_REGION,
};
use trailhound_model::{Snapshot, Verdict, Why};

use super::{Kept, all_true, kept};
use crate::rule;

rule! {
    /// The account has a trail that keeps all management events of all regions.
    ///
    /// ## Why
    /// Without such a trail an attacker works unseen in a region that nobody uses, and this tool is blind as well.
    ///
    /// ## Fix
    /// - Console: CloudTrail → Create trail, which covers all regions, with management events read and write.
    /// - CLI: `aws cloudtrail create-trail --name NAME --s3-bucket-name BUCKET --is-multi-region-trail`, then
    ///   `aws cloudtrail start-logging --name NAME`
    /// - CloudFormation: `AWS::CloudTrail::Trail` with `IsLogging: true` and `IsMultiRegionTrail: true`.
    ///
    /// ## Limits
    /// Events show which trails there are, never that there is no other one: without a read the answer is a pass or
    /// unknown. An organisation's trail counts where it is read from the account.
    item: Cloudtrail,
    severity: High,
    kinds: [ACCOUNT],
    reads: [],
    borrows: [ACCOUNT_TRAILS => [ADVANCED_EVENT_SELECTORS, EVENT_SELECTORS, IS_LOGGING, IS_MULTI_REGION]],
    opens_on: ["DeleteTrail", "PutEventSelectors", "StopLogging", "UpdateTrail"],
    closes_on: ["PutEventSelectors", "StartLogging", "UpdateTrail"],
    controls: [
        (SecurityHub, "CloudTrail.1"),
        (CisV3, "3.1"),
        (CisV5, "3.1"),
        (PciDss, "10.2.1"),
        (Nist80053, "AU-2"),
        (Nist80053, "AU-3"),
        (Nist80053, "AU-12"),
        (AwsConfig, "multi-region-cloudtrail-enabled"),
    ],
    judge: |account, _| {
        let found = account.related(&ACCOUNT_TRAILS).any(keeps_everything).known()?;
        Ok(if found {
            Verdict::Pass
        } else {
            Verdict::fail("trail", "no trail records all management events in all regions")
        })
    },
}

/// Whether a trail is recording in all regions and keeps all management events.
fn keeps_everything(trail: &Snapshot<'_>) -> Result<bool, Why> {
    let is_on = |facet| trail.get(facet).known().map(|on| on.unwrap_or(false));
    all_true([is_on(&IS_LOGGING), is_on(&IS_MULTI_REGION), kept(trail).map(|kept| kept == Kept::ALL)])
}

use trailhound_model::kinds::cloudtrail::{ADVANCED_EVENT_SELECTORS, EVENT_SELECTORS, TRAIL};
use trailhound_model::{Evidence, Verdict};

use super::kept;
use crate::rule;

rule! {
    /// Trails keep all management events, those that read and those that write.
    ///
    /// ## Why
    /// A trail whose selectors leave management events out is as good as stopped, and looks as if it were not. Reads are the
    /// trace of somebody looking around before an attack.
    ///
    /// ## Fix
    /// - Console: CloudTrail → Trails → the trail → Management events → Read and Write.
    /// - CLI: `aws cloudtrail put-event-selectors --trail-name NAME --event-selectors
    ///   '[{"ReadWriteType":"All","IncludeManagementEvents":true}]'`
    /// - CloudFormation: leave out `EventSelectors` on `AWS::CloudTrail::Trail`, or include management events of type `All`.
    ///
    /// ## Limits
    /// Events of KMS and of the RDS Data API may be left out, for their number; any other exclusion counts as keeping none. A
    /// trail made for data events only fails: accept it by an exception.
    item: Cloudtrail,
    severity: Critical,
    kinds: [TRAIL],
    reads: [ADVANCED_EVENT_SELECTORS, EVENT_SELECTORS],
    opens_on: ["PutEventSelectors"],
    closes_on: ["PutEventSelectors"],
    controls: [
        (SecurityHub, "CloudTrail.1"),
        (PciDss, "10.2.1"),
        (Nist80053, "AU-2"),
        (Nist80053, "AU-12"),
        (AwsConfig, "multi-region-cloudtrail-enabled"),
    ],
    judge: |trail, _| {
        let kept = kept(trail)?;
        let missing = [("reads", kept.reads), ("writes", kept.writes)]
            .into_iter()
            .filter(|(_, kept)| !kept)
            .map(|(what, _)| Evidence::new(what, format!("management events that are {what} are not all kept")))
            .collect();
        Ok(Verdict::unless(missing, |missing| {
            let words: Vec<_> = missing.iter().map(|entry| format!("`{}`", entry.key)).collect();
            format!("does not keep all management events: {} are left out, at least in part", words.join(" and "))
        }))
    },
}

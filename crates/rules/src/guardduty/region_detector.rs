use trailhound_model::Verdict;
use trailhound_model::kinds::account::REGION;
use trailhound_model::kinds::guardduty::REGION_DETECTOR;

use crate::rule;

rule! {
    /// The region has a GuardDuty detector.
    ///
    /// ## Why
    /// GuardDuty looks for signs of attacks in logs that nobody else reads. A region without it is where an attacker goes.
    ///
    /// ## Fix
    /// - Console: GuardDuty → Get started → Enable, in each region; or for the whole organisation, from the administrator.
    /// - CLI: `aws guardduty create-detector --enable`
    /// - CloudFormation: `AWS::GuardDuty::Detector` with `Enable: true`.
    ///
    /// ## Limits
    /// Says that there is a detector; `guardduty-detector-enabled` says whether it works.
    item: Guardduty,
    severity: High,
    kinds: [REGION],
    reads: [REGION_DETECTOR],
    opens_on: ["DeleteDetector"],
    closes_on: ["CreateDetector"],
    controls: [
        (SecurityHub, "GuardDuty.1"),
        (PciDss, "11.5.1"),
        (Nist80053, "CA-7"),
        (Nist80053, "SI-4"),
        (AwsConfig, "guardduty-enabled-centralized"),
    ],
    judge: |region, _| {
        Ok(match region.get(&REGION_DETECTOR).known()? {
            Some(_) => Verdict::Pass,
            None => Verdict::fail("detector", "there is no GuardDuty detector in the region"),
        })
    },
}

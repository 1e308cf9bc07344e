use trailhound_model::Verdict;
use trailhound_model::kinds::guardduty::{DETECTOR, ENABLE};

use crate::rule;

rule! {
    /// GuardDuty detectors are enabled.
    ///
    /// ## Why
    /// A suspended detector finds nothing and looks as if all were well. Suspending it is a known first step of an attack.
    ///
    /// ## Fix
    /// - Console: GuardDuty → Settings → Re-enable GuardDuty.
    /// - CLI: `aws guardduty update-detector --detector-id ID --enable`
    /// - CloudFormation: `Enable: true` on `AWS::GuardDuty::Detector`.
    ///
    /// ## Limits
    /// A detector that is deleted is told by `guardduty-region-detector`.
    item: Guardduty,
    severity: Critical,
    kinds: [DETECTOR],
    reads: [ENABLE],
    opens_on: ["CreateDetector", "UpdateDetector"],
    closes_on: ["UpdateDetector"],
    controls: [
        (SecurityHub, "GuardDuty.1"),
        (PciDss, "11.5.1"),
        (Nist80053, "CA-7"),
        (Nist80053, "SI-4"),
        (AwsConfig, "guardduty-enabled-centralized"),
    ],
    judge: |detector, _| {
        let on = detector.get(&ENABLE).known()?.unwrap_or(false);
        Ok(if on { Verdict::Pass } else { Verdict::fail("enable", "the detector is suspended") })
    },
}

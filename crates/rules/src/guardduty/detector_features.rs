use trailhound_model::kinds::guardduty::{DETECTOR, FEATURES, FEATURES_AT_CREATION};
use trailhound_model::{Evidence, Truth, Verdict};

use crate::rule;

rule! {
    /// GuardDuty detectors have their protection plans switched on.
    ///
    /// ## Why
    /// By itself GuardDuty reads CloudTrail, flow logs and DNS. Attacks on buckets, clusters, databases, functions and by
    /// malware show only to the plan that looks there.
    ///
    /// ## Fix
    /// - Console: GuardDuty → Protection plans → Enable each.
    /// - CLI: `aws guardduty update-detector --detector-id ID --features Name=S3_DATA_EVENTS,Status=ENABLED`
    /// - CloudFormation: `Features` on `AWS::GuardDuty::Detector`.
    ///
    /// ## Limits
    /// Wants S3, EKS audit logs, malware protection of volumes, RDS and Lambda; runtime monitoring and others by
    /// configuration. Some regions do not offer all of them. Whether there is anything to protect is not asked.
    item: Guardduty,
    severity: Medium,
    kinds: [DETECTOR],
    reads: [FEATURES],
    opens_on: ["CreateDetector", "UpdateDetector", "UpdateMemberDetectors"],
    closes_on: ["UpdateDetector", "UpdateMemberDetectors"],
    controls: [
        (SecurityHub, "GuardDuty.5"),
        (SecurityHub, "GuardDuty.6"),
        (SecurityHub, "GuardDuty.8"),
        (SecurityHub, "GuardDuty.9"),
        (SecurityHub, "GuardDuty.10"),
        (Nist80053, "SI-4"),
    ],
    judge: |detector, settings| {
        let features = detector.entries(&FEATURES)?;
        let (mut missing, mut doubt) = (Vec::new(), None);
        for wanted in FEATURES_AT_CREATION.into_iter().chain(settings.detector_features.iter().map(String::as_str)) {
            match features.seen().find(|(name, _)| *name == wanted) {
                Some((_, feature)) if feature.is_on() => continue,
                Some((_, feature)) => {
                    missing.push(Evidence::new(wanted, format!("{wanted} is `{}`", feature.status)));
                    continue;
                }
                None => {}
            }
            match features.any(|name, _| name == wanted) {
                Truth::Unknown(why) => doubt = Some(why),
                _ => missing.push(Evidence::new(wanted, format!("{wanted} is not enabled"))),
            }
        }
        match doubt {
            Some(why) if missing.is_empty() => Err(why),
            _ => Ok(Verdict::unless(missing, |missing| {
                let names: Vec<_> = missing.iter().map(|entry| format!("`{}`", entry.key)).collect();
                format!("not everything is looked at: {} off", names.join(", "))
            })),
        }
    },
}

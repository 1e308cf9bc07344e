use trailhound_model::Verdict;
use trailhound_model::kinds::cloudtrail::{LOG_VALIDATION, TRAIL};

use crate::rule;

rule! {
    /// Trails keep signed digests of their log files.
    ///
    /// ## Why
    /// Without digests nobody can show that a log file was not changed or removed, and it proves little.
    ///
    /// ## Fix
    /// - Console: CloudTrail → Trails → the trail → Edit → Log file validation.
    /// - CLI: `aws cloudtrail update-trail --name NAME --enable-log-file-validation`
    /// - CloudFormation: `EnableLogFileValidation: true` on `AWS::CloudTrail::Trail`.
    ///
    /// ## Limits
    /// Says that digests are made, not that anybody checks them.
    item: Cloudtrail,
    severity: Medium,
    kinds: [TRAIL],
    reads: [LOG_VALIDATION],
    opens_on: ["CreateTrail", "UpdateTrail"],
    closes_on: ["UpdateTrail"],
    controls: [
        (SecurityHub, "CloudTrail.4"),
        (CisV3, "3.2"),
        (CisV5, "3.2"),
        (PciDss, "10.3.2"),
        (PciDss, "10.3.4"),
        (Nist80053, "AU-9"),
        (Nist80053, "SI-7(1)"),
        (AwsConfig, "cloud-trail-log-file-validation-enabled"),
    ],
    judge: |trail, _| {
        let on = trail.get(&LOG_VALIDATION).known()?.unwrap_or(false);
        Ok(if on { Verdict::Pass } else { Verdict::fail("validation", "log file validation is off") })
    },
}

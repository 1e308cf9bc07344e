use trailhound_model::Verdict;
use trailhound_model::kinds::account::REGION;
use trailhound_model::kinds::securityhub::ENABLED;

use crate::rule;

rule! {
    /// Security Hub is enabled in the region.
    ///
    /// ## Why
    /// Security Hub gathers the findings of all other services in one place, where they are seen and counted.
    ///
    /// ## Fix
    /// - Console: Security Hub → Go to Security Hub → Enable, in each region.
    /// - CLI: `aws securityhub enable-security-hub`
    /// - CloudFormation: `AWS::SecurityHub::Hub`.
    ///
    /// ## Limits
    /// Does not look at which standards are enabled. Means Security Hub CSPM; its successor of the same name does not count.
    item: Guardduty,
    severity: Low,
    kinds: [REGION],
    reads: [ENABLED],
    opens_on: ["DisableSecurityHub"],
    closes_on: ["EnableSecurityHub"],
    controls: [(CisV3, "4.16"), (CisV5, "4.16"), (Nist80053, "SI-4"), (AwsConfig, "securityhub-enabled")],
    judge: |region, _| {
        let on = region.get(&ENABLED).known()?.unwrap_or(false);
        Ok(if on { Verdict::Pass } else { Verdict::fail("hub", "Security Hub is not enabled in the region") })
    },
}

use trailhound_model::Verdict;
use trailhound_model::kinds::cloudtrail::{IS_LOGGING, TRAIL};

use crate::rule;

rule! {
    /// Trails are recording.
    ///
    /// ## Why
    /// To stop the trail is the first thing an attacker does: what follows leaves no trace. It is hardly ever done for a good
    /// reason.
    ///
    /// ## Fix
    /// - Console: CloudTrail → Trails → the trail → Start logging.
    /// - CLI: `aws cloudtrail start-logging --name NAME`
    /// - CloudFormation: `IsLogging: true` on `AWS::CloudTrail::Trail`.
    ///
    /// ## Limits
    /// While the only trail is stopped nothing is recorded: the next event is the `StartLogging` that ends it.
    item: Cloudtrail,
    severity: Critical,
    kinds: [TRAIL],
    reads: [IS_LOGGING],
    opens_on: ["CreateTrail", "StopLogging"],
    closes_on: ["StartLogging"],
    controls: [
        (SecurityHub, "CloudTrail.1"),
        (PciDss, "10.2.1"),
        (Nist80053, "AU-2"),
        (Nist80053, "AU-12"),
        (AwsConfig, "cloudtrail-enabled"),
    ],
    judge: |trail, _| {
        let on = trail.get(&IS_LOGGING).known()?.unwrap_or(false);
        Ok(if on { Verdict::Pass } else { Verdict::fail("logging", "the trail is not recording") })
    },
}

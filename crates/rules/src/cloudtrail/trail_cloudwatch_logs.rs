use trailhound_model::Verdict;
use trailhound_model::kinds::cloudtrail::{LOG_GROUP, TRAIL};

use crate::rule;

rule! {
    /// Trails send their events to a log group as well.
    ///
    /// ## Why
    /// Log files in a bucket come in packets and nobody looks at them. In CloudWatch Logs events can be searched and alarmed
    /// on within minutes.
    ///
    /// ## Fix
    /// - Console: CloudTrail → Trails → the trail → CloudWatch Logs → Edit → Enabled.
    /// - CLI: `aws cloudtrail update-trail --name NAME --cloud-watch-logs-log-group-arn GROUP --cloud-watch-logs-role-arn ROLE`
    /// - CloudFormation: `CloudWatchLogsLogGroupArn` and `CloudWatchLogsRoleArn` on `AWS::CloudTrail::Trail`.
    ///
    /// ## Limits
    /// Where events are watched by EventBridge, as by this tool, the log group adds little: accept it by an exception.
    item: Cloudtrail,
    severity: Low,
    kinds: [TRAIL],
    reads: [LOG_GROUP],
    opens_on: ["CreateTrail", "UpdateTrail"],
    closes_on: ["UpdateTrail"],
    controls: [
        (SecurityHub, "CloudTrail.5"),
        (PciDss, "10.2.1"),
        (Nist80053, "AU-2"),
        (Nist80053, "AU-6(3)"),
        (AwsConfig, "cloud-trail-cloud-watch-logs-enabled"),
    ],
    judge: |trail, _| {
        Ok(match trail.get(&LOG_GROUP).known()? {
            Some(_) => Verdict::Pass,
            None => Verdict::fail("log-group", "events are not sent to a log group"),
        })
    },
}

use trailhound_model::Verdict;
use trailhound_model::kinds::cloudtrail;
use trailhound_model::kinds::s3::{BUCKET, BUCKET_TRAILS, LOGGING};

use super::serves_trail;
use crate::rule;

rule! {
    /// Buckets that hold CloudTrail's log files log who reads them.
    ///
    /// ## Why
    /// Who looks at the audit log, or deletes from it, is the first question after an attack, and the log itself does not
    /// answer it unless data events are kept.
    ///
    /// ## Fix
    /// - Console: bucket → Properties → Server access logging → Enable.
    /// - CLI: `aws s3api put-bucket-logging --bucket NAME --bucket-logging-status
    ///   'LoggingEnabled={TargetBucket=LOGS,TargetPrefix=NAME/}'`
    /// - CloudFormation: `LoggingConfiguration` on `AWS::S3::Bucket`.
    ///
    /// ## Limits
    /// Knows trails of the bucket's own account only. Does not accept S3 data events of a trail in its place.
    item: Cloudtrail,
    severity: Low,
    kinds: [BUCKET],
    reads: [LOGGING],
    borrows: [BUCKET_TRAILS => [cloudtrail::BUCKET_NAME]],
    opens_on: ["CreateTrail", "PutBucketLogging", "UpdateTrail"],
    closes_on: ["PutBucketLogging"],
    controls: [
        (SecurityHub, "CloudTrail.7"),
        (CisV3, "3.4"),
        (CisV5, "3.4"),
        (AwsConfig, "cloudtrail-s3-bucket-access-logging"),
    ],
    judge: |bucket, _| {
        if !serves_trail(bucket)? {
            return Ok(Verdict::not_applicable("no trail delivers to the bucket"));
        }
        Ok(match bucket.get(&LOGGING).known()? {
            Some(_) => Verdict::Pass,
            None => Verdict::fail("logging", "access to CloudTrail's log files is not logged"),
        })
    },
}

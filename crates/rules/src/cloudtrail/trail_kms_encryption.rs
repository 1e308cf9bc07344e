use trailhound_model::Verdict;
use trailhound_model::kinds::cloudtrail::{KMS_KEY, TRAIL};

use crate::rule;

rule! {
    /// Trails encrypt their log files with a KMS key.
    ///
    /// ## Why
    /// The log tells much about the account. With a KMS key, reading it takes a permission on the key besides the one on the
    /// bucket, and each use is recorded.
    ///
    /// ## Fix
    /// - Console: CloudTrail → Trails → the trail → Edit → Log file SSE-KMS encryption.
    /// - CLI: `aws cloudtrail update-trail --name NAME --kms-key-id KEY`
    /// - CloudFormation: `KMSKeyId` on `AWS::CloudTrail::Trail`.
    ///
    /// ## Limits
    /// Log files already there keep the encryption they have.
    item: EncryptionAtRest,
    severity: Medium,
    kinds: [TRAIL],
    reads: [KMS_KEY],
    opens_on: ["CreateTrail", "UpdateTrail"],
    closes_on: ["UpdateTrail"],
    controls: [
        (SecurityHub, "CloudTrail.2"),
        (CisV3, "3.5"),
        (CisV5, "3.5"),
        (PciDss, "3.5.1"),
        (PciDss, "10.3.2"),
        (Nist80053, "AU-9"),
        (Nist80053, "SC-28"),
        (AwsConfig, "cloud-trail-encryption-enabled"),
    ],
    judge: |trail, _| {
        Ok(match trail.get(&KMS_KEY).known()? {
            Some(_) => Verdict::Pass,
            None => Verdict::fail("key", "log files are not encrypted with a KMS key"),
        })
    },
}

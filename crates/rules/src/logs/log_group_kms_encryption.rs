use trailhound_model::Verdict;
use trailhound_model::kinds::logs::{KMS_KEY, LOG_GROUP};

use crate::rule;

rule! {
    /// Log groups are encrypted with a KMS key.
    ///
    /// ## Why
    /// Logs are always encrypted. With a key of your own its policy says who can read them, each use of it is logged, and
    /// disabling it ends access at once.
    ///
    /// ## Fix
    /// - Console: a key can be given when a group is created, not later: use the CLI.
    /// - CLI: `aws logs associate-kms-key --log-group-name NAME --kms-key-id KEY_ARN`; the key's policy has to let CloudWatch
    ///   Logs use it.
    /// - CloudFormation: `KmsKeyId` on `AWS::Logs::LogGroup`.
    ///
    /// ## Limits
    /// What was logged before the key was set stays as it was. The rule is off until switched on.
    item: EncryptionAtRest,
    severity: Low,
    kinds: [LOG_GROUP],
    reads: [KMS_KEY],
    opens_on: ["CreateLogGroup", "DisassociateKmsKey"],
    closes_on: ["AssociateKmsKey", "DeleteLogGroup"],
    controls: [(Nist80053, "SC-28"), (Nist80053, "SC-28(1)"), (AwsConfig, "cloudwatch-log-group-encrypted")],
    optional: true,
    judge: |group, _| {
        Ok(match group.get(&KMS_KEY).known()? {
            Some(_) => Verdict::Pass,
            None => Verdict::fail("KmsKeyId", "the log group has no KMS key"),
        })
    },
}

use trailhound_model::Verdict;
use trailhound_model::kinds::sns::{KMS_KEY, TOPIC};

use crate::rule;

rule! {
    /// SNS topics encrypt messages with a KMS key.
    ///
    /// ## Why
    /// Messages wait in the topic until they are delivered, for hours if a subscriber is down. A key decides who can
    /// read them there.
    ///
    /// ## Fix
    /// - Console: topic → Edit → Encryption.
    /// - CLI: `aws sns set-topic-attributes --topic-arn ARN --attribute-name KmsMasterKeyId --attribute-value
    ///   alias/aws/sns`
    /// - CloudFormation: `KmsMasterKeyId` on `AWS::SNS::Topic`.
    ///
    /// ## Limits
    /// Any key will do. With the AWS-managed key, services such as CloudWatch cannot publish: they need a key of your
    /// own whose policy lets them.
    item: EncryptionAtRest,
    severity: Low,
    kinds: [TOPIC],
    reads: [KMS_KEY],
    opens_on: ["CreateTopic", "SetTopicAttributes"],
    closes_on: ["SetTopicAttributes"],
    controls: [
        (SecurityHub, "SNS.1"),
        (PciDss, "3.5.1"),
        (Nist80053, "SC-13"),
        (Nist80053, "SC-28"),
        (AwsConfig, "sns-encrypted-kms"),
    ],
    judge: |topic, _| {
        Ok(match topic.get(&KMS_KEY).known()? {
            Some(_) => Verdict::Pass,
            None => Verdict::fail("KmsMasterKeyId", "no key encrypts the messages"),
        })
    },
}

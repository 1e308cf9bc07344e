use trailhound_model::Verdict;
use trailhound_model::kinds::firehose::{DELIVERY_STREAM, KEY_TYPE, TYPE};

use crate::rule;

rule! {
    /// Delivery streams that take records themselves encrypt them at rest.
    ///
    /// ## Why
    /// Records wait in the stream until they are delivered, for a day if the destination is down, readable for whoever gets hold of
    /// the storage. Encryption is off until somebody starts it.
    ///
    /// ## Fix
    /// - Console: Amazon Data Firehose → the stream → Configuration → Server-side encryption → Edit → Enable.
    /// - CLI: `aws firehose start-delivery-stream-encryption --delivery-stream-name NAME`
    /// - CloudFormation: `DeliveryStreamEncryptionConfigurationInput: { KeyType: AWS_OWNED_CMK }` on
    ///   `AWS::KinesisFirehose::DeliveryStream`.
    ///
    /// ## Limits
    /// Any key will do. Streams that read from a Kinesis stream or a Kafka topic are encrypted as that is, and the destination has an
    /// encryption of its own.
    item: EncryptionAtRest,
    severity: Medium,
    kinds: [DELIVERY_STREAM],
    reads: [KEY_TYPE, TYPE],
    opens_on: ["CreateDeliveryStream", "StopDeliveryStreamEncryption"],
    closes_on: ["DeleteDeliveryStream", "StartDeliveryStreamEncryption"],
    controls: [(SecurityHub, "DataFirehose.1"), (PciDss, "3.5.1"), (Nist80053, "SC-13"), (Nist80053, "SC-28"), (AwsConfig, "kinesis-firehose-delivery-stream-encrypted")],
    judge: |stream, _| {
        if let Some(source) = stream.get(&TYPE).known()?.filter(|source| source != "DirectPut") {
            return Ok(Verdict::not_applicable(format!("its records come from elsewhere (`{source}`)")));
        }
        Ok(match stream.get(&KEY_TYPE).known()? {
            Some(_) => Verdict::Pass,
            None => Verdict::fail("KeyType", "records are not encrypted at rest"),
        })
    },
}

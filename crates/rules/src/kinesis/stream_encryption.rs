use trailhound_model::Verdict;
use trailhound_model::kinds::kinesis::{ENCRYPTION_TYPE, STREAM};

use crate::rule;

rule! {
    /// Kinesis streams encrypt records with a KMS key.
    ///
    /// ## Why
    /// A stream keeps its records for a day to a year, readable for whoever gets hold of the storage. Encryption is off
    /// until somebody starts it.
    ///
    /// ## Fix
    /// - Console: stream → Configuration → Encryption → Edit → Enable server-side encryption.
    /// - CLI: `aws kinesis start-stream-encryption --stream-name NAME --encryption-type KMS --key-id alias/aws/kinesis`
    /// - CloudFormation: `StreamEncryption: { EncryptionType: KMS, KeyId: alias/aws/kinesis }` on
    ///   `AWS::Kinesis::Stream`.
    ///
    /// ## Limits
    /// Records written before encryption was started stay as they are.
    item: EncryptionAtRest,
    severity: Medium,
    kinds: [STREAM],
    reads: [ENCRYPTION_TYPE],
    opens_on: ["CreateStream", "StopStreamEncryption"],
    closes_on: ["StartStreamEncryption"],
    controls: [
        (SecurityHub, "Kinesis.1"),
        (PciDss, "3.5.1"),
        (Nist80053, "SC-13"),
        (Nist80053, "SC-28"),
        (AwsConfig, "kinesis-stream-encrypted"),
    ],
    judge: |stream, _| {
        Ok(match stream.get(&ENCRYPTION_TYPE).known()?.as_deref() {
            Some("KMS") => Verdict::Pass,
            _ => Verdict::fail("EncryptionType", "records are not encrypted at rest"),
        })
    },
}

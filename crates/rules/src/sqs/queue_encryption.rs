use trailhound_model::Verdict;
use trailhound_model::kinds::sqs::{KMS_KEY, QUEUE, SSE_SQS};

use crate::rule;

rule! {
    /// SQS queues encrypt messages at rest.
    ///
    /// ## Why
    /// Messages stay in a queue for up to two weeks. Encryption is on for new queues; somebody has to turn it off.
    ///
    /// ## Fix
    /// - Console: queue → Edit → Encryption → Enabled.
    /// - CLI: `aws sqs set-queue-attributes --queue-url URL --attributes SqsManagedSseEnabled=true`
    /// - CloudFormation: `SqsManagedSseEnabled: true` or `KmsMasterKeyId` on `AWS::SQS::Queue`.
    ///
    /// ## Limits
    /// A KMS key and SQS's own encryption count alike.
    item: EncryptionAtRest,
    severity: Medium,
    kinds: [QUEUE],
    reads: [KMS_KEY, SSE_SQS],
    opens_on: ["SetQueueAttributes", "CreateQueue"],
    closes_on: ["SetQueueAttributes"],
    controls: [(SecurityHub, "SQS.1"), (Nist80053, "SC-13"), (Nist80053, "SC-28")],
    judge: |queue, _| {
        let (key, own) = (queue.get(&KMS_KEY).known(), queue.get(&SSE_SQS).known());
        if matches!(key, Ok(Some(_))) || matches!(own, Ok(Some(true))) {
            return Ok(Verdict::Pass);
        }
        key.and(own)?;
        Ok(Verdict::fail("encryption", "messages are not encrypted at rest"))
    },
}

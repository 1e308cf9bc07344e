use trailhound_model::Verdict;
use trailhound_model::kinds::sqs::{POLICY, QUEUE};

use crate::policy::{Policy, Transport};
use crate::rule;

rule! {
    /// SQS queues refuse requests that are not made over TLS.
    ///
    /// ## Why
    /// SQS still takes requests over plain HTTP. A Deny in the policy keeps a misconfigured client from sending
    /// messages readable for everyone on the way.
    ///
    /// ## Fix
    /// - Console: queue → Access policy → Edit: add a Deny of `sqs:*` for `*` where `aws:SecureTransport` is `false`.
    /// - CLI: `aws sqs set-queue-attributes --queue-url URL --attributes file://attributes.json` with a `Policy`
    /// - CloudFormation: `AWS::SQS::QueuePolicy` with that statement.
    ///
    /// ## Limits
    /// The Deny has to cover every action of SQS and everyone, with no other condition.
    item: EncryptionInTransit,
    severity: Low,
    kinds: [QUEUE],
    reads: [POLICY],
    opens_on: ["SetQueueAttributes"],
    closes_on: ["SetQueueAttributes"],
    controls: [],
    optional: true,
    judge: |queue, _| {
        let Some(document) = queue.get(&POLICY).known()? else {
            return Ok(Verdict::fail("resource", "the queue has no policy that refuses requests without TLS"));
        };
        let open = Policy::from_value(&document)?.plaintext(Transport::Queue);
        open.answer(|_| "the policy does not refuse requests without TLS".to_owned())
    },
}

use trailhound_model::Verdict;
use trailhound_model::kinds::sqs::{POLICY, QUEUE};

use crate::policy::{Flavour, Policy};
use crate::rule;
use crate::signs::keys;

rule! {
    /// The policies of SQS queues let in named principals only.
    ///
    /// ## Why
    /// Whoever may send to a queue feeds its workers; whoever may receive reads and removes what they should have got.
    ///
    /// ## Fix
    /// - Console: queue → Access policy → Edit, and name the principals.
    /// - CLI: `aws sqs set-queue-attributes --queue-url URL --attributes file://attributes.json` with a `Policy`
    /// - CloudFormation: `AWS::SQS::QueuePolicy` with accounts, roles or a service with `aws:SourceArn` as principals.
    ///
    /// ## Limits
    /// `AddPermission` and `RemovePermission` change the policy without showing it, so a log alone cannot tell after
    /// them.
    item: S3PublicAccess,
    severity: Critical,
    kinds: [QUEUE],
    reads: [POLICY],
    opens_on: ["CreateQueue", "SetQueueAttributes"],
    closes_on: ["SetQueueAttributes", "RemovePermission", "DeleteQueue"],
    controls: [
        (SecurityHub, "SQS.3"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-21"),
        (Nist80053, "SC-7"),
        (AwsConfig, "sqs-queue-no-public-access"),
    ],
    judge: |queue, _| {
        let Some(document) = queue.get(&POLICY).known()? else { return Ok(Verdict::Pass) };
        let open = Policy::from_value(&document)?.public(Flavour::Resource);
        open.answer(|open| format!("the queue policy lets everyone in: {}", keys(open)))
    },
}

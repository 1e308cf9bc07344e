use trailhound_model::Verdict;
use trailhound_model::kinds::sns::{POLICY, TOPIC};

use crate::policy::{Policy, Transport};
use crate::rule;

rule! {
    /// SNS topics refuse messages that are not sent over TLS.
    ///
    /// ## Why
    /// SNS still takes messages over plain HTTP. A Deny in the policy keeps a misconfigured publisher from sending them
    /// readable for everyone on the way.
    ///
    /// ## Fix
    /// - Console: topic → Edit → Access policy: add a Deny of `sns:Publish` for `*` where `aws:SecureTransport` is
    ///   `false`.
    /// - CLI: `aws sns set-topic-attributes --topic-arn ARN --attribute-name Policy --attribute-value
    ///   file://policy.json`
    /// - CloudFormation: `AWS::SNS::TopicPolicy` with that statement.
    ///
    /// ## Limits
    /// Looks at publishing only. Deliveries to `http` endpoints are a matter of subscriptions.
    item: EncryptionInTransit,
    severity: Low,
    kinds: [TOPIC],
    reads: [POLICY],
    opens_on: ["SetTopicAttributes"],
    closes_on: ["SetTopicAttributes"],
    controls: [],
    optional: true,
    judge: |topic, _| {
        let Some(document) = topic.get(&POLICY).known()? else {
            return Ok(Verdict::fail("resource", "the topic has no policy that refuses requests without TLS"));
        };
        let open = Policy::from_value(&document)?.plaintext(Transport::Topic);
        open.answer(|_| "the policy does not refuse requests without TLS".to_owned())
    },
}

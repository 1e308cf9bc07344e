use trailhound_model::Verdict;
use trailhound_model::kinds::sns::{POLICY, TOPIC};

use crate::policy::{Flavour, Policy};
use crate::rule;
use crate::signs::keys;

rule! {
    /// The policies of SNS topics let in named principals only.
    ///
    /// ## Why
    /// Whoever may publish to a topic sends messages in your name to everyone who trusts it; whoever may subscribe
    /// reads them.
    ///
    /// ## Fix
    /// - Console: topic → Edit → Access policy → Only the topic owner, or named accounts.
    /// - CLI: `aws sns set-topic-attributes --topic-arn ARN --attribute-name Policy --attribute-value
    ///   file://policy.json`
    /// - CloudFormation: `AWS::SNS::TopicPolicy` with accounts, roles or a service with `aws:SourceAccount` as
    ///   principals.
    ///
    /// ## Limits
    /// The policy that SNS gives a new topic names everyone and narrows it to the owner: that passes. `AddPermission`
    /// and `RemovePermission` change the policy without showing it, so a log alone cannot tell after them.
    item: S3PublicAccess,
    severity: Critical,
    kinds: [TOPIC],
    reads: [POLICY],
    opens_on: ["CreateTopic", "SetTopicAttributes"],
    closes_on: ["SetTopicAttributes", "RemovePermission", "DeleteTopic"],
    controls: [
        (SecurityHub, "SNS.4"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-21"),
        (Nist80053, "SC-7"),
        (AwsConfig, "sns-topic-no-public-access"),
    ],
    judge: |topic, _| {
        let Some(document) = topic.get(&POLICY).known()? else { return Ok(Verdict::Pass) };
        let open = Policy::from_value(&document)?.public(Flavour::Resource);
        open.answer(|open| format!("the topic policy lets everyone in: {}", keys(open)))
    },
}

use trailhound_model::Verdict;
use trailhound_model::kinds::dynamodb::{POLICY, TABLE};

use crate::policy::{Flavour, Policy};
use crate::rule;
use crate::signs::keys;

rule! {
    /// The resource policies of DynamoDB tables let in named principals only.
    ///
    /// ## Why
    /// A resource policy alone is enough to read and write a table from any account: one for everyone hands out the
    /// data.
    ///
    /// ## Fix
    /// - Console: table → Permissions → Resource-based policy → Edit, and name the principals.
    /// - CLI: `aws dynamodb put-resource-policy --resource-arn ARN --policy file://policy.json`, or `aws dynamodb
    ///   delete-resource-policy --resource-arn ARN`
    /// - CloudFormation: `ResourcePolicy` on `AWS::DynamoDB::Table`, with accounts or roles as principals.
    ///
    /// ## Limits
    /// The policies of a table's streams are not judged. AWS refuses the widest of such policies itself.
    item: S3PublicAccess,
    severity: High,
    kinds: [TABLE],
    reads: [POLICY],
    opens_on: ["PutResourcePolicy", "CreateTable"],
    closes_on: ["PutResourcePolicy", "DeleteResourcePolicy"],
    controls: [],
    judge: |table, _| {
        let Some(document) = table.get(&POLICY).known()? else { return Ok(Verdict::not_applicable("it has no resource policy")) };
        let open = Policy::from_value(&document)?.public(Flavour::Resource);
        open.answer(|open| format!("the resource policy lets everyone in: {}", keys(open)))
    },
}

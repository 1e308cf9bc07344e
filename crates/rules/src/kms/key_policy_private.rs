use trailhound_model::Verdict;
use trailhound_model::kinds::kms::{KEY, POLICY};

use crate::policy::{Flavour, Policy};
use crate::rule;
use crate::signs::keys;

rule! {
    /// The policies of KMS keys let in named principals only.
    ///
    /// ## Why
    /// A key policy alone is enough to use a key from any account. With a public one, encryption no longer keeps
    /// anybody out, and strangers can run up the bill or schedule the key for deletion.
    ///
    /// ## Fix
    /// - Console: key → Key policy → Edit, and name the principals.
    /// - CLI: `aws kms put-key-policy --key-id ID --policy-name default --policy file://policy.json`
    /// - CloudFormation: `KeyPolicy` on `AWS::KMS::Key`, with accounts or roles as principals.
    ///
    /// ## Limits
    /// Grants are not judged. `kms:ViaService` alone does not narrow: the service may act for any account.
    item: S3PublicAccess,
    severity: Critical,
    kinds: [KEY],
    reads: [POLICY],
    opens_on: ["CreateKey", "PutKeyPolicy"],
    closes_on: ["PutKeyPolicy"],
    controls: [(SecurityHub, "KMS.5"), (Nist80053, "AC-3"), (AwsConfig, "kms-key-policy-no-public-access")],
    judge: |key, _| {
        let Some(document) = key.get(&POLICY).known()? else { return Ok(Verdict::Pass) };
        let open = Policy::from_value(&document)?.public(Flavour::Resource);
        open.answer(|open| format!("the key policy lets everyone in: {}", keys(open)))
    },
}

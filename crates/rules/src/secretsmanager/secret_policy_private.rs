use trailhound_model::Verdict;
use trailhound_model::kinds::secretsmanager::{POLICY, SECRET};

use crate::policy::{Flavour, Policy};
use crate::rule;
use crate::signs::keys;

rule! {
    /// The policies of secrets let in named principals only.
    ///
    /// ## Why
    /// A resource policy alone is enough to read a secret from any account, if its key lets them too. One for everyone
    /// is an invitation.
    ///
    /// ## Fix
    /// - Console: secret → Resource permissions → Edit permissions, and name the principals.
    /// - CLI: `aws secretsmanager put-resource-policy --secret-id ID --resource-policy file://policy.json
    ///   --block-public-policy`
    /// - CloudFormation: `AWS::SecretsManager::ResourcePolicy` with `BlockPublicPolicy: true`.
    ///
    /// ## Limits
    /// Does not look at the policy of the key that encrypts the secret.
    item: S3PublicAccess,
    severity: Critical,
    kinds: [SECRET],
    reads: [POLICY],
    opens_on: ["PutResourcePolicy", "RestoreSecret"],
    closes_on: ["PutResourcePolicy", "DeleteResourcePolicy", "DeleteSecret"],
    controls: [],
    judge: |secret, _| {
        let Some(document) = secret.get(&POLICY).known()? else { return Ok(Verdict::Pass) };
        let open = Policy::from_value(&document)?.public(Flavour::Resource);
        open.answer(|open| format!("the resource policy lets everyone in: {}", keys(open)))
    },
}

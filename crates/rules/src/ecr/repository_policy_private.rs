use trailhound_model::Verdict;
use trailhound_model::kinds::ecr::{POLICY, REPOSITORY};

use crate::policy::{Flavour, Policy};
use crate::rule;
use crate::signs::listed;

rule! {
    /// Repository policies let nobody in whom they do not name.
    ///
    /// ## Why
    /// Images carry code, dependencies and now and then a secret. A policy for everyone lets any AWS account pull them, or
    /// push one that your clusters then run.
    ///
    /// ## Fix
    /// - Console: ECR → repository → Permissions → edit or delete the statement.
    /// - CLI: `aws ecr set-repository-policy --repository-name NAME --policy-text file://policy.json`, or
    ///   `delete-repository-policy`.
    /// - CloudFormation: in `RepositoryPolicyText` of `AWS::ECR::Repository` name accounts, or add the condition
    ///   `aws:PrincipalOrgID`.
    ///
    /// ## Limits
    /// The registry's own policy and public registries (`ecr-public`) are not looked at.
    item: S3PublicAccess,
    severity: Critical,
    kinds: [REPOSITORY],
    reads: [POLICY],
    opens_on: ["SetRepositoryPolicy"],
    closes_on: ["DeleteRepository", "DeleteRepositoryPolicy", "SetRepositoryPolicy"],
    controls: [],
    judge: |repository, _| {
        let Some(document) = repository.get(&POLICY).known()? else { return Ok(Verdict::Pass) };
        Policy::from_value(&document)?.public(Flavour::Resource).answer(|open| {
            format!("everyone may use the repository: {}", listed(open.iter().map(|entry| &*entry.key)))
        })
    },
}

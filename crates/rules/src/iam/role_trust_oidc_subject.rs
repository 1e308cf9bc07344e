use trailhound_model::kinds::iam::{ROLE, role};

use super::trust;
use crate::policy::Policy;
use crate::rule;

rule! {
    /// Roles that an OpenID Connect issuer opens say for whom.
    ///
    /// ## Why
    /// An issuer such as GitHub's makes tokens for all its users. A role that does not ask whose token it is can be taken by any
    /// of them.
    ///
    /// ## Fix
    /// - Console: IAM → Roles → the role → Trust relationships → Edit: add conditions on the token's `aud` and `sub`.
    /// - CLI: `aws iam update-assume-role-policy --role-name NAME --policy-document file://trust.json`
    /// - CloudFormation: in `AssumeRolePolicyDocument`, `Condition: { StringEquals: { ISSUER:aud: sts.amazonaws.com,
    ///   ISSUER:sub: "repo:OWNER/REPOSITORY:ref:refs/heads/main" } }`.
    ///
    /// ## Limits
    /// A pattern counts as fixed if it does not begin with a wildcard; for GitHub it must name an owner. Roles that AWS services
    /// own are left out.
    item: IamLeastPrivilege,
    severity: High,
    kinds: [ROLE],
    reads: [role::PATH, role::TRUST],
    opens_on: ["CreateRole", "UpdateAssumeRolePolicy"],
    closes_on: ["UpdateAssumeRolePolicy"],
    controls: [
        (PciDss, "7.2.1"),
        (Nist80053, "AC-3"),
        (Nist80053, "IA-2"),
    ],
    judge: |role, _| trust(role, Policy::unfixed_oidc_subjects, "the trust policy does not fix whose tokens open the role"),
}

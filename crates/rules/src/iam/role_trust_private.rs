use trailhound_model::kinds::iam::{ROLE, role};

use super::trust;
use crate::policy::Flavour;
use crate::rule;

rule! {
    /// Roles do not trust everyone.
    ///
    /// ## Why
    /// With `*` as principal, anybody who has an AWS account anywhere can become the role. An external id is no secret and does
    /// not change that.
    ///
    /// ## Fix
    /// - Console: IAM → Roles → the role → Trust relationships → Edit: name accounts, roles or services.
    /// - CLI: `aws iam update-assume-role-policy --role-name NAME --policy-document file://trust.json`
    /// - CloudFormation: name principals in `AssumeRolePolicyDocument`, or narrow `*` by `aws:PrincipalOrgID`.
    ///
    /// ## Limits
    /// A condition on a fixed account, organisation, principal, network or address range narrows the trust. Roles that AWS
    /// services own are left out.
    item: IamLeastPrivilege,
    severity: Critical,
    kinds: [ROLE],
    reads: [role::PATH, role::TRUST],
    opens_on: ["CreateRole", "UpdateAssumeRolePolicy"],
    closes_on: ["UpdateAssumeRolePolicy"],
    controls: [
        (PciDss, "7.2.1"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-6"),
    ],
    judge: |role, _| trust(role, |policy| policy.public(Flavour::Resource), "the trust policy lets everyone in"),
}

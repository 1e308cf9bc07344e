use trailhound_model::kinds::iam::{ROLE, role};

use super::trust;
use crate::rule;

rule! {
    /// Roles that another organisation assumes ask for an external id.
    ///
    /// ## Why
    /// A vendor that acts for many customers can be talked into using one customer's role for another. The external id, chosen by
    /// the vendor for each customer, ties the role to the right one.
    ///
    /// ## Fix
    /// - Console: IAM → Roles → the role → Trust relationships → Edit: add the condition.
    /// - CLI: `aws iam update-assume-role-policy --role-name NAME --policy-document file://trust.json`
    /// - CloudFormation: `Condition: { StringEquals: { sts:ExternalId: ID } }` beside the principal in
    ///   `AssumeRolePolicyDocument`.
    ///
    /// ## Limits
    /// Accounts of the organisation and those trusted by configuration are no third party. A replay or a template knows no
    /// organisation, so the configured ones are all; in an account whose organisation could not be read, with none
    /// configured, the answer is unknown. Whether the id is unique cannot be seen. Roles that AWS
    /// services own are left out.
    item: IamLeastPrivilege,
    severity: High,
    kinds: [ROLE],
    reads: [role::PATH, role::TRUST],
    opens_on: ["CreateRole", "UpdateAssumeRolePolicy"],
    closes_on: ["UpdateAssumeRolePolicy"],
    controls: [
        (PciDss, "7.2.1"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-6"),
    ],
    judge: |role, settings| {
        let parties = settings.parties(&role.resource.account);
        trust(role, |policy| policy.third_party_without_external_id(&parties), "the trust policy lets another organisation in")
    },
}

use trailhound_model::kinds::iam::{ROLE, role};

use super::trust;
use crate::policy::Parties;
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
    /// Accounts that are trusted by configuration are no third party. Whether the id is unique cannot be seen. Roles that AWS
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
        let own = &role.resource.account;
        let parties = Parties { own, trusted: &settings.trusted_accounts, complete: true };
        trust(role, |policy| policy.third_party_without_external_id(&parties), "the trust policy lets another organisation in")
    },
}

use super::{DOCUMENTS, documents};
use crate::policy::Policy;
use crate::rule;

rule! {
    /// Policies of the account say what they allow, not what they leave out.
    ///
    /// ## Why
    /// An Allow with `NotAction` or `NotResource` allows everything else, and everything that AWS adds later.
    ///
    /// ## Fix
    /// - Console: IAM → Policies → the policy → Edit: turn the exception into a list, or into a Deny beside the Allow.
    /// - CLI: `aws iam create-policy-version --policy-arn ARN --policy-document file://policy.json --set-as-default`, for an
    ///   inline policy `aws iam put-role-policy` (`put-user-policy`, `put-group-policy`).
    /// - CloudFormation: `Action` and `Resource` in every statement with `Effect: Allow`.
    ///
    /// ## Limits
    /// Looks at the form only, whatever the exception leaves.
    item: IamLeastPrivilege,
    severity: Medium,
    family: DOCUMENTS,
    controls: [
        (PciDss, "7.2.2"),
        (Nist80053, "AC-2"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-6"),
    ],
    covered_by: ["iam-policy-admin-free"],
    judge: |resource, _| documents(resource, Policy::implicit_allows, "more is allowed than is named"),
}

use super::{DOCUMENTS, documents};
use crate::policy::Policy;
use crate::rule;

rule! {
    /// Policies of the account do not let their holders take more rights.
    ///
    /// ## Why
    /// Some actions are worth an administrator's rights to whoever holds them on all resources: a new version of any policy,
    /// a key for any user, code in any function, a program run as any role.
    ///
    /// ## Fix
    /// - Console: IAM → Policies → the policy → Edit: name the users, roles, functions or policies that the action is for.
    /// - CLI: `aws iam create-policy-version --policy-arn ARN --policy-document file://policy.json --set-as-default`, for an
    ///   inline policy `aws iam put-role-policy` (`put-user-policy`, `put-group-policy`).
    /// - CloudFormation: give the statement a `Resource` other than `*`, and `iam:PassRole` a condition on
    ///   `iam:PassedToService`.
    ///
    /// ## Limits
    /// Knows the combinations in common use, whole in one document and on all resources; a set spread over several policies is
    /// not seen. A document counts as a whole: its Allows minus its Denies that have no condition. An Allow with a condition counts
    /// only if the condition can hardly fail (TLS, region, time, user agent, second factor). What a permissions boundary or an
    /// organisation's policies take away is not counted.
    item: IamLeastPrivilege,
    severity: High,
    family: DOCUMENTS,
    controls: [
        (PciDss, "7.2.2"),
        (Nist80053, "AC-2"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-6"),
    ],
    covered_by: ["iam-policy-admin-free"],
    judge: |resource, _| documents(resource, Policy::escalation, "its holder can take more rights"),
}

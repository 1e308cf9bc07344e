use super::{DOCUMENTS, documents};
use crate::policy::Policy;
use crate::rule;

rule! {
    /// Policies of the account let a role be passed only by name or to a fixed service.
    ///
    /// ## Why
    /// Who may pass any role to any service can run a program as the most powerful role of the account.
    ///
    /// ## Fix
    /// - Console: IAM → Policies → the policy → Edit: give `iam:PassRole` the ARNs of the roles it is for.
    /// - CLI: `aws iam create-policy-version --policy-arn ARN --policy-document file://policy.json --set-as-default`, for an
    ///   inline policy `aws iam put-role-policy` (`put-user-policy`, `put-group-policy`).
    /// - CloudFormation: `Resource: !GetAtt Role.Arn`, or `Condition: { StringEquals: { iam:PassedToService: SERVICE } }`.
    ///
    /// ## Limits
    /// A document counts as a whole: its Allows minus its Denies that have no condition. An Allow with a condition counts
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
    covered_by: ["iam-policy-admin-free", "iam-policy-escalation-free"],
    judge: |resource, _| documents(resource, Policy::unscoped_pass_role, "any role may be passed to any service"),
}

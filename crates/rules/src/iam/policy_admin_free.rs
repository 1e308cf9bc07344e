use super::{DOCUMENTS, documents};
use crate::policy::Policy;
use crate::rule;

rule! {
    /// Policies of the account do not make administrators.
    ///
    /// ## Why
    /// A policy that allows everything on everything turns a leaked key or a confused program into the loss of the account.
    /// Administration belongs to a few roles that people assume for a task.
    ///
    /// ## Fix
    /// - Console: IAM → Policies → the policy → Edit: replace `*` by the actions that are used. Access Analyzer can generate
    ///   a policy from what was called.
    /// - CLI: `aws iam create-policy-version --policy-arn ARN --policy-document file://policy.json --set-as-default`, for an
    ///   inline policy `aws iam put-role-policy` (`put-user-policy`, `put-group-policy`).
    /// - CloudFormation: name actions and resources in `PolicyDocument`.
    ///
    /// ## Limits
    /// Judges customer managed policies (the version in force) and inline policies of roles, users and groups; AWS's own
    /// policies are judged where they are attached. A document counts as a whole: its Allows minus its Denies that have no condition. An Allow with a condition counts
    /// only if the condition can hardly fail (TLS, region, time, user agent, second factor). What a permissions boundary or an
    /// organisation's policies take away is not counted.
    item: IamLeastPrivilege,
    severity: High,
    family: DOCUMENTS,
    controls: [
        (SecurityHub, "IAM.1"),
        (CisV3, "1.16"),
        (CisV5, "1.15"),
        (PciDss, "7.2.1"),
        (PciDss, "7.2.2"),
        (Nist80053, "AC-2"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-6"),
        (AwsConfig, "iam-policy-no-statements-with-admin-access"),
    ],
    judge: |resource, _| documents(resource, Policy::administrator, "everything is allowed"),
}

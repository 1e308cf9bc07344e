use super::{DOCUMENTS, documents};
use crate::policy::Policy;
use crate::rule;

rule! {
    /// Policies of the account do not allow whole services on all resources.
    ///
    /// ## Why
    /// `service:*` also holds every action that AWS adds tomorrow, deletion and the service's own policies among them.
    ///
    /// ## Fix
    /// - Console: IAM → Policies → the policy → Edit: name the actions that are used, or the resources.
    /// - CLI: `aws iam create-policy-version --policy-arn ARN --policy-document file://policy.json --set-as-default`, for an
    ///   inline policy `aws iam put-role-policy` (`put-user-policy`, `put-group-policy`).
    /// - CloudFormation: name actions or resources in `PolicyDocument`.
    ///
    /// ## Limits
    /// A document counts as a whole: its Allows minus its Denies that have no condition. An Allow with a condition counts
    /// only if the condition can hardly fail (TLS, region, time, user agent, second factor). What a permissions boundary or an
    /// organisation's policies take away is not counted.
    item: IamLeastPrivilege,
    severity: Low,
    family: DOCUMENTS,
    controls: [
        (SecurityHub, "IAM.21"),
        (PciDss, "7.2.2"),
        (Nist80053, "AC-2"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-6"),
        (AwsConfig, "iam-policy-no-statements-with-full-access"),
    ],
    covered_by: ["iam-policy-admin-free", "iam-policy-escalation-free", "iam-policy-kms-decrypt-scoped"],
    judge: |resource, _| documents(resource, Policy::whole_services, "whole services are allowed on all resources"),
}

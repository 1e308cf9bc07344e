use super::{DOCUMENTS, documents};
use crate::policy::Policy;
use crate::rule;

rule! {
    /// Policies of the account let data be decrypted with named keys only.
    ///
    /// ## Why
    /// Encryption at rest keeps out whoever may not use the key. Who may decrypt with every key is kept out of nothing.
    ///
    /// ## Fix
    /// - Console: IAM → Policies → the policy → Edit: give `kms:Decrypt` and `kms:ReEncryptFrom` the ARNs of the keys.
    /// - CLI: `aws iam create-policy-version --policy-arn ARN --policy-document file://policy.json --set-as-default`, for an
    ///   inline policy `aws iam put-role-policy` (`put-user-policy`, `put-group-policy`).
    /// - CloudFormation: `Resource: !GetAtt Key.Arn` on the statement.
    ///
    /// ## Limits
    /// A key's own policy may still refuse. A document counts as a whole: its Allows minus its Denies that have no condition. An Allow with a condition counts
    /// only if the condition can hardly fail (TLS, region, time, user agent, second factor). What a permissions boundary or an
    /// organisation's policies take away is not counted.
    item: IamLeastPrivilege,
    severity: Medium,
    family: DOCUMENTS,
    controls: [
        (SecurityHub, "KMS.1"),
        (SecurityHub, "KMS.2"),
        (Nist80053, "AC-2"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-6"),
        (AwsConfig, "iam-customer-policy-blocked-kms-actions"),
        (AwsConfig, "iam-inline-policy-blocked-kms-actions"),
    ],
    covered_by: ["iam-policy-admin-free"],
    judge: |resource, _| documents(resource, Policy::decrypts_everywhere, "data can be decrypted with every key"),
}

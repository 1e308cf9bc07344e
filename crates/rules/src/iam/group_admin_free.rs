use trailhound_model::Verdict;
use trailhound_model::kinds::iam::{GROUP, group};

use super::{administrator_attachments, keys};
use crate::rule;

rule! {
    /// Groups do not make their members administrators.
    ///
    /// ## Why
    /// Every member of the group is an administrator, with keys and a password that last until somebody revokes them.
    ///
    /// ## Fix
    /// - Console: IAM → Groups → the group → Permissions → remove the policy.
    /// - CLI: `aws iam detach-group-policy --group-name NAME --policy-arn ARN`
    /// - CloudFormation: take the ARN out of `ManagedPolicyArns` on `AWS::IAM::Group`.
    ///
    /// ## Limits
    /// Looks at AWS's `AdministratorAccess` and `IAMFullAccess` and at configured policies; what customer policies allow is
    /// judged by `iam-policy-admin-free`.
    item: IamLeastPrivilege,
    severity: High,
    kinds: [GROUP],
    reads: [group::ATTACHED_POLICIES],
    opens_on: ["AttachGroupPolicy"],
    closes_on: ["DetachGroupPolicy"],
    controls: [
        (SecurityHub, "IAM.1"),
        (PciDss, "7.2.2"),
        (Nist80053, "AC-2"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-6"),
        (AwsConfig, "iam-policy-no-statements-with-admin-access"),
    ],
    judge: |group, settings| {
        let found = administrator_attachments(&group.entries(&group::ATTACHED_POLICIES)?, settings)?;
        Ok(Verdict::unless(found, |found| format!("members of the group are administrators by {}", keys(found))))
    },
}

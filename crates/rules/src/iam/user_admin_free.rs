use trailhound_model::Verdict;
use trailhound_model::kinds::iam::{USER, user};

use super::{administrator_attachments, keys};
use crate::rule;

rule! {
    /// Users are not administrators.
    ///
    /// ## Why
    /// A user's keys and password last until somebody revokes them. With an administrator's policy, whoever finds one owns the
    /// account. People administer best through roles, for an hour at a time.
    ///
    /// ## Fix
    /// - Console: IAM → Users → the user → Permissions → remove the policy.
    /// - CLI: `aws iam detach-user-policy --user-name NAME --policy-arn ARN`
    /// - CloudFormation: take the ARN out of `ManagedPolicyArns` on `AWS::IAM::User`.
    ///
    /// ## Limits
    /// Looks at AWS's `AdministratorAccess` and `IAMFullAccess` and at configured policies; what customer policies allow is
    /// judged by `iam-policy-admin-free`. Membership of a group is judged at the group.
    item: IamLeastPrivilege,
    severity: Critical,
    kinds: [USER],
    reads: [user::ATTACHED_POLICIES],
    opens_on: ["AttachUserPolicy"],
    closes_on: ["DetachUserPolicy"],
    controls: [
        (SecurityHub, "IAM.1"),
        (PciDss, "7.2.2"),
        (Nist80053, "AC-2"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-6"),
        (AwsConfig, "iam-policy-no-statements-with-admin-access"),
    ],
    judge: |user, settings| {
        let found = administrator_attachments(&user.entries(&user::ATTACHED_POLICIES)?, settings)?;
        Ok(Verdict::unless(found, |found| format!("the user is an administrator by {}", keys(found))))
    },
}

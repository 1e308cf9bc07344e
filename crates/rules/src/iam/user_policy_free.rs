use trailhound_model::kinds::iam::{USER, user};
use trailhound_model::{Evidence, Verdict};

use super::keys;
use crate::rule;

rule! {
    /// Users get their rights from groups or roles, not from policies of their own.
    ///
    /// ## Why
    /// Rights given to one user are forgotten when the user changes tasks. A group or a role has a name that says what it is for.
    ///
    /// ## Fix
    /// - Console: IAM → Users → the user → Permissions → remove each policy; add the user to a group.
    /// - CLI: `aws iam detach-user-policy --user-name NAME --policy-arn ARN`, `aws iam delete-user-policy --user-name NAME
    ///   --policy-name POLICY`, then `aws iam add-user-to-group --user-name NAME --group-name GROUP`
    /// - CloudFormation: `Groups` in place of `Policies` and `ManagedPolicyArns` on `AWS::IAM::User`.
    ///
    /// ## Limits
    /// A permissions boundary is no grant and does not count.
    item: IamLeastPrivilege,
    severity: Low,
    kinds: [USER],
    reads: [user::POLICIES, user::ATTACHED_POLICIES],
    opens_on: ["AttachUserPolicy", "PutUserPolicy"],
    closes_on: ["DeleteUserPolicy", "DetachUserPolicy"],
    controls: [
        (SecurityHub, "IAM.2"),
        (CisV3, "1.15"),
        (CisV5, "1.14"),
        (PciDss, "7.2.2"),
        (Nist80053, "AC-2"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-6"),
        (AwsConfig, "iam-user-no-policies-check"),
    ],
    judge: |user, _| {
        let (inline, attached) = (user.entries(&user::POLICIES), user.entries(&user::ATTACHED_POLICIES));
        let mut found: Vec<Evidence> = Vec::new();
        if let Ok(inline) = &inline {
            found.extend(inline.seen().map(|(name, _)| Evidence::new(name, "inline policy")));
        }
        if let Ok(attached) = &attached {
            found.extend(attached.seen().map(|(arn, _)| Evidence::new(arn, "attached policy")));
        }
        if found.is_empty() {
            inline?.settle::<()>(Vec::new())?;
            attached?.settle::<()>(Vec::new())?;
        }
        Ok(Verdict::unless(found, |found| format!("the user has policies of its own: {}", keys(found))))
    },
}

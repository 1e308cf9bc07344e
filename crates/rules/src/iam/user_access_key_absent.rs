use trailhound_model::kinds::iam::{USER, user};
use trailhound_model::{Evidence, Verdict};

use super::keys;
use crate::rule;

rule! {
    /// Users have no active access key.
    ///
    /// ## Why
    /// An access key works from anywhere, without a second factor, until somebody revokes it, and ends up in code, images and
    /// laptops. Roles and IAM Identity Center give programs and people keys that expire within hours.
    ///
    /// ## Fix
    /// - Console: IAM → Users → the user → Security credentials → Access keys → Deactivate, later Delete.
    /// - CLI: `aws iam update-access-key --user-name NAME --access-key-id ID --status Inactive`
    /// - CloudFormation: no `AWS::IAM::AccessKey`; give the workload a role.
    ///
    /// ## Limits
    /// A key that is switched off does not count. Software that knows no roles (SES over SMTP, some appliances) is what exceptions
    /// are for.
    item: NoLongTermCredentials,
    severity: High,
    kinds: [USER],
    reads: [user::ACCESS_KEYS],
    opens_on: ["CreateAccessKey", "UpdateAccessKey"],
    closes_on: ["DeleteAccessKey", "UpdateAccessKey"],
    controls: [(PciDss, "8.6.3"), (Nist80053, "AC-2"), (Nist80053, "IA-5")],
    judge: |user, _| {
        let access_keys = user.entries(&user::ACCESS_KEYS)?;
        let active = access_keys.matching(|_, key| key.is_active())?;
        let found = active.into_iter().map(|(id, _)| Evidence::new(id, "active access key")).collect();
        Ok(Verdict::unless(found, |found| format!("the user has active access keys: {}", keys(found))))
    },
}

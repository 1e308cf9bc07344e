use trailhound_model::kinds::iam::{USER, user};
use trailhound_model::{Evidence, Verdict};

use super::keys;
use crate::rule;

rule! {
    /// Users have at most one active access key.
    ///
    /// ## Why
    /// Two keys are for the day on which one replaces the other. A second one that stays is a credential nobody watches.
    ///
    /// ## Fix
    /// - Console: IAM → Users → the user → Security credentials → Access keys → Deactivate the older one.
    /// - CLI: `aws iam update-access-key --user-name NAME --access-key-id OLD --status Inactive`
    /// - CloudFormation: one `AWS::IAM::AccessKey` per user.
    ///
    /// ## Limits
    /// None.
    item: NoLongTermCredentials,
    severity: Low,
    kinds: [USER],
    reads: [user::ACCESS_KEYS],
    opens_on: ["CreateAccessKey", "UpdateAccessKey"],
    closes_on: ["DeleteAccessKey", "UpdateAccessKey"],
    controls: [(CisV3, "1.13"), (CisV5, "1.12"), (Nist80053, "AC-2"), (Nist80053, "IA-5")],
    covered_by: ["iam-user-access-key-absent"],
    judge: |user, _| {
        let access_keys = user.entries(&user::ACCESS_KEYS)?;
        if !access_keys.count_at_least(2, |_, key| key.is_active()).known()? {
            return Ok(Verdict::Pass);
        }
        let active = access_keys.seen().filter(|(_, key)| key.is_active());
        let active: Vec<_> = active.map(|(id, _)| Evidence::new(id, "active access key")).collect();
        let message = format!("the user has more than one active access key: {}", keys(&active));
        Ok(Verdict::fail_with(message, active))
    },
}

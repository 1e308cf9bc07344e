use trailhound_model::kinds::iam::{USER, user};
use trailhound_model::{DAY, Evidence, Second, Snapshot, Verdict, Why};

use super::told;
use crate::rule;

rule! {
    /// Passwords and active access keys that nobody uses are withdrawn within 45 days.
    ///
    /// ## Why
    /// A credential that nobody uses is one whose theft nobody notices.
    ///
    /// ## Fix
    /// - Console: IAM → Users → the user → Security credentials → disable console access, deactivate the key.
    /// - CLI: `aws iam delete-login-profile --user-name NAME`, `aws iam update-access-key --user-name NAME --access-key-id ID
    ///   --status Inactive`
    /// - CloudFormation: take `LoginProfile` off the `AWS::IAM::User`, or remove its `AWS::IAM::AccessKey`.
    ///
    /// ## Limits
    /// When a key was last used takes a read; without one, keys older than 45 days are unknown. A password counts as used when it
    /// was given or changed, and at each sign-in.
    item: NoLongTermCredentials,
    severity: Medium,
    kinds: [USER],
    reads: [
        user::LOGIN_PROFILE,
        user::PASSWORD_LAST_USED,
        user::ACCESS_KEYS,
        user::ACCESS_KEYS_CREATED,
        user::ACCESS_KEYS_LAST_USED,
    ],
    opens_on: [],
    closes_on: ["ConsoleLogin", "DeleteLoginProfile"],
    controls: [
        (SecurityHub, "IAM.22"),
        (CisV3, "1.12"),
        (CisV5, "1.11"),
        (PciDss, "8.2.6"),
        (Nist80053, "AC-2(3)"),
        (Nist80053, "AC-6"),
        (AwsConfig, "iam-user-unused-credentials-check"),
    ],
    covered_by: ["iam-user-access-key-absent"],
    timed: true,
    judge: |user, _| {
        let mut answers = vec![password(user)];
        match user.entries(&user::ACCESS_KEYS) {
            Ok(access_keys) => {
                let active = access_keys.seen().filter(|(_, key)| key.is_active());
                answers.extend(active.map(|(id, _)| access_key(user, id)));
                answers.push(access_keys.settle(Vec::new()).map(|mut none| none.pop()));
            }
            Err(why) => answers.push(Err(why)),
        }
        let (mut idle, mut doubt) = (Vec::new(), Ok(()));
        for answer in answers {
            match answer {
                Ok(entry) => idle.extend(entry),
                Err(why) => doubt = Err(why),
            }
        }
        if idle.is_empty() {
            doubt?;
        }
        Ok(Verdict::unless(idle, |idle| format!("not used for 45 days: {}", told(idle))))
    },
}

/// The entry for the password if it is not used.
fn password(user: &Snapshot<'_>) -> Result<Option<Evidence>, Why> {
    let Some(profile) = user.get(&user::LOGIN_PROFILE).known()? else { return Ok(None) };
    idle(user, "password", profile.create_date, || user.get(&user::PASSWORD_LAST_USED).known())
}

/// The entry for an access key if it is not used.
fn access_key(user: &Snapshot<'_>, id: &str) -> Result<Option<Evidence>, Why> {
    let date_of = |facet| user.entries(facet)?.get(id).known().map(|date: Option<&Second>| date.copied());
    let created = date_of(&user::ACCESS_KEYS_CREATED).ok().flatten();
    idle(user, id, created, || date_of(&user::ACCESS_KEYS_LAST_USED))
}

/// The entry for a credential that was neither made nor used within the limit.
fn idle(
    user: &Snapshot<'_>,
    key: &str,
    made: Option<Second>,
    used: impl FnOnce() -> Result<Option<Second>, Why>,
) -> Result<Option<Evidence>, Why> {
    const LIMIT: i64 = 45 * DAY;
    let within = |date: &Second| user.as_of.since(*date) < LIMIT;
    if made.as_ref().is_some_and(within) {
        return Ok(None);
    }
    match used()? {
        Some(date) if within(&date) => Ok(None),
        Some(date) => Ok(Some(Evidence::new(key, format!("last used {date}")))),
        None => Ok(Some(Evidence::new(key, format!("never used since {}", made.ok_or(Why::NotSeen)?)))),
    }
}

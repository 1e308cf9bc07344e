use trailhound_model::kinds::iam::{USER, user};
use trailhound_model::{DAY, Evidence, Verdict, Why};

use super::told;
use crate::rule;

rule! {
    /// Active access keys are younger than 90 days.
    ///
    /// ## Why
    /// The longer a key lives, the more places hold a copy of it. A key that is replaced often is one whose replacement works.
    ///
    /// ## Fix
    /// - Console: IAM → Users → the user → Security credentials → Create access key, change the program, deactivate the old one.
    /// - CLI: `aws iam create-access-key --user-name NAME`, then `aws iam update-access-key --user-name NAME --access-key-id OLD
    ///   --status Inactive`
    /// - CloudFormation: raise `Serial` on `AWS::IAM::AccessKey`.
    ///
    /// ## Limits
    /// A key whose creation is not in the log has an unknown age until it is read.
    item: NoLongTermCredentials,
    severity: Medium,
    kinds: [USER],
    reads: [user::ACCESS_KEYS, user::ACCESS_KEYS_CREATED],
    opens_on: ["UpdateAccessKey"],
    closes_on: ["DeleteAccessKey", "UpdateAccessKey"],
    controls: [
        (SecurityHub, "IAM.3"),
        (CisV3, "1.14"),
        (CisV5, "1.13"),
        (PciDss, "8.3.9"),
        (PciDss, "8.6.3"),
        (Nist80053, "AC-2(1)"),
        (Nist80053, "AC-2(3)"),
        (Nist80053, "AC-3(15)"),
        (AwsConfig, "access-keys-rotated"),
    ],
    covered_by: ["iam-user-access-key-absent"],
    timed: true,
    judge: |user, _| {
        const LIMIT: i64 = 90 * DAY;
        let access_keys = user.entries(&user::ACCESS_KEYS)?;
        let created = user.entries(&user::ACCESS_KEYS_CREATED);
        let (mut old, mut doubt) = (Vec::new(), Ok(()));
        for (id, _) in access_keys.seen().filter(|(_, key)| key.is_active()) {
            match created.as_ref().map_err(Clone::clone).and_then(|dates| dates.get(id).known()) {
                Ok(Some(date)) if user.as_of.since(*date) >= LIMIT => {
                    old.push(Evidence::new(id, format!("created {date}")));
                }
                Ok(Some(_)) => {}
                Ok(None) => doubt = Err(Why::NotSeen),
                Err(why) => doubt = Err(why),
            }
        }
        if old.is_empty() {
            doubt?;
        }
        let old = access_keys.settle(old)?;
        Ok(Verdict::unless(old, |old| format!("active access keys are 90 days old or older: {}", told(old))))
    },
}

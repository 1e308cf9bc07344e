use trailhound_model::Verdict;
use trailhound_model::kinds::account::{ACCOUNT, ROOT_ACTIVITY};

use super::recent;
use crate::rule;

rule! {
    /// The root user is not used.
    ///
    /// ## Why
    /// Few tasks need the root user, and none of them daily. Its use is either a habit to break or an intruder.
    ///
    /// ## Fix
    /// - Console: do the task as a role; keep the root user's password and devices locked away. If nobody did it, change the
    ///   password at once.
    /// - CLI: `aws sts get-caller-identity` tells whose credentials a program uses.
    /// - CloudFormation: there is no type for it.
    ///
    /// ## Limits
    /// Counts successful calls and sign-ins, and ends a day after the last. Root sessions that an organisation's management
    /// account takes (`sts:AssumeRoot`) count; what services do in the root user's name does not. A trail sees calls that only
    /// read, EventBridge only if its rule asks for them.
    item: NoLongTermCredentials,
    severity: High,
    kinds: [ACCOUNT],
    reads: [ROOT_ACTIVITY],
    opens_on: ["ConsoleLogin"],
    closes_on: [],
    controls: [(CisV3, "1.7"), (CisV5, "1.6"), (PciDss, "7.2.1"), (Nist80053, "AC-2"), (Nist80053, "AC-6")],
    timed: true,
    judge: |account, _| {
        Ok(match recent(&account.entries(&ROOT_ACTIVITY)?, account.as_of)? {
            Some(hour) => Verdict::fail("root", format!("the root user was used, last in the hour from `{hour}` on")),
            None => Verdict::Pass,
        })
    },
}

//! Activity: what somebody did, as far as that itself is judged. Use of the root user, and console sign-ins without MFA.

use trailhound_model::kinds::account;
use trailhound_model::{Second, Value};

use super::{Draft, Event};

/// Events that are no calls but are watched for activity.
pub(super) const NAMES: &[&str] = &["ConsoleLogin"];

/// Activity is kept per hour: more says nothing more, and a busy root user must not fill the ledger.
const HOUR: i64 = 3_600;

pub(super) fn observe(event: &Event<'_>, draft: &mut Draft) {
    // What a service does in the root user's name is no use of the root user.
    let by_service = event.record.user_identity.invoked_by.is_some()
        || event.record.event_type.as_deref() == Some("AwsServiceEvent");
    if event.record.by_root() && !by_service {
        let hour = start_of_hour(event.time);
        draft.on(event.account_resource()).put(
            &account::ROOT_ACTIVITY,
            hour.to_string(),
            Value::map([("Hour", Some(hour.to_string().into()))]),
        );
    }
}

fn start_of_hour(time: Second) -> Second {
    Second(time.0.div_euclid(HOUR) * HOUR)
}

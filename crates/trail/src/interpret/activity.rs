//! Activity: what somebody did, as far as that itself is judged, whatever the call.

use trailhound_model::kinds::account;
use trailhound_model::{FacetDef, Second, Value};

use super::draft::On;
use super::{Draft, Event};

/// Activity is kept per hour: more says nothing more, and a busy root user must not fill the ledger.
const HOUR: i64 = 3_600;

/// Notes any use of the root user.
pub(super) fn observe(event: &Event<'_>, draft: &mut Draft) {
    // What a service does in the root user's name is no use of the root user.
    let by_service = event.record.user_identity.invoked_by.is_some()
        || event.record.event_type.as_deref() == Some("AwsServiceEvent");
    if event.record.by_root() && !by_service && !event.sign_in_failed() {
        put_hour(&mut draft.on(event.account_resource()), &account::ROOT_ACTIVITY, event.time);
    }
}

/// Puts the entry of the hour.
pub(super) fn put_hour(on: &mut On<'_>, facet: &'static FacetDef, time: Second) {
    let hour = Second(time.0.div_euclid(HOUR) * HOUR).to_string();
    on.put(facet, hour.as_str(), Value::map([("Hour", Some(hour.as_str().into()))]));
}

#[cfg(test)]
mod tests {
    use super::super::testing::told;

    const ROOT: &str =
        r#""userIdentity":{"type":"Root","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333"}"#;

    fn meaning(members: &str) -> Vec<String> {
        told(&format!(r#"{{"eventSource":"ec2.amazonaws.com","eventName":"DescribeRegions",{members}}}"#))
    }

    #[test]
    fn any_call_of_the_root_user_counts_once_an_hour_and_also_one_that_only_reads() {
        let expected = [r#"Account self put RootActivity 2026-03-01T10:00:00Z {"Hour":"2026-03-01T10:00:00Z"}"#];
        assert_eq!(meaning(&format!(r#"{ROOT},"readOnly":true"#)), expected);
        assert_eq!(meaning(&format!(r#"{ROOT},"eventTime":"2026-03-01T10:59:59Z""#)), expected);
        assert_ne!(meaning(&format!(r#"{ROOT},"eventTime":"2026-03-01T11:00:00Z""#)), expected);
    }

    #[test]
    fn what_failed_or_a_service_did_in_the_root_users_name_does_not_count() {
        let by_service = ROOT.replace(r#""accountId""#, r#""invokedBy":"autoscaling.amazonaws.com","accountId""#);
        for (members, why) in [
            (format!(r#"{ROOT},"errorCode":"AccessDenied""#), "failed"),
            (format!(r#"{ROOT},"eventType":"AwsServiceEvent""#), "not_watched"),
            (by_service, "not_watched"),
        ] {
            assert_eq!(meaning(&members), [format!("nothing: {why}")], "{members}");
        }
    }
}

//! CloudTrail trails, and what an account's trails keep together.

mod account_multi_region;
mod account_s3_data_events;
mod trail_cloudwatch_logs;
mod trail_kms_encryption;
mod trail_log_validation;
mod trail_logging;
mod trail_management_events;
mod trail_multi_region;

use trailhound_model::kinds::cloudtrail::{
    ADVANCED_EVENT_SELECTORS, AdvancedEventSelector, EVENT_SELECTORS, EventSelector, FieldSelector,
};
use trailhound_model::{Snapshot, Why};

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[
    &account_multi_region::RULE,
    &account_s3_data_events::RULE,
    &trail_cloudwatch_logs::RULE,
    &trail_kms_encryption::RULE,
    &trail_log_validation::RULE,
    &trail_logging::RULE,
    &trail_management_events::RULE,
    &trail_multi_region::RULE,
];

/// Which of a sort of events a trail keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Kept {
    /// Calls that only read.
    reads: bool,
    /// Calls that change something.
    writes: bool,
}

impl Kept {
    const ALL: Self = Self { reads: true, writes: true };

    /// What is kept when an event has to match one of several selectors.
    fn union(self, other: Self) -> Self {
        Self { reads: self.reads || other.reads, writes: self.writes || other.writes }
    }
}

/// Services that may be left out: their calls are many, and AWS offers just these two for exclusion.
const MAY_BE_EXCLUDED: [&str; 2] = ["kms.amazonaws.com", "rdsdata.amazonaws.com"];

/// Which management events a trail keeps.
fn kept(trail: &Snapshot<'_>) -> Result<Kept, Why> {
    kept_by(trail, kept_by_basic, kept_by_advanced)
}

/// Which events a trail keeps, by the selectors of whichever form it has.
fn kept_by(
    trail: &Snapshot<'_>,
    by_basic: fn(&EventSelector) -> Kept,
    by_advanced: fn(&AdvancedEventSelector) -> Kept,
) -> Result<Kept, Why> {
    let advanced = trail.get(&ADVANCED_EVENT_SELECTORS).known();
    if let Ok(Some(selectors)) = &advanced
        && !selectors.is_empty()
    {
        return Ok(selectors.iter().map(by_advanced).fold(Kept::default(), Kept::union));
    }
    let basic = trail.get(&EVENT_SELECTORS).known();
    if let Ok(Some(selectors)) = &basic
        && !selectors.is_empty()
    {
        return Ok(selectors.iter().map(by_basic).fold(Kept::default(), Kept::union));
    }
    advanced?;
    basic?;
    Ok(Kept::default())
}

fn kept_by_basic(selector: &EventSelector) -> Kept {
    let excluded = &selector.exclude_management_event_sources;
    if selector.include_management_events == Some(false) || !excluded.iter().all(|source| may_be_excluded(source)) {
        return Kept::default();
    }
    halves(selector)
}

/// The halves that a basic selector names.
fn halves(selector: &EventSelector) -> Kept {
    match selector.read_write_type.as_deref() {
        None | Some("All") => Kept::ALL,
        Some("ReadOnly") => Kept { reads: true, writes: false },
        Some("WriteOnly") => Kept { reads: false, writes: true },
        Some(_) => Kept::default(),
    }
}

fn kept_by_advanced(selector: &AdvancedEventSelector) -> Kept {
    kept_if(selector, "Management", |field| {
        field.field == "eventSource"
            && is_only(field, &field.not_equals)
            && field.not_equals.iter().all(|source| may_be_excluded(source))
    })
}

/// What an advanced selector keeps of a category. Whatever narrows it leaves events out, but for fields that are harmless.
fn kept_if(selector: &AdvancedEventSelector, category: &str, is_harmless: impl Fn(&FieldSelector) -> bool) -> Kept {
    let mut kept = Kept::default();
    for field in selector.field_selectors.iter().filter(|field| field.field == "eventCategory") {
        if is_only(field, &field.equals) && field.equals.iter().any(|value| value == category) {
            kept = Kept::ALL;
        }
    }
    for field in &selector.field_selectors {
        match field.field.as_str() {
            "eventCategory" => {}
            "readOnly" if is_only(field, &field.equals) => {
                let wants = |text: &str| field.equals.iter().any(|value| value.eq_ignore_ascii_case(text));
                kept.reads &= wants("true");
                kept.writes &= wants("false");
            }
            _ if is_harmless(field) => {}
            _ => return Kept::default(),
        }
    }
    kept
}

/// Whether all answers are yes. One that is no settles it, whatever is not known of the others.
fn all_true(answers: [Result<bool, Why>; 3]) -> Result<bool, Why> {
    if answers.contains(&Ok(false)) {
        return Ok(false);
    }
    answers.into_iter().try_fold(true, |all, one| Ok(all && one?))
}

fn may_be_excluded(source: &str) -> bool {
    MAY_BE_EXCLUDED.contains(&source)
}

/// Whether a field is tested by the values of this one operator and by no other.
fn is_only(field: &FieldSelector, values: &[String]) -> bool {
    let operators = [
        &field.equals,
        &field.not_equals,
        &field.starts_with,
        &field.not_starts_with,
        &field.ends_with,
        &field.not_ends_with,
    ];
    !values.is_empty() && operators.iter().filter(|values| !values.is_empty()).count() == 1
}

#[cfg(test)]
mod tests {
    use trailhound_model::Value;

    use super::*;

    fn advanced(fields: &str) -> Kept {
        let json = format!(r#"{{"FieldSelectors":[{fields}]}}"#);
        kept_by_advanced(&Value::from_json(&json).unwrap().decode().unwrap())
    }

    #[test]
    fn an_advanced_selector_keeps_what_all_its_fields_let_through() {
        const MANAGEMENT: &str = r#"{"Field":"eventCategory","Equals":["Management"]}"#;
        let none = Kept::default();
        for (more, expected) in [
            ("", Kept::ALL),
            (r#",{"Field":"readOnly","Equals":["false"]}"#, Kept { reads: false, writes: true }),
            (r#",{"Field":"readOnly","Equals":["true"]}"#, Kept { reads: true, writes: false }),
            (r#",{"Field":"readOnly","Equals":["true","false"]}"#, Kept::ALL),
            (r#",{"Field":"readOnly","NotEquals":["true"]}"#, none),
            (r#",{"Field":"eventSource","NotEquals":["kms.amazonaws.com","rdsdata.amazonaws.com"]}"#, Kept::ALL),
            (r#",{"Field":"eventSource","NotEquals":["iam.amazonaws.com"]}"#, none),
            (r#",{"Field":"eventSource","Equals":["kms.amazonaws.com"]}"#, none),
            (r#",{"Field":"eventSource","NotEquals":["kms.amazonaws.com"],"NotStartsWith":["i"]}"#, none),
            (r#",{"Field":"eventName","NotEquals":["StopLogging"]}"#, none),
        ] {
            assert_eq!(advanced(&format!("{MANAGEMENT}{more}")), expected, "{more}");
        }
        assert_eq!(advanced(r#"{"Field":"eventCategory","Equals":["Data"]}"#), none);
        assert_eq!(advanced(""), none);
    }

    #[test]
    fn a_basic_selector_keeps_all_unless_it_says_otherwise() {
        for (json, expected) in [
            ("{}", Kept::ALL),
            (r#"{"ReadWriteType":"All","IncludeManagementEvents":true}"#, Kept::ALL),
            (r#"{"ReadWriteType":"WriteOnly"}"#, Kept { reads: false, writes: true }),
            (r#"{"ReadWriteType":"ReadOnly"}"#, Kept { reads: true, writes: false }),
            (r#"{"IncludeManagementEvents":false}"#, Kept::default()),
            (r#"{"ExcludeManagementEventSources":["kms.amazonaws.com"]}"#, Kept::ALL),
            (r#"{"ExcludeManagementEventSources":["iam.amazonaws.com"]}"#, Kept::default()),
        ] {
            assert_eq!(kept_by_basic(&Value::from_json(json).unwrap().decode().unwrap()), expected, "{json}");
        }
    }
}

//! What belongs to a secret.

use trailhound_model::{State, Value, Why};

use crate::life::{Said, at, stated};
use crate::part::{Given, Source};

/// The schedule by which a secret is rotated.
pub(crate) fn rotation(schedule: &Source<'_>) -> Given {
    Given::Whole(match at(schedule.properties, "RotationRules") {
        Said::Nothing => State::Unread(Why::NotStated),
        Said::Value(rules) => match super::members(&rules, &["AutomaticallyAfterDays", "ScheduleExpression"]) {
            Some(Value::Map(rules)) => State::Known(rules.into()),
            _ => State::Unread(Why::Unresolved),
        },
        Said::Open => State::Unread(Why::Unresolved),
    })
}

/// With a schedule comes a first rotation, of which nobody knows yet whether it works.
pub(crate) fn first_rotation(schedule: &Source<'_>) -> Given {
    if let Ok(Some(at_once)) = stated(schedule.properties, "RotateImmediatelyOnUpdate")
        && at_once.as_bool() == Some(false)
    {
        return Given::Nothing;
    }
    Given::Whole(State::Unread(Why::DependsOn("the first rotation".into())))
}

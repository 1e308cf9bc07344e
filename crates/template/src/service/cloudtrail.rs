//! CloudTrail trails.

use trailhound_model::State;
use trailhound_model::kinds::cloudtrail;

use crate::life::{Said, Writer};

/// A trail has selectors of one sort only.
pub(super) fn trail(writer: &mut Writer<'_>) {
    if !matches!(writer.said(cloudtrail::ADVANCED_EVENT_SELECTORS.name), Said::Nothing)
        && matches!(writer.said(cloudtrail::EVENT_SELECTORS.name), Said::Nothing)
    {
        writer.state(&cloudtrail::EVENT_SELECTORS, State::Absent);
    }
}

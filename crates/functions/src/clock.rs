//! The time. Only the functions know it; everything below them is told.

use std::time::{Duration, SystemTime};

use lambda_runtime::Context;
use trailhound_model::Second;

/// Since 1970.
#[must_use]
pub fn since_epoch() -> Duration {
    #[expect(clippy::disallowed_methods, reason = "the edge: what is below gets the time from here")]
    let now = SystemTime::now();
    now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// The present second.
#[must_use]
pub fn now() -> Second {
    Second(i64::try_from(since_epoch().as_secs()).unwrap_or(i64::MAX))
}

/// How long this invocation may still run, leaving a second to answer.
#[must_use]
pub fn left(context: &Context) -> Duration {
    let deadline = context.deadline().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    deadline.saturating_sub(since_epoch()).saturating_sub(Duration::from_secs(1))
}

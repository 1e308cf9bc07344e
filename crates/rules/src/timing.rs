//! When people are told of failures, by severity.

use serde::Deserialize;
use trailhound_model::Severity;

/// When people are told of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// As soon as an event shows it.
    AtOnce,
    /// When the settle check has confirmed it.
    Settled,
    /// Never by itself: it waits for the digest.
    Digest,
}

/// When people are told, by severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timing {
    /// An open door.
    pub critical: When,
    /// A weakness to fix now.
    pub high: When,
    /// A weakness to plan for.
    pub medium: When,
    /// A weakness to know of.
    pub low: When,
}

impl Default for Timing {
    fn default() -> Self {
        Self { critical: When::AtOnce, high: When::Settled, medium: When::Digest, low: When::Digest }
    }
}

impl Timing {
    /// Tells everything at once: for those who look at the past, where nothing can be confirmed any more.
    pub const ALL: Self = Self { critical: When::AtOnce, high: When::AtOnce, medium: When::AtOnce, low: When::AtOnce };

    /// When a failure of this severity is told.
    #[must_use]
    pub const fn of(&self, severity: Severity) -> When {
        match severity {
            Severity::Critical => self.critical,
            Severity::High => self.high,
            Severity::Medium => self.medium,
            Severity::Low => self.low,
        }
    }
}

//! What is recorded and told about a rule on a resource.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Cause, Evidence, Failure, ResourceId, Second, Severity, Text, Value, Why};

/// Where a finding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The resource fails the rule.
    Open,
    /// It once answered and cannot be told any more.
    Unknown,
    /// It failed and does not any more.
    Resolved,
}

impl Status {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Unknown => "unknown",
            Self::Resolved => "resolved",
        }
    }
}

/// What happened at a boundary of a finding's timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// It failed for the first time.
    Opened,
    /// It kept failing and gained an entry of evidence.
    Widened,
    /// It does not fail any more.
    Resolved,
    /// It failed again.
    Reopened,
    /// An owner accepted it.
    Excepted,
    /// An acceptance ended while it still fails.
    Lapsed,
    /// It cannot be told any more.
    LostSight,
    /// The resource was deleted while it failed.
    Retired,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Opened,
        Self::Widened,
        Self::Resolved,
        Self::Reopened,
        Self::Excepted,
        Self::Lapsed,
        Self::LostSight,
        Self::Retired,
    ];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Widened => "widened",
            Self::Resolved => "resolved",
            Self::Reopened => "reopened",
            Self::Excepted => "excepted",
            Self::Lapsed => "lapsed",
            Self::LostSight => "lost_sight",
            Self::Retired => "retired",
        }
    }
}

/// A boundary on a finding's timeline. Its identity is (resource, rule, time, event): never a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// What happened.
    pub step: Step,
    /// When.
    pub time: Second,
    /// The event behind it; `None` where time alone did it.
    pub cause: Option<Arc<Cause>>,
    /// The facets that the rule reads and that changed, before and after.
    pub before: Value,
    /// See `before`.
    pub after: Value,
    /// What the rule said, or why it could not.
    pub message: Text,
    /// The entries at this time.
    pub evidence: Vec<Evidence>,
}

/// A stretch of time during which the resource failed the rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Episode {
    /// When it began to fail.
    pub opened_at: Second,
    /// The event that did it.
    pub opened_by: Option<Arc<Cause>>,
    /// When it stopped, or sight was lost.
    pub closed_at: Option<Second>,
    /// The event that did it.
    pub closed_by: Option<Arc<Cause>>,
    /// How it ended: resolved, retired or lost sight.
    pub closed_as: Option<Step>,
}

impl Episode {
    /// The episodes that these transitions bound.
    #[must_use]
    pub fn all(transitions: &[Transition]) -> Vec<Self> {
        let mut episodes: Vec<Self> = Vec::new();
        for Transition { step, time, cause, .. } in transitions {
            match step {
                Step::Opened | Step::Reopened => episodes.push(Self {
                    opened_at: *time,
                    opened_by: cause.clone(),
                    closed_at: None,
                    closed_by: None,
                    closed_as: None,
                }),
                Step::Resolved | Step::Retired | Step::LostSight => {
                    if let Some(episode) = episodes.last_mut().filter(|episode| episode.closed_at.is_none()) {
                        episode.closed_at = Some(*time);
                        episode.closed_by = cause.clone();
                        episode.closed_as = Some(*step);
                    }
                }
                Step::Widened | Step::Excepted | Step::Lapsed => {}
            }
        }
        episodes
    }

    /// Seconds from opening to closing.
    #[must_use]
    pub fn exposure(&self) -> Option<i64> {
        self.closed_at.map(|closed| closed.since(self.opened_at))
    }
}

/// A rule's history on one resource, as far as it has been told: what a finding is made from, and where judging goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    /// The rule's id.
    pub rule: Text,
    /// Where it stands; `None` if it never failed and never lost sight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Whether it has answered in this life, so that an unknown is sight lost.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub answered: bool,
    /// Why it cannot be told, if it cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<Why>,
    /// How it failed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// What it said last.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub message: Text,
    /// Whether the last failure rests on defaults of creation or on absence alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rests_on_default: bool,
    /// Whether it fails since it could be told for the first time, and only reads have shown it: nobody was seen to do it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first_sight: bool,
    /// The times it failed, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub episodes: Vec<Episode>,
    /// The boundaries, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transitions: Vec<Transition>,
}

/// The record of one rule on one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The resource.
    pub resource: ResourceId,
    /// The rule's id.
    pub rule: Text,
    /// The checklist item.
    pub item: Text,
    /// The rule's severity.
    pub severity: Severity,
    /// Where it stands.
    pub status: Status,
    /// The times it failed, oldest first. A finding that only lost sight has none.
    pub episodes: Vec<Episode>,
    /// What the rule said last: why it fails, or failed, or cannot be told.
    pub message: Text,
    /// What showed it last.
    pub evidence: Vec<Evidence>,
    /// Whether the last failure rests on defaults of creation or on absence alone, so that an alert waits for a confirming
    /// read.
    pub rests_on_default: bool,
    /// The rules whose findings on the same resource cover every entry of this one, now or as long as it was open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covered_by: Vec<Text>,
    /// The boundaries, oldest first.
    pub transitions: Vec<Transition>,
}

impl Finding {
    /// The last time it failed.
    #[must_use]
    pub fn last_episode(&self) -> Option<&Episode> {
        self.episodes.last()
    }

    /// By whom it is accepted, until when and why, if it fails and is.
    #[must_use]
    pub fn accepted(&self) -> Option<&str> {
        let last = self.transitions.last().filter(|last| self.status == Status::Open && last.step == Step::Excepted);
        last.map(|last| &*last.message)
    }
}

//! A rule's answer about one resource at one second.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Text, Why};

/// How much a failure matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A weakness to know of.
    Low,
    /// A weakness to plan for.
    Medium,
    /// A weakness to fix now.
    High,
    /// An open door.
    Critical,
}

impl Severity {
    /// All of them, worst first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// One thing that is wrong, with a key that stays the same while it stays wrong: a group rule, a statement, a variable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Evidence {
    /// Stable within the resource and the rule.
    pub key: Text,
    /// What it is, in a few words.
    pub detail: Text,
}

impl Evidence {
    /// An entry.
    pub fn new(key: impl Into<Text>, detail: impl Into<Text>) -> Self {
        Self { key: key.into(), detail: detail.into() }
    }
}

/// What a failing rule says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What is wrong with this resource, found values in backticks, lower-case, no full stop.
    pub message: Text,
    /// What shows it, sorted by key.
    pub evidence: Vec<Evidence>,
}

/// A rule's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The resource is as the rule wants it.
    Pass,
    /// It is not.
    Fail(Failure),
    /// The rule does not speak about this resource, and why.
    NotApplicable(Text),
    /// It cannot be told, and why.
    Unknown(Why),
}

impl Verdict {
    /// A failure with one entry of evidence whose key is the given one.
    pub fn fail(key: &str, message: impl Into<Text>) -> Self {
        let message = message.into();
        Self::Fail(Failure { evidence: vec![Evidence { key: key.into(), detail: message.clone() }], message })
    }

    /// A failure shown by entries; there must be at least one.
    pub fn fail_with(message: impl Into<Text>, mut evidence: Vec<Evidence>) -> Self {
        evidence.sort();
        evidence.dedup_by(|a, b| a.key == b.key);
        Self::Fail(Failure { message: message.into(), evidence })
    }

    /// Not applicable.
    pub fn not_applicable(why: impl Into<Text>) -> Self {
        Self::NotApplicable(why.into())
    }

    /// Passes if there is no evidence against it, else fails with the message made from the evidence.
    pub fn unless(evidence: Vec<Evidence>, message: impl FnOnce(&[Evidence]) -> String) -> Self {
        if evidence.is_empty() { Self::Pass } else { Self::fail_with(message(&evidence), evidence) }
    }

    /// The word for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail(_) => "fail",
            Self::NotApplicable(_) => "not_applicable",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// What a rule's function returns: a verdict, or with `?` the reason why it cannot be told. Both are answers.
pub type Answer = Result<Verdict, Why>;

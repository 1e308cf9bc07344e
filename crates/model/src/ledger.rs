//! A resource's record: a base and the set of entries after it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Cause, Life, Operation, Second, Text, Timeline};

/// What one event did to one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The event.
    pub cause: Arc<Cause>,
    /// What it did, in the order the interpreter gave.
    pub operations: Vec<Operation>,
    /// The `eventID` of the entry that this one corrects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Text>,
}

/// What entries came to that are no longer kept: all that is needed to go on from there as if they were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// The last second that was folded into it.
    pub time: Second,
    /// What was known at the end of that second.
    pub life: Life,
    /// If it was deleted by then: what was known before, for a deletion may be undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Life>,
    /// The events that ended its lives up to then: they ended what it owned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deaths: Vec<Arc<Cause>>,
    /// The timelines of its rules up to that second, in the order of the rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timelines: Vec<Timeline>,
}

/// The set of entries of one resource, keyed by time and event id, after a base.
///
/// Inserting is a set insertion and repeating it is nothing, so the order of arrival cannot matter. Everything else
/// about the resource is a pure function of this.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// What entries came to that are no longer kept.
    pub base: Option<Base>,
    /// The entries, sorted.
    pub entries: BTreeMap<(Second, Text), Entry>,
}

impl Ledger {
    /// Adds an entry. Returns whether it was new.
    pub fn insert(&mut self, entry: Entry) -> bool {
        let key = (entry.cause.time, entry.cause.event_id.clone());
        self.entries.insert(key, entry).is_none()
    }
}

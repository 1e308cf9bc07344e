//! What a facet was before a second. Entries that the second left alone are not copied: there may be hundreds, and a ledger
//! has as many seconds.

use std::borrow::Cow;
use std::sync::Arc;

use smallvec::SmallVec;
use trailhound_model::{Map, Origin, Slot, State, Text, Value, Why};

/// A slot as it was before a second that touched it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    /// All of it.
    Slot(Arc<Slot>),
    /// Of a slot with entries: those that were put or removed since, as they were.
    Entries {
        /// Where the state came from.
        origin: Origin,
        /// Why there may have been other entries, if there may.
        unseen: Option<Why>,
        /// Each entry by its key, once; `None` where there was none.
        entries: SmallVec<[(Text, Option<Value>); 1]>,
    },
}

impl Before {
    /// A slot that is about to be changed, entry by entry if it has entries.
    #[must_use]
    pub fn of_entries(slot: &Arc<Slot>) -> Self {
        match entries(&slot.state) {
            Some((_, unseen)) => {
                Self::Entries { origin: slot.origin, unseen: unseen.cloned(), entries: SmallVec::new() }
            }
            None => Self::Slot(Arc::clone(slot)),
        }
    }

    /// Keeps one entry of the slot, which is about to be put or removed.
    pub fn keep(&mut self, key: &str, slot: &Slot) {
        if let Self::Entries { entries: kept, .. } = self
            && !kept.iter().any(|(known, _)| known == key)
        {
            let old = entries(&slot.state).and_then(|(map, _)| map.get(key)).cloned();
            kept.push((key.into(), old));
        }
    }

    /// The slot as it was, by what it is `now`.
    #[must_use]
    pub fn slot<'a>(&'a self, now: &Slot) -> Cow<'a, Slot> {
        let (origin, unseen, kept) = match self {
            Self::Slot(slot) => return Cow::Borrowed(slot),
            Self::Entries { origin, unseen, entries } => (*origin, unseen, entries),
        };
        let mut map = entries(&now.state).map_or_else(Map::new, |(map, _)| map.clone());
        for (key, old) in kept {
            match old {
                Some(old) => drop(map.insert(key.clone(), old.clone())),
                None => drop(map.remove(key)),
            }
        }
        let state = match unseen {
            None => State::Known(Value::Map(map)),
            Some(why) => State::Partial(map, why.clone()),
        };
        Cow::Owned(Slot { state, origin })
    }

    /// Whether the slot was another than it is `now`.
    #[must_use]
    pub fn differs(&self, now: &Slot) -> bool {
        match self {
            Self::Slot(slot) => **slot != *now,
            Self::Entries { origin, unseen, entries: kept } => {
                let Some((map, why)) = entries(&now.state) else { return true };
                *origin != now.origin
                    || unseen.as_ref() != why
                    || kept.iter().any(|(key, old)| map.get(key) != old.as_ref())
            }
        }
    }
}

/// The entries that a state tells, and why there may be others.
fn entries(state: &State) -> Option<(&Map, Option<&Why>)> {
    match state {
        State::Known(Value::Map(map)) => Some((map, None)),
        State::Partial(map, why) => Some((map, Some(why))),
        State::Known(_) | State::Absent | State::Unread(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(entries: &[(&str, i64)], unseen: Option<Why>, origin: Origin) -> Arc<Slot> {
        let map: Map = entries.iter().map(|(key, value)| (Text::from(*key), Value::from(*value))).collect();
        let state = match unseen {
            None => State::Known(Value::Map(map)),
            Some(why) => State::Partial(map, why),
        };
        Arc::new(Slot { state, origin })
    }

    #[test]
    fn what_was_is_told_by_what_is_and_by_what_was_touched() {
        let old = slot(&[("a", 1), ("b", 2), ("c", 3)], None, Origin::Default);
        let mut before = Before::of_entries(&old);
        for key in ["b", "c", "d", "b"] {
            before.keep(key, &old);
        }
        for (new, differs) in [
            (slot(&[("a", 1), ("b", 2), ("c", 3)], None, Origin::Default), false),
            (slot(&[("a", 1), ("b", 2), ("c", 3)], None, Origin::Stated), true),
            (slot(&[("a", 1), ("b", 2), ("c", 3)], Some(Why::TooMany), Origin::Default), true),
            (slot(&[("a", 1), ("b", 5), ("c", 3)], None, Origin::Default), true),
            (slot(&[("a", 1), ("c", 3)], None, Origin::Default), true),
            (slot(&[("a", 1), ("b", 2), ("c", 3), ("d", 4)], None, Origin::Default), true),
            (slot(&[("a", 1), ("d", 4)], Some(Why::TwoWrites), Origin::Stated), true),
        ] {
            assert_eq!(before.differs(&new), differs, "{new:?}");
            assert_eq!(*before.slot(&new), *old, "{new:?}");
        }
    }

    #[test]
    fn a_slot_without_entries_is_kept_whole() {
        for state in [State::Absent, State::Unread(Why::NotSeen), State::Known("on".into())] {
            let old = Arc::new(Slot { state, origin: Origin::Nothing });
            let mut before = Before::of_entries(&old);
            before.keep("a", &old);
            let new = slot(&[("a", 1)], None, Origin::Stated);
            assert!(before.differs(&new) && !before.differs(&old));
            assert_eq!(*before.slot(&new), *old);
        }
    }
}

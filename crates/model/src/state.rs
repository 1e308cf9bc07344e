//! What is known about a resource at one second.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::kind::initial_state;
use crate::{FacetDef, Initial, Kind, Map, Second, Value};

/// Why something is not known. Counted by [`Why::code`]; shown by `Display`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// No event or read has shown it yet.
    NotSeen,
    /// The call that created the resource did not state it and AWS's default depends on more than the event shows.
    NotStated,
    /// Only some entries were seen: others may exist.
    SeenInPart,
    /// There are more entries than are kept.
    TooMany,
    /// Two different writes in one second: CloudTrail does not say which came last.
    TwoWrites,
    /// CloudTrail hides it (`HIDDEN_DUE_TO_SECURITY_REASONS` and the like).
    Hidden,
    /// CloudTrail left the body out because of its size.
    Omitted,
    /// A change was accepted and is not yet applied.
    Pending,
    /// A call touched it without saying what it is now.
    Touched,
    /// The resource was deleted and a later call shows that it exists again.
    Revived,
    /// An entry was removed by an id that no earlier event had shown.
    RemovedUnseen,
    /// A value with a shape that is not understood.
    NotUnderstood(Cow<'static, str>),
    /// The value depends on something else that is not known; says what.
    DependsOn(Cow<'static, str>),
    /// AWS refused the read.
    AccessDenied,
    /// The read failed for another reason.
    ReadFailed(Cow<'static, str>),
    /// A read that came too soon after the creation found nothing.
    NotVisibleYet,
    /// A template's intrinsic that cannot be resolved before deployment.
    Unresolved,
}

impl Why {
    /// A stable word to count by.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotSeen => "not_seen",
            Self::NotStated => "not_stated",
            Self::SeenInPart => "seen_in_part",
            Self::TooMany => "too_many",
            Self::TwoWrites => "two_writes",
            Self::Hidden => "hidden",
            Self::Omitted => "omitted",
            Self::Pending => "pending",
            Self::Touched => "touched",
            Self::Revived => "revived",
            Self::RemovedUnseen => "removed_unseen",
            Self::NotUnderstood(_) => "not_understood",
            Self::DependsOn(_) => "depends_on",
            Self::AccessDenied => "access_denied",
            Self::ReadFailed(_) => "read_failed",
            Self::NotVisibleYet => "not_visible_yet",
            Self::Unresolved => "unresolved",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSeen => "no event has shown it",
            Self::NotStated => "the creating call did not state it",
            Self::SeenInPart => "only part of it was seen",
            Self::TooMany => "it has more entries than are kept",
            Self::TwoWrites => "two different writes in one second",
            Self::Hidden => "CloudTrail hides it",
            Self::Omitted => "CloudTrail omitted it for its size",
            Self::Pending => "a change to it is pending",
            Self::Touched => "a call changed it without showing the result",
            Self::Revived => "the resource came back after a deletion",
            Self::RemovedUnseen => "an entry never seen before was removed",
            Self::NotUnderstood(what) => return write!(f, "not understood: {what}"),
            Self::DependsOn(what) => return write!(f, "it depends on {what}, which is not known"),
            Self::AccessDenied => "AWS denied the read",
            Self::ReadFailed(what) => return write!(f, "the read failed: {what}"),
            Self::NotVisibleYet => "AWS does not show it yet",
            Self::Unresolved => "it is decided only at deployment",
        })
    }
}

/// The state of one facet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Known in full. A keyed facet's value is a map from key to entry.
    Known(Value),
    /// A keyed facet of which these entries are known and others may exist.
    Partial(Map, Why),
    /// Known not to exist.
    Absent,
    /// Not known.
    Unread(Why),
}

/// Where a facet's state came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Nothing has spoken about it.
    Nothing,
    /// AWS's default at creation.
    Default,
    /// A call stated it.
    Stated,
    /// A read returned it.
    Read,
}

/// A facet's state and where it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// The state.
    pub state: State,
    /// Where it came from.
    pub origin: Origin,
}

/// Whether a resource exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// No event has touched it yet.
    Unseen,
    /// It exists.
    Live,
    /// It was deleted.
    Gone,
}

/// All that is known of one resource at one second: its presence and a slot per facet, in the kind's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    /// The kind, which gives the order of the slots.
    pub kind: Kind,
    /// Whether it exists.
    pub presence: Presence,
    /// When it was created, if that was seen.
    pub born: Option<Second>,
    /// One slot per facet of the kind. Lives of many seconds share those that did not change between them.
    pub slots: Vec<Arc<Slot>>,
}

impl Life {
    /// A resource about which nothing is known.
    #[must_use]
    pub fn unseen(kind: Kind) -> Self {
        let mut life = Self { kind, presence: Presence::Unseen, born: None, slots: Vec::new() };
        life.forget(&Why::NotSeen);
        life
    }

    /// A resource created at `time` of which nothing was stated: every facet has its default.
    #[must_use]
    pub fn born(kind: Kind, time: Second) -> Self {
        let new = |def| match initial_state(def, time) {
            state @ State::Unread(_) => Arc::new(Slot { state, origin: Origin::Nothing }),
            state => Arc::new(Slot { state, origin: Origin::Default }),
        };
        // Most facets begin in one of two ways, and share their slots.
        let (mut unread, mut absent) = (None, None);
        let slots = kind
            .def()
            .facets
            .iter()
            .map(|def| match def.initial {
                Initial::Unread => Arc::clone(unread.get_or_insert_with(|| new(def))),
                Initial::Absent => Arc::clone(absent.get_or_insert_with(|| new(def))),
                Initial::Empty | Initial::Default(_) => new(def),
            })
            .collect();
        Self { kind, presence: Presence::Live, born: Some(time), slots }
    }

    /// Makes every facet unread for one reason.
    pub fn forget(&mut self, why: &Why) {
        let unread = Arc::new(Slot { state: State::Unread(why.clone()), origin: Origin::Nothing });
        self.slots = vec![unread; self.kind.def().facets.len()];
    }

    /// The slot of a facet of this kind.
    #[must_use]
    pub fn slot(&self, facet: &FacetDef) -> Option<&Slot> {
        self.slots.get(self.kind.position(facet.name)?).map(Arc::as_ref)
    }
}

/// A life as it is stored: facets by name, so that a version with more or fewer facets can read it.
#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    kind: Kind,
    presence: Presence,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    born: Option<Second>,
    slots: BTreeMap<Cow<'a, str>, Arc<Slot>>,
}

impl Serialize for Life {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let never = Slot { state: State::Unread(Why::NotSeen), origin: Origin::Nothing };
        let facets = self.kind.def().facets.iter().zip(&self.slots);
        let slots = facets
            .filter(|(_, slot)| ***slot != never)
            .map(|(facet, slot)| (Cow::Borrowed(facet.name), Arc::clone(slot)))
            .collect();
        Stored { kind: self.kind, presence: self.presence, born: self.born, slots }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Life {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        let mut life = Self { presence: stored.presence, born: stored.born, ..Self::unseen(stored.kind) };
        for (name, slot) in stored.slots {
            // A facet that this version does not have any more is nothing to it.
            if let Some(own) = life.kind.position(&name).and_then(|at| life.slots.get_mut(at)) {
                *own = slot;
            }
        }
        Ok(life)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::s3::{BUCKET, VERSIONING};

    #[test]
    fn a_stored_life_comes_back_whatever_facets_were_added_or_dropped_since() {
        let mut life = Life::born(Kind::of(&BUCKET), Second(5));
        let at = life.kind.position(VERSIONING.def.name).unwrap();
        life.slots[at] = Arc::new(Slot { state: State::Known("Enabled".into()), origin: Origin::Read });
        let json = serde_json::to_string(&life).unwrap();
        assert_eq!(serde_json::from_str::<Life>(&json).unwrap(), life);
        let renamed = json.replace(VERSIONING.def.name, "NoSuchFacet");
        let read: Life = serde_json::from_str(&renamed).unwrap();
        assert_eq!(read.slots[at].state, State::Unread(Why::NotSeen));
        assert_eq!(read.presence, Presence::Live);
    }
}

//! What an event means: a change, made of operations on the facets of resources.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Binding, FacetDef, Map, Second, State, Target, Text, Value, Why};

/// Who made a call, as far as the record tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// The identity's type as CloudTrail names it: `IAMUser`, `AssumedRole`, `Root`, `AWSService`, ...
    #[serde(rename = "type")]
    pub identity: Text,
    /// The person or program a reader would name: user name, session name, Identity Center user, service.
    pub name: Text,
    /// The caller's ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<Text>,
    /// The caller's account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Text>,
    /// Whose session it was: the ARN (where the record lacks it, the name) of the role, or of the user who issued a
    /// federated session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Text>,
    /// The identity provider that vouched for the caller: an ARN, or the host of an OpenID Connect issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Text>,
    /// The AWS service that made the call on the caller's behalf, for example `cloudformation.amazonaws.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoked_by: Option<Text>,
    /// Where the call came from: an address, or a service's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_ip: Option<Text>,
    /// The program that made the call, cut to 256 characters. Chosen by the caller: hostile text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<Text>,
}

impl Actor {
    /// Whether it is the empty actor, which stands where nobody is known.
    fn is_nobody(actor: &Arc<Self>) -> bool {
        **actor == Self::default()
    }
}

/// The event behind a change: when, what, where and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// When the call was made.
    pub time: Second,
    /// CloudTrail's `eventID`, unique per event.
    pub event_id: Text,
    /// The service's name, for example `s3.amazonaws.com`.
    pub source: Text,
    /// The call's name as CloudTrail spells it.
    pub name: Text,
    /// The account in which it was recorded.
    pub account: Text,
    /// The region in which it was recorded.
    pub region: Text,
    /// Who made it; of a read, which has no author, the empty actor: ask [`Cause::by`].
    #[serde(default, skip_serializing_if = "Actor::is_nobody")]
    pub actor: Arc<Actor>,
}

impl Cause {
    /// The source of what Trailhound read itself, where events have a service's name.
    pub const READ: &'static str = "trailhound";

    /// Who made the call. `None` for a read: it shows what somebody did before, and does not know who.
    #[must_use]
    pub fn by(&self) -> Option<&Actor> {
        (!self.is_read()).then_some(&*self.actor)
    }

    /// Whether it is no event but a read of Trailhound's.
    #[must_use]
    pub fn is_read(&self) -> bool {
        *self.source == *Self::READ
    }
}

/// A facet named in an operation. Interpreters use the facet's static name; stored changes own theirs.
pub type FacetName = Cow<'static, str>;

/// How sure a creating call makes us that a new life began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Birth {
    /// AWS refuses the call while the resource exists: it is new.
    Certain,
    /// AWS accepts the call for an existing resource, but the first one seen is taken as its creation (buckets in
    /// us-east-1).
    Repeatable,
    /// AWS accepts the call for an existing resource and nothing is proved by it (topics, queues, clusters): only what it
    /// states is known.
    Unproven,
}

/// Which entries of a keyed facet to remove.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Removal {
    /// The entry with this key.
    Key(Text),
    /// The entry that has this member with this value (a rule id). Entries without the member might be it.
    Member(Text, Value),
}

/// One step on one resource. A resource's entries are sorted and folded, so an operation never says "now".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Operation {
    /// A new life; facets not stated get AWS's default as of the event's date.
    Create {
        /// How sure it is.
        birth: Birth,
        /// What the call or its response stated.
        stated: Vec<(FacetName, State)>,
    },
    /// The facet has this value now.
    Set {
        /// The facet.
        facet: FacetName,
        /// The value.
        value: Value,
    },
    /// The facet does not exist any more. A keyed facet has no entries.
    Clear {
        /// The facet.
        facet: FacetName,
    },
    /// A keyed facet has this entry now.
    Put {
        /// The facet.
        facet: FacetName,
        /// The key.
        key: Text,
        /// The entry.
        value: Value,
    },
    /// A keyed facet has lost an entry.
    Remove {
        /// The facet.
        facet: FacetName,
        /// Which entry.
        what: Removal,
    },
    /// An entry, found by a member, was replaced by another in whichever of these facets holds it.
    Replace {
        /// The facets that may hold it.
        facets: Vec<FacetName>,
        /// The member that identifies it, and its value.
        member: (Text, Value),
        /// The new key.
        key: Text,
        /// The new entry.
        value: Value,
    },
    /// The facet was touched and its value is not known now; all facets if none is named.
    Stale {
        /// The facet.
        facet: Option<FacetName>,
        /// Why.
        why: Why,
    },
    /// A read showed that the resource exists, and these facets in full. What it could not read says nothing new.
    Read {
        /// The facets that were asked for.
        states: Vec<(FacetName, State)>,
    },
    /// A pending deletion was undone: the resource lives, with what was known of it.
    Restore,
    /// The life ended.
    Delete,
}

impl Operation {
    /// Sets a facet.
    #[must_use]
    pub fn set(facet: &FacetDef, value: Value) -> Self {
        Self::Set { facet: facet.name.into(), value }
    }

    /// The place among the operations of one second: births, removals, sets, additions, deletions, reads. Doubt about the
    /// order within a second errs towards open; a read was made later than the second it is entered at.
    #[must_use]
    pub const fn rank(&self) -> u8 {
        match self {
            Self::Create { .. } | Self::Restore => 0,
            Self::Remove { .. } | Self::Clear { .. } => 1,
            Self::Set { .. } | Self::Stale { .. } => 2,
            Self::Put { .. } | Self::Replace { .. } => 3,
            Self::Delete => 4,
            Self::Read { .. } => 5,
        }
    }
}

/// What a change does to one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// The resource, or another name for it.
    pub target: Target,
    /// What happens to it.
    pub operations: Vec<Operation>,
}

/// The meaning of one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The event.
    pub cause: Arc<Cause>,
    /// What it does.
    pub effects: Vec<Effect>,
    /// The names it teaches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bindings: Vec<Binding>,
    /// The `eventID` of an earlier event that this one corrects (`addendum` with reason `UPDATED_DATA`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Text>,
}

/// Builds the map of a keyed facet.
#[must_use]
pub fn keyed(entries: impl IntoIterator<Item = (Text, Value)>) -> Value {
    Value::Map(entries.into_iter().collect::<Map>())
}

//! What a rule sees: one resource at one second, with the facets it may borrow from related resources.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use crate::{
    Facet, FacetDef, Keyed, Life, Map, Presence, RelationDef, ResourceId, Second, Slot, State, Text, Value, Why,
};

/// A facet as a rule sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen<T> {
    /// It has this value.
    Known(T),
    /// It does not exist.
    Absent,
    /// It is not known.
    Unread(Why),
}

impl<T> Seen<T> {
    /// The value, `None` if it does not exist.
    ///
    /// # Errors
    /// Why it is not known: with `?` a rule answers *unknown*.
    pub fn known(self) -> Result<Option<T>, Why> {
        match self {
            Self::Known(value) => Ok(Some(value)),
            Self::Absent => Ok(None),
            Self::Unread(why) => Err(why),
        }
    }
}

/// A three-valued truth, for questions about entries of which some may be unseen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    /// Certainly.
    Yes,
    /// Certainly not.
    No,
    /// Not known, and why.
    Unknown(Why),
}

impl Truth {
    /// True or false.
    ///
    /// # Errors
    /// Why it is not known: with `?` a rule answers *unknown*.
    pub fn known(self) -> Result<bool, Why> {
        match self {
            Self::Yes => Ok(true),
            Self::No => Ok(false),
            Self::Unknown(why) => Err(why),
        }
    }
}

/// A keyed facet as a rule sees it: typed entries, and questions that stay honest when some entries are unseen.
///
/// There is no way to ask whether all entries are here: only questions whose answer accounts for it. An entry gets its type
/// when it is looked at, since there may be hundreds and the first may decide; one that is not understood is as good as unseen.
pub struct Entries<'a, T> {
    seen: Vec<Entry<'a, T>>,
    unseen: Option<Why>,
}

/// An entry that was seen.
struct Entry<'a, T> {
    key: &'a str,
    value: &'a Value,
    facet: &'static str,
    typed: OnceCell<Result<T, Why>>,
}

impl<T: DeserializeOwned> Entry<'_, T> {
    fn typed(&self) -> Result<&T, &Why> {
        let decode = || {
            let not_understood = |error| format!("{} `{}`: {error}", self.facet, self.key);
            self.value.decode().map_err(|error| Why::NotUnderstood(not_understood(error).into()))
        };
        self.typed.get_or_init(decode).as_ref()
    }
}

impl<'a, T: DeserializeOwned> Entries<'a, T> {
    fn of(facet: &'static str, map: Option<&'a Map>, unseen: Option<Why>) -> Self {
        let entry = |(key, value): (&'a Text, &'a Value)| Entry { key, value, facet, typed: OnceCell::new() };
        Self { seen: map.into_iter().flatten().map(entry).collect(), unseen }
    }

    /// Why some entries are unseen or not understood, if some are.
    fn doubt(&self) -> Option<Why> {
        let not_understood = self.seen.iter().rev().find_map(|entry| entry.typed().err());
        not_understood.or(self.unseen.as_ref()).cloned()
    }

    /// Whether some entry satisfies a condition.
    pub fn any(&self, condition: impl FnMut(&str, &T) -> bool) -> Truth {
        self.count_at_least(1, condition)
    }

    /// Whether at least `n` entries satisfy a condition.
    pub fn count_at_least(&self, n: usize, mut condition: impl FnMut(&str, &T) -> bool) -> Truth {
        if self.seen().filter(|(key, entry)| condition(key, entry)).take(n).count() >= n {
            return Truth::Yes;
        }
        self.doubt().map_or(Truth::No, Truth::Unknown)
    }

    /// The entries that satisfy a condition, for evidence. Ends in *unknown* when none does and some are unseen.
    ///
    /// # Errors
    /// Why unseen entries might satisfy it.
    pub fn matching(&self, mut condition: impl FnMut(&str, &T) -> bool) -> Result<Vec<(&str, &T)>, Why> {
        self.settle(self.seen().filter(|(key, entry)| condition(key, entry)).collect())
    }

    /// The entry with this key.
    pub fn get(&self, key: &str) -> Seen<&T> {
        match self.seen.iter().find(|entry| entry.key == key).map(Entry::typed) {
            Some(Ok(entry)) => Seen::Known(entry),
            Some(Err(why)) => Seen::Unread(why.clone()),
            None => self.unseen.clone().map_or(Seen::Absent, Seen::Unread),
        }
    }

    /// Every entry that was seen and is understood, for an analysis that judges them together; [`Entries::settle`] says what
    /// its answer is worth.
    pub fn seen(&self) -> impl Iterator<Item = (&str, &T)> {
        self.seen.iter().filter_map(|entry| Some((entry.key, entry.typed().ok()?)))
    }

    /// Turns an analysis of the seen entries into an answer: what was found stands; nothing found is *unknown* while some
    /// entries are unseen.
    ///
    /// # Errors
    /// Why unseen entries might change the answer.
    pub fn settle<F>(&self, found: Vec<F>) -> Result<Vec<F>, Why> {
        match found.is_empty().then(|| self.doubt()).flatten() {
            Some(why) => Err(why),
            None => Ok(found),
        }
    }
}

/// Finds the related resources of a snapshot. The engine and tests implement it.
pub trait Relatives {
    /// The related lives at the snapshot's second, and whether these are certainly all of them.
    fn related(&self, relation: &RelationDef) -> (Vec<(&ResourceId, &Life)>, bool);
}

/// No related resource is known.
pub struct Alone;

impl Relatives for Alone {
    fn related(&self, _relation: &RelationDef) -> (Vec<(&ResourceId, &Life)>, bool) {
        (Vec::new(), false)
    }
}

/// The name under which a question was recorded: a facet of the resource itself, or of a relation.
pub type Asked = (Option<&'static str>, &'static str);

/// One resource at one second, as rules see it.
pub struct Snapshot<'a> {
    /// The identity.
    pub resource: &'a ResourceId,
    /// The second that it is judged as of.
    pub as_of: Second,
    /// Why facets that a rule asks for are unread, if the resource as a whole is.
    life: &'a Life,
    relatives: &'a dyn Relatives,
    relation: Option<&'static str>,
    asked: Option<&'a RefCell<BTreeSet<Asked>>>,
}

impl<'a> Snapshot<'a> {
    /// A snapshot of a life.
    #[must_use]
    pub fn new(resource: &'a ResourceId, as_of: Second, life: &'a Life, relatives: &'a dyn Relatives) -> Self {
        Self { resource, as_of, life, relatives, relation: None, asked: None }
    }

    /// Records every question into `asked`, so that a test can prove what a rule declares to read.
    #[must_use]
    pub fn recording(mut self, asked: &'a RefCell<BTreeSet<Asked>>) -> Self {
        self.asked = Some(asked);
        self
    }

    /// When the resource was created, if that was seen.
    #[must_use]
    pub fn born(&self) -> Option<Second> {
        self.life.born
    }

    /// Whether the resource exists, as far as is known.
    #[must_use]
    pub fn presence(&self) -> Presence {
        self.life.presence
    }

    /// A single-valued facet.
    pub fn get<T: DeserializeOwned>(&self, facet: &'static Facet<T>) -> Seen<T> {
        match &self.slot(&facet.def).state {
            State::Known(value) => match value.decode() {
                Ok(typed) => Seen::Known(typed),
                Err(error) => Seen::Unread(Why::NotUnderstood(format!("{}: {error}", facet.def.name).into())),
            },
            State::Partial(_, why) | State::Unread(why) => Seen::Unread(why.clone()),
            State::Absent => Seen::Absent,
        }
    }

    /// Whether a facet's value was stated by a call or read, and not a default of creation or unknown.
    pub fn is_stated<T>(&self, facet: &'static Facet<T>) -> bool {
        matches!(self.slot(&facet.def).origin, crate::Origin::Stated | crate::Origin::Read)
    }

    /// A keyed facet.
    ///
    /// # Errors
    /// Why none of it is known: with `?` a rule answers *unknown*.
    pub fn entries<T: DeserializeOwned>(&self, facet: &'static Keyed<T>) -> Result<Entries<'a, T>, Why> {
        let (map, unseen) = match &self.slot(&facet.def).state {
            State::Known(Value::Map(map)) => (Some(map), None),
            State::Known(_) => return Err(Why::NotUnderstood(facet.def.name.into())),
            State::Partial(map, why) => (Some(map), Some(why.clone())),
            State::Absent => (None, None),
            State::Unread(why) => return Err(why.clone()),
        };
        Ok(Entries::of(facet.def.name, map, unseen))
    }

    /// The one related resource of a relation that leads to at most one. Every facet of one that was never seen is
    /// unread.
    pub fn related(&self, relation: &'static RelationDef) -> Related<'_> {
        let (lives, complete) = self.relatives.related(relation);
        Related { snapshot: self, relation, lives, complete }
    }

    fn slot(&self, facet: &'static FacetDef) -> &'a Slot {
        if let Some(asked) = self.asked {
            asked.borrow_mut().insert((self.relation, facet.name));
        }
        // A facet that the kind does not have reads as never seen; the rules' own tests refuse such a rule.
        self.life.slot(facet).unwrap_or(&NOT_SEEN)
    }
}

static NOT_SEEN: Slot = Slot { state: State::Unread(Why::NotSeen), origin: crate::Origin::Nothing };

/// The resources behind a relation.
pub struct Related<'a> {
    snapshot: &'a Snapshot<'a>,
    relation: &'static RelationDef,
    lives: Vec<(&'a ResourceId, &'a Life)>,
    complete: bool,
}

impl<'a> Related<'a> {
    /// Asks a single-valued facet of the one related resource.
    pub fn get<T: DeserializeOwned>(&self, facet: &'static Facet<T>) -> Seen<T> {
        match self.lives.first() {
            Some((id, life)) => self.view(id, life).get(facet),
            None => {
                self.note(&facet.def);
                Seen::Unread(Why::NotSeen)
            }
        }
    }

    /// Asks a keyed facet of the one related resource.
    ///
    /// # Errors
    /// Why none of it is known.
    pub fn entries<T: DeserializeOwned>(&self, facet: &'static Keyed<T>) -> Result<Entries<'a, T>, Why> {
        match self.lives.first() {
            Some((id, life)) => self.view(id, life).entries(facet),
            None => {
                self.note(&facet.def);
                Err(Why::NotSeen)
            }
        }
    }

    /// Whether some related resource that exists satisfies a condition. The condition answers `Err` where it cannot know.
    pub fn any(&self, mut condition: impl FnMut(&Snapshot<'_>) -> Result<bool, Why>) -> Truth {
        let mut doubt = if self.complete { None } else { Some(Why::SeenInPart) };
        for (id, life) in self.lives.iter().filter(|(_, life)| life.presence != Presence::Gone) {
            match condition(&self.view(id, life)) {
                Ok(true) => return Truth::Yes,
                Ok(false) => {}
                Err(why) => doubt = Some(why),
            }
        }
        if self.lives.is_empty() {
            for def in self.relation.borrows {
                self.note(def);
            }
        }
        doubt.map_or(Truth::No, Truth::Unknown)
    }

    fn view(&self, id: &'a ResourceId, life: &'a Life) -> Snapshot<'a> {
        Snapshot {
            resource: id,
            as_of: self.snapshot.as_of,
            life,
            relatives: &Alone,
            relation: Some(self.relation.name),
            asked: self.snapshot.asked,
        }
    }

    fn note(&self, facet: &'static FacetDef) {
        if let Some(asked) = self.snapshot.asked {
            asked.borrow_mut().insert((Some(self.relation.name), facet.name));
        }
    }
}

/// The entries of a keyed facet's state as plain values, for listings.
#[must_use]
pub fn entries_of(state: &State) -> Option<&Map> {
    match state {
        State::Known(Value::Map(map)) | State::Partial(map, _) => Some(map),
        _ => None,
    }
}

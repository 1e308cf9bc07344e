//! Folding a ledger: from a set of entries to what is known at every second.
//!
//! Entries are sorted by time, rank and event id, never by arrival. Within a second, births come first, then removals, sets,
//! additions, deletions and reads: CloudTrail does not order the calls of one second, and doubt errs towards open. Only two
//! things are not errors but honest ignorance: two different writes to one facet in one second, and a removal of an entry
//! that was never seen.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use smallvec::SmallVec;
use trailhound_model::{
    Birth, Cause, Entry, FacetName, Kind, Ledger, Life, Map, Operation, Origin, Presence, Removal, Second, Shape, Slot,
    State, Text, Value, Why, entries_of,
};

use crate::before::Before;

/// What the fold noticed that a reader of the result may want to know, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Births of resources that were alive: a deletion was missed.
    pub missed_deletes: u64,
    /// Calls on resources that were deleted before: a creation was missed.
    pub revived: u64,
    /// Facets that two events wrote differently in one second.
    pub two_writes: u64,
    /// Operations on facets that the kind does not have (a store written by another version).
    pub unknown_facets: u64,
    /// Entries older than the base, which cannot be folded any more.
    pub late: u64,
}

impl Notes {
    /// Adds another fold's counts.
    pub const fn add(&mut self, other: &Self) {
        self.missed_deletes += other.missed_deletes;
        self.revived += other.revived;
        self.two_writes += other.two_writes;
        self.unknown_facets += other.unknown_facets;
        self.late += other.late;
    }
}

/// A set of facets of one kind, by position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FacetSet(u64);

impl FacetSet {
    /// Every facet.
    pub const ALL: Self = Self(u64::MAX);

    /// The set of these facets, by their position in the kind.
    #[must_use]
    pub fn of(positions: impl IntoIterator<Item = usize>) -> Self {
        Self(positions.into_iter().fold(0, |bits, position| bits | 1 << (position % 64)))
    }

    /// Whether the sets share a facet.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether the facet at a position is in the set.
    #[must_use]
    pub const fn has(self, position: usize) -> bool {
        self.0 & 1 << (position % 64) != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Adds another set.
    pub const fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// One second of a resource's history: what it touched and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// The second.
    pub time: Second,
    /// The facets that were touched; all of them when a life began or ended.
    pub touched: FacetSet,
    /// What each event of the second touched, in the order applied.
    pub causes: SmallVec<[(FacetSet, Arc<Cause>); 1]>,
    /// The slots that were touched, by their position, as they were before the second.
    pub before: SmallVec<[(usize, Before); 1]>,
}

impl Moment {
    /// The last event of the second that touched one of these facets; a read only if no event did.
    #[must_use]
    pub fn cause(&self, facets: FacetSet) -> Option<&Arc<Cause>> {
        let touching = || self.causes.iter().rev().filter(|(touched, _)| touched.meets(facets)).map(|(_, cause)| cause);
        touching().find(|cause| !cause.is_read()).or_else(|| touching().next())
    }

    /// The facets that are not at the second's end what they were before it: a call may write what was there already.
    #[must_use]
    pub fn changed(&self, after: &Life) -> FacetSet {
        if self.touched == FacetSet::ALL {
            return FacetSet::ALL;
        }
        let differs = |position: usize, old: &Before| after.slots.get(position).is_none_or(|new| old.differs(new));
        FacetSet::of(self.before.iter().filter(|(at, old)| differs(*at, old)).map(|(at, _)| *at))
    }
}

/// A step of a fold in the making: an operation with its place in the second.
struct Step<'a> {
    rank: u8,
    cause: &'a Arc<Cause>,
    operation: &'a Operation,
}

/// Folds a ledger second by second.
pub struct Fold<'a> {
    kind: Kind,
    /// What is known at the end of the last second that was folded.
    pub life: Life,
    /// What was noticed so far.
    pub notes: Notes,
    /// What was known of a life when it ended: a deletion that is undone brings it back.
    pub(crate) ended: Option<Life>,
    /// What is still to be folded, by time.
    steps: VecDeque<(Second, Step<'a>)>,
}

static DELETE: Operation = Operation::Delete;

impl<'a> Fold<'a> {
    /// A fold over a ledger. `owner_deaths` are the times at which the resource's owner was deleted, which ends this one too.
    #[must_use]
    pub fn new(kind: Kind, ledger: &'a Ledger, owner_deaths: &'a [Arc<Cause>]) -> Self {
        let (life, ended) = match &ledger.base {
            Some(base) => (base.life.clone(), base.ended.clone()),
            None => (Life::unseen(kind), None),
        };
        let floor = ledger.base.as_ref().map(|base| base.time);
        let mut fold = Self::resume(kind, ledger, life, ended, Second(i64::MIN));
        let deaths = owner_deaths.iter().filter(|cause| floor.is_none_or(|floor| cause.time > floor));
        let death = |cause| Step { rank: DELETE.rank(), cause, operation: &DELETE };
        fold.steps.extend(deaths.map(|cause| (cause.time, death(cause))));
        if !owner_deaths.is_empty() {
            fold.steps.make_contiguous().sort_by_key(|(time, _)| *time);
        }
        fold
    }

    /// A fold over the entries of a ledger from a second on, by what those before come to.
    pub(crate) fn resume(kind: Kind, ledger: &'a Ledger, life: Life, ended: Option<Life>, from: Second) -> Self {
        let mut notes = Notes::default();
        let floor = ledger.base.as_ref().map(|base| base.time);
        let corrected: BTreeSet<&Text> = ledger.entries.values().filter_map(|entry| entry.replaces.as_ref()).collect();
        let entries = ledger.entries.range((from, Text::new())..).map(|(_, entry)| entry);
        let mut all = VecDeque::with_capacity(if from == Second(i64::MIN) { ledger.entries.len() } else { 0 });
        for entry in entries.filter(|entry| !corrected.contains(&entry.cause.event_id)) {
            if floor.is_some_and(|floor| entry.cause.time <= floor) {
                notes.late += 1;
                continue;
            }
            all.extend(steps(entry));
        }
        Self { kind, life, notes, ended, steps: all }
    }

    /// The next second that has entries.
    #[must_use]
    pub fn next_second(&self) -> Option<Second> {
        self.steps.front().map(|(time, _)| *time)
    }

    /// Folds the next second that has entries.
    pub fn step(&mut self) -> Option<Moment> {
        let time = self.next_second()?;
        let now = self.steps.iter().take_while(|(other, _)| *other == time).count();
        let mut steps: SmallVec<[Step<'a>; 4]> = self.steps.drain(..now).map(|(_, step)| step).collect();
        let deletes = steps.iter().any(|step| matches!(step.operation, Operation::Delete));
        let creates = steps.iter().any(|step| matches!(step.operation, Operation::Create { .. }));
        if deletes && creates && self.life.presence == Presence::Live {
            // It was alive: the deletion ended the old life and the creation began the new one.
            for step in &mut steps {
                step.rank = match step.operation {
                    Operation::Remove { .. } | Operation::Clear { .. } => 0,
                    Operation::Delete => 1,
                    Operation::Create { .. } | Operation::Restore => 2,
                    _ => step.rank + 1,
                };
            }
        }
        steps.sort_by(|a, b| a.rank.cmp(&b.rank).then_with(|| a.cause.event_id.cmp(&b.cause.event_id)));
        let mut second = SecondFold {
            kind: self.kind,
            life: &mut self.life,
            notes: &mut self.notes,
            ended: &mut self.ended,
            moment: Moment { time, ..Moment::default() },
            several: steps.first().is_some_and(|first| steps.iter().any(|step| !Arc::ptr_eq(step.cause, first.cause))),
            written: BTreeMap::new(),
            put: BTreeMap::new(),
        };
        for step in &steps {
            let touched = second.apply(step);
            second.moment.touched.add(touched);
            if !touched.is_empty() {
                second.moment.causes.push((touched, Arc::clone(step.cause)));
            }
        }
        Some(second.moment)
    }

    /// Folds to the end. Returns what is known then.
    #[must_use]
    pub fn finish(mut self) -> (Life, Notes) {
        while self.step().is_some() {}
        (self.life, self.notes)
    }
}

fn steps(entry: &Entry) -> impl Iterator<Item = (Second, Step<'_>)> {
    let step = |operation| Step { rank: Operation::rank(operation), cause: &entry.cause, operation };
    entry.operations.iter().map(move |operation| (entry.cause.time, step(operation)))
}

/// The fold of one second.
struct SecondFold<'s, 'a> {
    kind: Kind,
    life: &'s mut Life,
    notes: &'s mut Notes,
    ended: &'s mut Option<Life>,
    moment: Moment,
    /// Whether there are several events in it: one does not contradict itself.
    several: bool,
    /// Which event set a facet in this second, and to what (`None`: to something not shown).
    written: BTreeMap<usize, (&'a str, Option<&'a Value>)>,
    /// Which event put an entry in this second, and what.
    put: BTreeMap<(usize, &'a str), (&'a str, &'a Value)>,
}

impl<'a> SecondFold<'_, 'a> {
    /// Applies one operation and says what it touched.
    fn apply(&mut self, step: &Step<'a>) -> FacetSet {
        let time = self.moment.time;
        match step.operation {
            Operation::Create { birth, stated } => {
                self.create(*birth, stated, time);
                FacetSet::ALL
            }
            Operation::Delete => {
                if self.life.presence == Presence::Gone {
                    return FacetSet::default();
                }
                self.remember_all();
                *self.ended = Some(self.life.clone());
                self.life.presence = Presence::Gone;
                self.life.born = None;
                self.life.forget(&Why::NotSeen);
                FacetSet::ALL
            }
            Operation::Restore => {
                if self.life.presence == Presence::Gone {
                    self.undo_delete();
                }
                self.life.presence = Presence::Live;
                FacetSet::ALL
            }
            operation => {
                let revived = self.life.presence == Presence::Gone;
                if revived {
                    self.revive();
                }
                self.life.presence = Presence::Live;
                let touched = self.write(operation, &step.cause.event_id);
                if revived { FacetSet::ALL } else { touched }
            }
        }
    }

    fn create(&mut self, birth: Birth, stated: &[(FacetName, State)], time: Second) {
        *self.ended = None;
        self.remember_all();
        match (self.life.presence, birth) {
            (Presence::Live, Birth::Certain) => {
                self.notes.missed_deletes += 1;
                *self.life = Life::born(self.kind, time);
            }
            (Presence::Unseen, Birth::Certain | Birth::Repeatable) | (Presence::Gone, _) => {
                *self.life = Life::born(self.kind, time);
            }
            (Presence::Live, Birth::Repeatable | Birth::Unproven) => self.life.forget(&Why::Touched),
            (Presence::Unseen, Birth::Unproven) => {}
        }
        self.life.presence = Presence::Live;
        for (name, state) in stated {
            match self.kind.position(name) {
                Some(position) => {
                    let origin = match state {
                        State::Unread(_) => Origin::Nothing,
                        _ => Origin::Stated,
                    };
                    self.store(position, state.clone(), origin);
                }
                None => self.notes.unknown_facets += 1,
            }
        }
    }

    fn undo_delete(&mut self) {
        match self.ended.take() {
            Some(ended) => {
                self.remember_all();
                self.life.born = ended.born;
                self.life.slots = ended.slots;
            }
            None => self.revive(),
        }
    }

    fn revive(&mut self) {
        *self.ended = None;
        self.remember_all();
        self.notes.revived += 1;
        self.life.forget(&Why::Revived);
    }

    fn write(&mut self, operation: &'a Operation, event: &'a str) -> FacetSet {
        let position_of = |name: &FacetName| self.kind.position(name);
        match operation {
            Operation::Set { facet, value } => {
                let Some(position) = position_of(facet) else { return self.unknown_facet() };
                self.set(position, event, Some(value), State::Known(value.clone()))
            }
            Operation::Stale { facet: Some(facet), why } => {
                let Some(position) = position_of(facet) else { return self.unknown_facet() };
                self.set(position, event, None, State::Unread(why.clone()))
            }
            Operation::Stale { facet: None, why } => {
                for position in 0..self.life.slots.len() {
                    self.set(position, event, None, State::Unread(why.clone()));
                }
                FacetSet::ALL
            }
            Operation::Clear { facet } => {
                let Some(position) = position_of(facet) else { return self.unknown_facet() };
                let state = match self.shape(position) {
                    Shape::Keyed => State::Known(Value::Map(Map::new())),
                    Shape::Single => State::Absent,
                };
                self.remember(position);
                self.store(position, state, Origin::Stated);
                FacetSet::of([position])
            }
            Operation::Put { facet, key, value } => {
                let Some(position) = position_of(facet) else { return self.unknown_facet() };
                self.put_entry(position, key, value, event);
                FacetSet::of([position])
            }
            Operation::Remove { facet, what } => {
                let Some(position) = position_of(facet) else { return self.unknown_facet() };
                self.remove_entry(position, what);
                FacetSet::of([position])
            }
            Operation::Replace { facets, member, key, value } => {
                let positions: Vec<usize> = facets.iter().filter_map(position_of).collect();
                self.replace_entry(&positions, member, key, value, event);
                FacetSet::of(positions)
            }
            Operation::Read { states } => self.read(states),
            Operation::Create { .. } | Operation::Restore | Operation::Delete => FacetSet::default(),
        }
    }

    /// Takes over what a read showed. Where it agrees with what calls stated nothing is touched; where it agrees with a
    /// default, that is a fact now. What it could not read changes only why something is not known.
    fn read(&mut self, states: &[(FacetName, State)]) -> FacetSet {
        let mut touched = FacetSet::default();
        for (name, state) in states {
            let Some(position) = self.kind.position(name) else {
                self.notes.unknown_facets += 1;
                continue;
            };
            let limit = self.kind.def().facets.get(position).map_or(usize::MAX, |facet| facet.limit);
            let (state, origin) = match (state, self.state(position)) {
                (State::Unread(_), Some(State::Unread(_))) => (state.clone(), Origin::Nothing),
                (State::Unread(_), _) => continue,
                (State::Known(Value::Map(map)), _)
                    if map.len() > limit && matches!(self.shape(position), Shape::Keyed) =>
                {
                    let kept = map.iter().take(limit).map(|(key, entry)| (key.clone(), entry.clone())).collect();
                    (State::Partial(kept, Why::TooMany), Origin::Read)
                }
                _ => (state.clone(), Origin::Read),
            };
            let new = |slot: &Arc<Slot>| slot.state != state || slot.origin == Origin::Default;
            if self.life.slots.get(position).is_some_and(new) {
                self.remember(position);
                self.store(position, state, origin);
                touched.add(FacetSet::of([position]));
            }
        }
        touched
    }

    fn unknown_facet(&mut self) -> FacetSet {
        self.notes.unknown_facets += 1;
        FacetSet::default()
    }

    /// Writes a whole facet, unless another event of this second wrote it differently: then nobody knows which came last.
    fn set(&mut self, position: usize, event: &'a str, value: Option<&'a Value>, state: State) -> FacetSet {
        self.remember(position);
        let conflict = self
            .written
            .get(&position)
            .is_some_and(|(by, earlier)| *by != event && (earlier.is_none() || value.is_none() || *earlier != value));
        if conflict {
            if !matches!(self.state(position), Some(State::Unread(Why::TwoWrites))) {
                self.notes.two_writes += 1;
            }
            self.store(position, State::Unread(Why::TwoWrites), Origin::Nothing);
        } else {
            if self.several {
                self.written.insert(position, (event, value));
            }
            let origin = if value.is_some() { Origin::Stated } else { Origin::Nothing };
            self.store(position, state, origin);
        }
        FacetSet::of([position])
    }

    fn put_entry(&mut self, position: usize, key: &'a str, value: &'a Value, event: &'a str) {
        self.remember_entries(position, [key]);
        let conflict = match self.put.get(&(position, key)) {
            Some((by, earlier)) => *by != event && *earlier != value,
            None => false,
        };
        if self.several {
            self.put.insert((position, key), (event, value));
        }
        if conflict {
            self.notes.two_writes += 1;
        }
        let limit = self.kind.def().facets.get(position).map_or(usize::MAX, |facet| facet.limit);
        // An entry that is there already changes nothing, nor does another one to drop where entries are dropped.
        let keeps = |slot: &Arc<Slot>| match &slot.state {
            _ if slot.origin != Origin::Stated => false,
            State::Known(Value::Map(map)) => map.get(key) == Some(value),
            State::Partial(map, Why::TooMany) if map.len() >= limit && !map.contains_key(key) => true,
            State::Partial(map, _) => map.get(key) == Some(value),
            _ => false,
        };
        if !conflict && self.life.slots.get(position).is_some_and(keeps) {
            return;
        }
        self.edit(position, |mut map, unseen| {
            if conflict {
                map.remove(key);
                return (map, Some(Why::TwoWrites));
            }
            if map.len() >= limit && !map.contains_key(key) {
                return (map, Some(Why::TooMany));
            }
            map.insert(key.into(), value.clone());
            (map, unseen)
        });
    }

    fn remove_entry(&mut self, position: usize, what: &Removal) {
        match what {
            Removal::Key(key) => self.remember_entries(position, [&**key]),
            Removal::Member(member, value) => self.remember_those_with(position, member, value),
        }
        match what {
            // What is removed from entries of which none is known leaves them unknown.
            Removal::Key(_) if matches!(self.state(position), Some(State::Unread(_) | State::Absent)) => {}
            Removal::Member(..) if matches!(self.state(position), Some(State::Unread(_) | State::Absent)) => {}
            Removal::Key(key) => self.edit(position, |mut map, unseen| {
                map.remove(key);
                (map, unseen)
            }),
            Removal::Member(member, value) => {
                let mut doubtful = false;
                self.edit(position, |mut map, unseen| {
                    let before = map.len();
                    map.retain(|_, entry| entry.get(member) != Some(value));
                    doubtful = map.len() == before && map.values().any(|entry| entry.get(member).is_none());
                    (map, unseen)
                });
                if doubtful {
                    self.remember(position);
                    self.store(position, State::Unread(Why::RemovedUnseen), Origin::Nothing);
                }
            }
        }
    }

    fn replace_entry(
        &mut self,
        positions: &[usize],
        (member, id): &'a (Text, Value),
        key: &'a Text,
        value: &'a Value,
        event: &'a str,
    ) {
        let holds = |slot: Option<&Arc<Slot>>| {
            let entries = slot.and_then(|slot| entries_of(&slot.state));
            entries.is_some_and(|map| map.values().any(|entry| entry.get(member) == Some(id)))
        };
        if let Some(position) = positions.iter().copied().find(|position| holds(self.life.slots.get(*position))) {
            self.remember_those_with(position, member, id);
            self.edit(position, |mut map, unseen| {
                map.retain(|_, entry| entry.get(member) != Some(id));
                (map, unseen)
            });
            self.put_entry(position, key, value, event);
            return;
        }
        // Nobody knows which of the facets has the new entry: what was seen in each stands, and more may exist.
        for position in positions {
            self.remember_entries(*position, []);
            if !matches!(self.state(*position), Some(State::Unread(_))) {
                self.edit(*position, |map, _| (map, Some(Why::Touched)));
            }
        }
    }

    /// Edits the entries of a keyed facet. Entries that were never read become known in part.
    fn edit(&mut self, position: usize, change: impl FnOnce(Map, Option<Why>) -> (Map, Option<Why>)) {
        let Some(slot) = self.life.slots.get_mut(position) else { return };
        let slot = Arc::make_mut(slot);
        let state = std::mem::replace(&mut slot.state, State::Absent);
        let (map, unseen) = match state {
            State::Known(Value::Map(map)) => (map, None),
            State::Partial(map, why) => (map, Some(why)),
            State::Absent => (Map::new(), None),
            State::Known(_) => (Map::new(), Some(Why::NotUnderstood("not a keyed facet".into()))),
            State::Unread(why) => (Map::new(), Some(if why == Why::NotSeen { Why::SeenInPart } else { why })),
        };
        let (map, unseen) = change(map, unseen);
        slot.state = match unseen {
            None => State::Known(Value::Map(map)),
            Some(why) => State::Partial(map, why),
        };
        slot.origin = Origin::Stated;
    }

    fn state(&self, position: usize) -> Option<&State> {
        self.life.slots.get(position).map(|slot| &slot.state)
    }

    fn shape(&self, position: usize) -> Shape {
        self.kind.def().facets.get(position).map_or(Shape::Single, |facet| facet.shape)
    }

    fn store(&mut self, position: usize, state: State, origin: Origin) {
        if let Some(slot) = self.life.slots.get_mut(position) {
            *slot = Slot { state, origin }.into();
        }
    }

    /// Keeps a slot that is about to be changed as a whole.
    fn remember(&mut self, position: usize) {
        let before = &mut self.moment.before;
        let Some(slot) = self.life.slots.get(position) else { return };
        match before.iter_mut().find(|(known, _)| *known == position) {
            Some((_, Before::Slot(_))) => {}
            Some((_, entries)) => *entries = Before::Slot(Arc::new(entries.slot(slot).into_owned())),
            None => before.push((position, Before::Slot(Arc::clone(slot)))),
        }
    }

    /// Keeps those entries of a slot that are about to be put or removed.
    fn remember_entries<'k>(&mut self, position: usize, keys: impl IntoIterator<Item = &'k str>) {
        let before = &mut self.moment.before;
        let Some(slot) = self.life.slots.get(position) else { return };
        let known = before.iter().position(|(known, _)| *known == position);
        let at = known.unwrap_or_else(|| {
            before.push((position, Before::of_entries(slot)));
            before.len() - 1
        });
        if let Some((_, before)) = before.get_mut(at) {
            keys.into_iter().for_each(|key| before.keep(key, slot));
        }
    }

    /// Keeps the entries of a slot that have a member with a value, before they are removed.
    fn remember_those_with(&mut self, position: usize, member: &str, value: &Value) {
        let Some(slot) = self.life.slots.get(position).map(Arc::clone) else { return };
        let entries = entries_of(&slot.state).into_iter().flatten();
        let with = entries.filter(|(_, entry)| entry.get(member) == Some(value));
        self.remember_entries(position, with.map(|(key, _)| &**key));
    }

    fn remember_all(&mut self) {
        if self.moment.before.is_empty() {
            let slots = self.life.slots.iter().cloned().map(Before::Slot);
            self.moment.before = slots.enumerate().collect();
        } else {
            (0..self.life.slots.len()).for_each(|position| self.remember(position));
        }
    }
}

//! What a read says: an entry in the ledger, and what to ask again.
//!
//! A read enters a little before it was made, because what AWS shows lags behind what it did. What it says against a
//! recent event is not believed before it is said twice.

use std::sync::Arc;

use trailhound_model::kinds::account::SELF;
use trailhound_model::{
    Actor, Cause, Entry, FacetDef, FacetName, Ledger, Life, Operation, Origin, Presence as Alive, ResourceId, Second,
    State, Text, Why,
};

use crate::fold::Fold;
use crate::port::{Presence, Reading};

/// By how many seconds what AWS shows may be older than the read, clocks that differ included.
pub const LAG: i64 = 15;

/// For how many seconds an event is believed more than a read.
const RECENT: i64 = 300;

/// For how many seconds a created resource may be invisible.
const INVISIBLE: i64 = 60;

/// What a reading comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// What it adds to the ledger, if it says anything.
    pub entry: Option<Entry>,
    /// Whether it contradicts a recent event: then that part was left out, and a second read decides.
    pub contradicts: bool,
    /// Whether the resource is still changing by itself, so that a later read will say more.
    pub unfinished: bool,
}

/// Takes a reading of a resource whose ledger is known. `confirms` says that it is the second one, which is believed;
/// `not_before` is the time of an event that is known to have preceded it.
#[must_use]
pub fn take(
    resource: &ResourceId,
    ledger: &Ledger,
    reading: &Reading,
    confirms: bool,
    not_before: Option<Second>,
) -> Taken {
    let time = reading.started.plus(-LAG).max(not_before.unwrap_or(Second(i64::MIN)));
    let known = Known::of(resource, ledger, reading.started);
    let mut taken = Taken::default();
    let gone = |taken: &mut Taken| match known.life.presence {
        Alive::Gone => Vec::new(),
        Alive::Live if !confirms && known.recently(|_| true) => {
            taken.contradicts = true;
            Vec::new()
        }
        Alive::Live | Alive::Unseen => vec![Operation::Delete],
    };
    let operations = match reading.presence {
        Presence::NotFound if known.life.born.is_some_and(|born| reading.started.since(born) < INVISIBLE) => {
            taken.unfinished = true;
            let unread =
                |(facet, _): &(&'static FacetDef, State)| (facet.name.into(), State::Unread(Why::NotVisibleYet));
            vec![Operation::Read { states: reading.facets.iter().map(unread).collect() }]
        }
        Presence::NotFound | Presence::Deleting => gone(&mut taken),
        Presence::Present | Presence::Unproven => {
            let mut states: Vec<(FacetName, State)> = Vec::new();
            let revived = known.life.presence == Alive::Gone;
            if revived && !confirms && known.recently(|_| true) {
                taken.contradicts = true;
            } else {
                for (facet, state) in &reading.facets {
                    taken.unfinished |= matches!(state, State::Unread(Why::Pending | Why::NotVisibleYet));
                    let says = !matches!(state, State::Unread(_));
                    let differs = says
                        && known.life.slot(facet).is_some_and(|slot| {
                            slot.origin == Origin::Stated
                                && matches!(slot.state, State::Known(_) | State::Absent)
                                && slot.state != *state
                        });
                    if differs && !confirms && known.recently(|touched| touched.has(facet)) {
                        taken.contradicts = true;
                    } else {
                        states.push((facet.name.into(), state.clone()));
                    }
                }
            }
            // Reads that failed do not show that there is anything.
            let shows = reading.presence == Presence::Present
                // An account that events come from exists, and so do its regions.
                || *resource.id == *SELF
                || states.iter().any(|(_, state)| !matches!(state, State::Unread(_)));
            if shows || known.life.presence == Alive::Live { vec![Operation::Read { states }] } else { Vec::new() }
        }
    };
    let operations: Vec<Operation> = operations
        .into_iter()
        .filter(|operation| !matches!(operation, Operation::Read { states } if states.is_empty() && known.life.presence == Alive::Live))
        .collect();
    if !operations.is_empty() {
        let cause = cause(resource, time, reading.started, &operations);
        taken.entry = Some(Entry { cause: Arc::new(cause), operations, replaces: None });
    }
    taken
}

/// The cause of what a read showed. Its id follows from what was read, so that the same read twice is one.
fn cause(resource: &ResourceId, time: Second, started: Second, operations: &[Operation]) -> Cause {
    let text = serde_json::to_string(operations).unwrap_or_default();
    // FNV-1a: stable over versions of the compiler, and nobody gains by making two reads look alike.
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let id: Text = format!("read:{started}:{hash:016x}").into();
    Cause {
        time,
        event_id: id,
        source: Cause::READ.into(),
        name: "Read".into(),
        account: resource.account.clone(),
        region: resource.region.clone(),
        actor: Actor { identity: "AWSService".into(), name: "Trailhound".into(), ..Actor::default() }.into(),
    }
}

/// What is known before a read, and what events touched recently.
struct Known {
    life: Life,
    recent: Vec<Touched>,
}

/// The facets that a recent second of events touched.
struct Touched(crate::fold::FacetSet, trailhound_model::Kind);

impl Touched {
    fn has(&self, facet: &FacetDef) -> bool {
        self.1.position(facet.name).is_some_and(|position| self.0.has(position))
    }
}

impl Known {
    fn of(resource: &ResourceId, ledger: &Ledger, started: Second) -> Self {
        let mut fold = Fold::new(resource.kind, ledger, &[]);
        let mut recent = Vec::new();
        while let Some(moment) = fold.step() {
            if started.since(moment.time) < RECENT {
                let events = moment.causes.iter().filter(|(_, cause)| !cause.is_read());
                recent.extend(events.map(|(touched, _)| Touched(*touched, resource.kind)));
            }
        }
        Self { life: fold.life, recent }
    }

    fn recently(&self, touched: impl Fn(&Touched) -> bool) -> bool {
        self.recent.iter().any(touched)
    }
}

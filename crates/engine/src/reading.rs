//! What a read says: an entry in the ledger, and what to ask again.
//!
//! A read enters a little before it was made, because what AWS shows lags behind what it did. What it says against a
//! recent event is not believed before it is said twice.

use std::sync::Arc;

use trailhound_model::kinds::account::SELF;
use trailhound_model::{
    Cause, Entry, FacetDef, FacetName, Kind, Ledger, Life, Operation, Origin, Presence as Alive, ResourceId, Second,
    State, Text, Why,
};

use crate::fold::{FacetSet, Moment};
use crate::port::{Presence, Reading};
use crate::prefix::Prefix;

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

/// Takes a reading of a resource of which something is known. `confirms` says that it is the second one, which is believed;
/// `not_before` is the time of an event that is known to have preceded it.
#[must_use]
pub fn take(
    resource: &ResourceId,
    known: &Known,
    reading: &Reading,
    confirms: bool,
    not_before: Option<Second>,
) -> Taken {
    let time = reading.started.plus(-LAG).max(not_before.unwrap_or(Second(i64::MIN)));
    let recently = |touched: &dyn Fn(FacetSet) -> bool| known.recently(reading.started, touched);
    let mut taken = Taken::default();
    let gone = |taken: &mut Taken| match known.life.presence {
        Alive::Gone => Vec::new(),
        Alive::Live if !confirms && recently(&|_| true) => {
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
        // It was deleted a moment ago, and is still shown.
        Presence::Present | Presence::Unproven
            if known.life.presence == Alive::Gone && !confirms && recently(&|_| true) =>
        {
            taken.contradicts = true;
            Vec::new()
        }
        Presence::Present | Presence::Unproven => {
            let mut states: Vec<(FacetName, State)> = Vec::new();
            for (facet, state) in &reading.facets {
                taken.unfinished |= matches!(state, State::Unread(Why::Pending | Why::NotVisibleYet));
                let stated = known.life.slot(facet).filter(|slot| {
                    slot.origin == Origin::Stated && matches!(slot.state, State::Known(_) | State::Absent)
                });
                let says = !matches!(state, State::Unread(_));
                let differs = says && stated.is_some_and(|slot| slot.state != *state);
                let at = resource.kind.position(facet.name);
                if differs && !confirms && recently(&|touched| at.is_some_and(|at| touched.has(at))) {
                    taken.contradicts = true;
                } else {
                    states.push((facet.name.into(), state.clone()));
                }
            }
            // Reads that failed do not show that there is anything; but an account that events come from exists, and so do
            // its regions.
            let shows = reading.presence == Presence::Present
                || *resource.id == *SELF
                || states.iter().any(|(_, state)| !matches!(state, State::Unread(_)));
            let alive = known.life.presence == Alive::Live;
            if (shows && !alive) || (alive && !states.is_empty()) {
                vec![Operation::Read { states }]
            } else {
                Vec::new()
            }
        }
    };
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
        actor: Arc::default(),
    }
}

/// What is known of a resource before a read.
#[derive(Clone, Debug)]
pub struct Known {
    /// All of it, by its ledger alone: the deletion of an owner is not in it.
    pub life: Life,
    /// What events touched, by time.
    pub(crate) events: Vec<(Second, FacetSet)>,
}

impl Known {
    /// What a ledger tells.
    #[must_use]
    pub fn of(kind: Kind, ledger: &Ledger) -> Self {
        Prefix::of(kind, ledger, Second(i64::MIN)).known(ledger)
    }

    /// Notes what the events of a second touched.
    pub(crate) fn note(&mut self, moment: &Moment) {
        let events = moment.causes.iter().filter(|(_, cause)| !cause.is_read());
        self.events.extend(events.map(|(touched, _)| (moment.time, *touched)));
    }

    /// Whether a recent event touched facets of which something holds.
    fn recently(&self, started: Second, touched: &dyn Fn(FacetSet) -> bool) -> bool {
        self.events
            .iter()
            .rev()
            .take_while(|(time, _)| started.since(*time) < RECENT)
            .any(|(_, facets)| touched(*facets))
    }
}

#[cfg(test)]
mod tests {
    use trailhound_model::kinds::s3::{BUCKET, VERSIONING};
    use trailhound_model::{Birth, GLOBAL, Value};

    use super::*;

    fn bucket() -> ResourceId {
        ResourceId {
            partition: "aws".into(),
            account: "111122223333".into(),
            region: GLOBAL.into(),
            kind: Kind::of(&BUCKET),
            id: "b".into(),
        }
    }

    fn event(ledger: &mut Ledger, time: i64, operation: Operation) {
        let cause = Cause {
            time: Second(time),
            event_id: format!("event-{time}").into(),
            source: "s3.amazonaws.com".into(),
            name: "Call".into(),
            account: "111122223333".into(),
            region: "eu-west-1".into(),
            actor: Arc::default(),
        };
        ledger.insert(Entry { cause: Arc::new(cause), operations: vec![operation], replaces: None });
    }

    fn status(text: &str) -> Value {
        Value::map([("Status", Some(text.into()))])
    }

    /// A bucket made at 0 and switched on at `written`.
    fn ledger(written: i64) -> Ledger {
        let mut ledger = Ledger::default();
        event(&mut ledger, 0, Operation::Create { birth: Birth::Certain, stated: Vec::new() });
        event(&mut ledger, written, Operation::set(&VERSIONING.def, status("Enabled")));
        ledger
    }

    fn read(ledger: &Ledger, started: i64, presence: Presence, state: State, confirms: bool) -> Taken {
        let reading = Reading { started: Second(started), presence, facets: vec![(&VERSIONING.def, state)] };
        take(&bucket(), &Known::of(Kind::of(&BUCKET), ledger), &reading, confirms, None)
    }

    /// What is known after a read that was taken.
    fn after(ledger: &Ledger, taken: &Taken) -> (Alive, State) {
        let mut ledger = ledger.clone();
        taken.entry.clone().map(|entry| ledger.insert(entry));
        let life = Known::of(Kind::of(&BUCKET), &ledger).life;
        (life.presence, life.slot(&VERSIONING.def).unwrap().state.clone())
    }

    #[test]
    fn a_read_is_weighed_against_what_calls_said() {
        let known = |text: &str| State::Known(status(text));
        let denied = || State::Unread(Why::AccessDenied);
        let (present, missing, deleting) = (Presence::Present, Presence::NotFound, Presence::Deleting);
        type Case = (&'static str, i64, i64, Presence, State, bool, (Alive, State, bool, bool));
        let cases: Vec<Case> = vec![
            // What it is, written at, read at, presence, state, confirms → alive, state, contradicts, unfinished.
            ("agrees", 10, 100, present, known("Enabled"), false, (Alive::Live, known("Enabled"), false, false)),
            ("contradicts", 10, 100, present, known("Suspended"), false, (Alive::Live, known("Enabled"), true, false)),
            ("again", 10, 160, present, known("Suspended"), true, (Alive::Live, known("Suspended"), false, false)),
            (
                "long after",
                10,
                400,
                present,
                known("Suspended"),
                false,
                (Alive::Live, known("Suspended"), false, false),
            ),
            ("lags behind", 90, 100, present, known("Suspended"), true, (Alive::Live, known("Enabled"), false, false)),
            ("refused", 10, 400, Presence::Unproven, denied(), false, (Alive::Live, known("Enabled"), false, false)),
            ("not yet visible", 10, 59, missing, denied(), false, (Alive::Live, known("Enabled"), false, true)),
            ("missing too soon", 10, 100, missing, denied(), false, (Alive::Live, known("Enabled"), true, false)),
            (
                "missing again",
                10,
                160,
                missing,
                denied(),
                true,
                (Alive::Gone, State::Unread(Why::NotSeen), false, false),
            ),
            (
                "missing later",
                10,
                900,
                missing,
                denied(),
                false,
                (Alive::Gone, State::Unread(Why::NotSeen), false, false),
            ),
            ("deleting", 10, 900, deleting, denied(), false, (Alive::Gone, State::Unread(Why::NotSeen), false, false)),
        ];
        for (name, written, started, presence, state, confirms, expected) in cases {
            let ledger = ledger(written);
            let taken = read(&ledger, started, presence, state, confirms);
            let (alive, state) = after(&ledger, &taken);
            assert_eq!((alive, state, taken.contradicts, taken.unfinished), expected, "{name}");
        }
    }

    #[test]
    fn a_read_enters_before_it_was_made_and_after_the_event_that_caused_it() {
        let ledger = ledger(10);
        let reading = Reading {
            started: Second(900),
            presence: Presence::Present,
            facets: vec![(&VERSIONING.def, State::Known(status("Suspended")))],
        };
        let known = Known::of(Kind::of(&BUCKET), &ledger);
        let cause = |not_before| take(&bucket(), &known, &reading, false, not_before).entry.unwrap().cause;
        assert_eq!(cause(None).time, Second(900 - LAG));
        assert_eq!(cause(Some(Second(897))).time, Second(897));
        assert_eq!(cause(None).event_id, cause(None).event_id, "the same read is one entry");
        let cause = cause(None);
        assert_eq!(cause.by(), None, "a read is not an actor");
        let json = serde_json::to_string(&*cause).unwrap();
        assert!(!json.contains("actor"), "{json}");
        assert_eq!(serde_json::from_str::<Cause>(&json).unwrap(), *cause);
    }

    #[test]
    fn what_was_deleted_is_not_revived_by_one_read_that_lags() {
        let mut ledger = ledger(10);
        event(&mut ledger, 90, Operation::Delete);
        let known = State::Known(status("Enabled"));
        let taken = read(&ledger, 120, Presence::Present, known.clone(), false);
        assert!(taken.contradicts && taken.entry.is_none());
        let taken = read(&ledger, 180, Presence::Present, known.clone(), true);
        assert_eq!(after(&ledger, &taken), (Alive::Live, known));
    }
}

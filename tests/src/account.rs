//! An account in memory: events arrive late, work waits in a queue, and reads show what the events made.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Mutex;

use serde_json::Value;
use trailhound_engine::port::{Collector, FindingQuery, Presence, Reading, Store};
use trailhound_engine::told::group;
use trailhound_engine::{Fold, Ingest, Ingested, Judge, Timing, Told, Work};
use trailhound_model::{FacetDef, Finding, Ledger, Presence as Alive, ResourceId, Second, State, Target, Why};
use trailhound_rules::Settings;
use trailhound_store::Memory;
use trailhound_trail::{Record, interpret};

/// How many seconds after it was made a call arrives.
const DELIVERY: i64 = 5;

/// How long entries are kept.
const KEEP: i64 = 48 * 3_600;

/// What AWS would show: the events' own truth up to the present second. What no event ever showed it refuses to show.
struct Mirror {
    ledgers: BTreeMap<ResourceId, Ledger>,
    now: Mutex<Second>,
}

impl Collector for Mirror {
    async fn read(&self, resource: &ResourceId, facets: &[&'static FacetDef]) -> Reading {
        let started = *self.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut ledger = self.ledgers.get(resource).cloned().unwrap_or_default();
        ledger.entries.retain(|(time, _), _| *time <= started);
        let (life, _) = Fold::new(resource.kind, &ledger, &[]).finish();
        let state = |facet: &&'static FacetDef| match life.slot(facet).map(|slot| slot.state.clone()) {
            Some(State::Unread(_) | State::Partial(..)) | None => State::Unread(Why::AccessDenied),
            Some(state) => state,
        };
        let presence = match life.presence {
            Alive::Live => Presence::Present,
            Alive::Gone => Presence::NotFound,
            Alive::Unseen => Presence::Unproven,
        };
        Reading { started, presence, facets: facets.iter().map(|facet| (*facet, state(facet))).collect() }
    }
}

/// A message that people got.
#[derive(Clone, Debug)]
pub struct Message {
    /// When it was sent.
    pub sent: Second,
    /// What it says.
    pub told: Told,
}

impl Message {
    /// The message in one line: what happened to what by whom, when it was sent, and on how many others.
    #[must_use]
    pub fn line(&self) -> String {
        let Told { alert, finding, transition, also, .. } = &self.told;
        let mut line = format!(
            "{} {} {} {} on {}",
            self.sent,
            alert.kind.word(),
            finding.severity,
            finding.rule,
            finding.resource.id
        );
        if !also.is_empty() {
            let _ = write!(line, " and {} others", also.len());
        }
        if let Some(cause) = transition.as_ref().and_then(|transition| transition.cause.as_ref()) {
            let _ = match cause.by() {
                Some(actor) => write!(line, ", {} by {}", cause.name, actor.name),
                None => write!(line, ", seen by a read"),
            };
        }
        line
    }
}

/// Lets records happen in an account and returns the messages that people got, in the order sent, and the findings at the
/// end. Each record comes with the seconds by which its delivery is late.
///
/// # Panics
/// When a record cannot be read or the store fails: the caller is a test.
#[must_use]
#[expect(clippy::unwrap_used, reason = "only tests call it, and they stop at what they did not expect")]
pub fn live(records: &[(Value, i64)], until: Second) -> (Vec<Message>, Vec<Finding>) {
    let judge = Judge::new(Settings::default());
    let changes: Vec<_> = records
        .iter()
        .filter_map(|(record, late)| {
            let text = record.to_string();
            let change = interpret::interpret(&Record::parse(text.as_bytes()).unwrap()).ok()?;
            Some((change.cause.time.plus(DELIVERY + late), change))
        })
        .collect();
    let mirror = Mirror { ledgers: truth(&changes), now: Mutex::new(Second::default()) };
    let store = Memory::new();
    let ingest = Ingest::new(&store, &judge).reading(&mirror, KEEP, Timing::default());
    let mut queue: BTreeMap<(Second, usize), Item> = BTreeMap::new();
    let mut number = 0;
    let mut put = |queue: &mut BTreeMap<_, _>, due, item| {
        number += 1;
        queue.insert((due, number), item);
    };
    for (due, change) in changes {
        put(&mut queue, due, Item::Change(Box::new(change)));
    }
    let mut messages = Vec::new();
    while let Some(((now, _), item)) = queue.pop_first() {
        if now > until {
            break;
        }
        *mirror.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = now;
        let Ingested { alerts, works, .. } = pollster::block_on(async {
            match &item {
                Item::Change(change) => ingest.ingest(change, now).await,
                Item::Work(work) => ingest.work(work, now).await,
            }
        })
        .unwrap();
        messages.extend(group(alerts).into_iter().map(|told| Message { sent: now, told }));
        for work in works {
            put(&mut queue, work.due(), Item::Work(work));
        }
    }
    (messages, pollster::block_on(store.findings(&FindingQuery::default())).unwrap())
}

enum Item {
    Change(Box<trailhound_model::Change>),
    Work(Work),
}

/// All that the changes say about the resources they name.
fn truth(changes: &[(Second, trailhound_model::Change)]) -> BTreeMap<ResourceId, Ledger> {
    let store = Memory::new();
    let judge = Judge::new(Settings::default());
    let ingest = Ingest::new(&store, &judge);
    let mut ids = BTreeSet::new();
    for (_, change) in changes {
        ids.extend(change.effects.iter().filter_map(|effect| match &effect.target {
            Target::Resource(resource) => Some(resource.clone()),
            Target::Alias(_) => None,
        }));
        ids.extend(change.bindings.iter().map(|binding| binding.resource.clone()));
        let _ = pollster::block_on(ingest.ingest(change, change.cause.time));
    }
    let ids: Vec<ResourceId> = ids.into_iter().collect();
    let records = pollster::block_on(store.load(&ids)).unwrap_or_default();
    ids.into_iter().zip(records.into_iter().map(|record| record.ledger)).collect()
}

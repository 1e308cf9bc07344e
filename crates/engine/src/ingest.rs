//! One change at a time, as in an account: load, insert, read what is missing, fold, judge, commit, and again if somebody
//! else was faster. What is to be done later is work that goes through a queue: reading again when things have settled,
//! judging what borrows from what changed, sweeping.

use std::collections::btree_map::Entry as Place;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use trailhound_model::kinds::account::{ACCOUNT, REGION};
use trailhound_model::{
    Alias, Cause, Change, Entry, FacetDef, Finding, GLOBAL, Kind, Ledger, Life, Link, Presence as Alive, RelationDef,
    ResourceId, Second, State, Status, Target, Text, Why, kinds, partition_of,
};
use trailhound_rules::{Exceptions, Timing};

use crate::announce::{Alert, Announced, accept, announce, holds, lapse};
use crate::except::{except, is_concerned};
use crate::fold::Fold;
use crate::history::{Histories, History, is_lender, lender, lent_by, singleton};
use crate::judge::{Judge, Judged};
use crate::names::{Move, Names};
use crate::port::{
    Collector, Commit, FindingQuery, NameRevision, Presence, Reading, Record, Revision, Sight, Store, StoreError,
};
use crate::prefix::Prefix;
use crate::reading::{Known, Taken, take};
use crate::told::Told;
use crate::view::ResourceView;
use crate::work::Work;

/// How often a change is tried when other writers interfere.
const TRIES: usize = 4;

/// How many seconds after the last event a resource is read in full.
const SETTLE: i64 = 30;

/// For how many seconds further events move a settle check on.
const SETTLE_MOST: i64 = 300;

/// After how many seconds a resource that changes by itself is asked again.
const TRANSITIONAL: [i64; 3] = [60, 300, 900];

/// After how many seconds a read that contradicts an event is repeated.
const CONFIRM: i64 = 60;

/// After how many seconds a fan-out is repeated, for those that were being written during the first.
const AGAIN: i64 = 180;

/// After how many seconds what was so at the first sight of a resource is told: others are then seen for the first time too.
const FIRST_SIGHT: i64 = 600;

/// How many resources one piece of fan-out work judges before it passes the rest on.
const FAN_OUT_PAGE: usize = 500;

/// How many resources one piece of sweep work reads before it passes the rest on.
const SWEEP_PAGE: usize = 25;

/// How many resources are worked on at once.
const AT_ONCE: usize = 8;

/// The most entries that a ledger or an alias keeps when entries are folded at all.
const ENTRIES_KEPT: usize = 200;

/// With how many more than it keeps a ledger is folded: folding it for every entry would cost as much as judging it.
const ENTRIES_BEYOND: usize = 50;

/// How much longer than others a resource from which others borrow keeps its entries: their pasts need its own.
const LENDERS_KEEP: i64 = 3;

/// What ingesting a change or doing work led to.
#[derive(Clone, Debug, Default)]
pub struct Ingested {
    /// What to tell. It is committed and pending; [`crate::told::group`] makes messages of it.
    pub alerts: Vec<Told>,
    /// What to put in the queue. It is kept with its record until done, where it has one.
    pub works: Vec<Work>,
    /// The effects whose alias nobody has explained yet; they are kept.
    pub unresolved: Vec<Alias>,
    /// How often other writers made it start again.
    pub conflicts: usize,
    /// Changes older than what is folded: the resource is read instead.
    pub late: u64,
    /// Resources that were read.
    pub reads: u64,
    /// Resources that were judged and committed.
    pub judged: u64,
    /// The transitions that the event, or what was read, brought about on the resources themselves; told or not.
    pub transitions: u64,
    /// Resources that were loaded because others may borrow from them.
    pub lent: u64,
    /// Resources that had seen the change already.
    pub seen: u64,
    /// Findings that wait to be told together, since nothing but their first sight showed them.
    pub first_sight: u64,
    /// Rules that cannot be told for what was judged, by rule and reason.
    pub unknown: BTreeMap<(&'static str, &'static str), u64>,
}

impl Ingested {
    fn add(&mut self, other: Self) {
        self.alerts.extend(other.alerts);
        self.works.extend(other.works);
        self.unresolved.extend(other.unresolved);
        self.conflicts += other.conflicts;
        self.late += other.late;
        self.reads += other.reads;
        self.judged += other.judged;
        self.transitions += other.transitions;
        self.lent += other.lent;
        self.seen += other.seen;
        self.first_sight += other.first_sight;
        for (key, count) in other.unknown {
            *self.unknown.entry(key).or_default() += count;
        }
    }
}

/// Reads nothing: for the past, of which only events speak.
pub struct Blind;

impl Collector for Blind {
    async fn read(&self, _resource: &ResourceId, facets: &[&'static FacetDef]) -> Reading {
        let facets = facets.iter().map(|facet| (*facet, State::Unread(Why::NotSeen))).collect();
        Reading { started: Second::default(), presence: Presence::Unproven, facets }
    }
}

/// Ingests changes into a store.
pub struct Ingest<'a, S, C = Blind> {
    store: &'a S,
    judge: &'a Judge,
    collector: Option<&'a C>,
    timing: Timing,
    keep: Option<i64>,
    /// What owners accept.
    exceptions: Mutex<Option<Arc<Exceptions>>>,
    /// The accounts and regions that are known to have a record.
    sighted: Mutex<BTreeSet<ResourceId>>,
}

impl<'a, S: Store> Ingest<'a, S> {
    /// Into this store, by this judge. Nothing is read, every entry is kept, and everything is told at once.
    #[must_use]
    pub const fn new(store: &'a S, judge: &'a Judge) -> Self {
        let sighted = Mutex::new(BTreeSet::new());
        Self { store, judge, collector: None, timing: Timing::ALL, keep: None, exceptions: Mutex::new(None), sighted }
    }

    /// As in an account: what events do not carry is read, settle checks confirm what they do, entries are folded when
    /// they are `keep` seconds old, and people are told when `timing` says.
    #[must_use]
    pub fn reading<C: Collector>(self, collector: &'a C, keep: i64, timing: Timing) -> Ingest<'a, S, C> {
        let sighted = Mutex::new(BTreeSet::new());
        Ingest {
            store: self.store,
            judge: self.judge,
            collector: Some(collector),
            timing,
            keep: Some(keep),
            exceptions: self.exceptions,
            sighted,
        }
    }
}

/// Why a record is judged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Occasion {
    /// An event touched it.
    Event,
    /// It is read in full, for the nth time while it changes by itself; `true` confirms a read that was doubted.
    Settle(u8, bool),
    /// What it borrows from changed.
    FanOut,
    /// Its turn has come.
    Sweep,
    /// What was so at its first sight is told.
    FirstSight,
}

impl Occasion {
    /// Whether something may be read.
    const fn reads(self) -> bool {
        match self {
            Self::Event | Self::Settle(..) | Self::Sweep => true,
            Self::FanOut | Self::FirstSight => false,
        }
    }
}

/// A record on its way to being committed.
struct Draft {
    resource: ResourceId,
    record: Record,
    occasion: Occasion,
    /// What it lent before.
    lent: Option<History>,
    /// What those of its entries come to that were there before and stay.
    prefix: Prefix,
    /// The first second from which its entries are others than before.
    changed: Second,
    /// The event that touched it last.
    cause: Option<Arc<Cause>>,
    /// What was read of it.
    taken: Taken,
    /// The entry that the read made.
    read: Option<Text>,
}

impl Draft {
    /// A record whose entries are to be others from a second on.
    fn new(resource: ResourceId, record: Record, occasion: Occasion, changed: Second) -> Self {
        let prefix = Prefix::of(resource.kind, &record.ledger, changed);
        let lent = prefix.history(&record.ledger);
        let taken = Taken::default();
        Self { resource, record, occasion, lent, prefix, changed, cause: None, taken, read: None }
    }

    /// What its entries go on from, unless what was read goes further back.
    fn standing(&self) -> Option<&Prefix> {
        self.prefix.holds(self.changed).then_some(&self.prefix)
    }
}

/// What was read while working on one thing: when another writer was faster, it need not be read again.
type Readings = BTreeMap<ResourceId, Reading>;

impl<S: Store, C: Collector> Ingest<'_, S, C> {
    /// From now on what these accept is recorded and not told, and told when they do not accept it any more.
    pub fn accept(&self, exceptions: Arc<Exceptions>) {
        *self.exceptions.lock().unwrap_or_else(PoisonError::into_inner) = Some(exceptions);
    }

    /// The findings that exceptions concern, weighed.
    fn weighed(&self, judged: &Judged, ledger: &Ledger, now: Second) -> BTreeMap<Text, Finding> {
        let exceptions = self.exceptions.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(exceptions) = exceptions else { return BTreeMap::new() };
        let concerned = judged.findings.iter().filter(|finding| is_concerned(finding, &exceptions));
        let weigh = |finding: &Finding| {
            let mut finding = finding.clone();
            except(&mut finding, ledger, &exceptions, now);
            (finding.rule.clone(), finding)
        };
        concerned.map(weigh).collect()
    }

    /// Ingests one change. `now` is the present: rules that depend on time are judged up to it.
    ///
    /// # Errors
    /// When the store fails, or other writers interfere too often. Nothing is written then, and repeating is harmless.
    pub async fn ingest(&self, change: &Change, now: Second) -> Result<Ingested, StoreError> {
        let mut conflicts = 0;
        let mut readings = Readings::new();
        loop {
            match self.attempt(change, now, &mut readings).await {
                Err(StoreError::Conflict(_) | StoreError::NameConflict(_)) if conflicts + 1 < TRIES => conflicts += 1,
                Err(error) => return Err(error),
                Ok(mut ingested) => {
                    ingested.conflicts = conflicts;
                    ingested.works.extend(self.sight(change, now).await?);
                    return Ok(ingested);
                }
            }
        }
    }

    /// Does what was to be done later. An event that could not be ingested is for [`Ingest::ingest`], once it is
    /// interpreted; it leads to nothing here.
    ///
    /// # Errors
    /// As for [`Ingest::ingest`].
    pub async fn work(&self, work: &Work, now: Second) -> Result<Ingested, StoreError> {
        if work.due() > now {
            return Ok(Ingested { works: vec![work.clone()], ..Ingested::default() });
        }
        match work {
            Work::Settle { resource, attempt, confirms, .. } => {
                self.visit(resource, Occasion::Settle(*attempt, *confirms), now).await
            }
            Work::FanOut { lender, version, after, .. } => {
                let (mut ingested, last) = self.fan_out(lender, *version, after.as_ref(), now).await?;
                let rest = last.map(|last| match work.clone() {
                    Work::FanOut { lender, version, cause, due, again, .. } => {
                        Work::FanOut { lender, version, cause, due, again, after: Some(last) }
                    }
                    other => other,
                });
                ingested.works.extend(rest);
                Ok(ingested)
            }
            Work::Sweep { kind, account, after, .. } => {
                let ids = self.store.of_kinds(&[*kind], Some(account)).await?;
                let mut rest = ids.into_iter().filter(|id| after.as_ref().is_none_or(|after| id > after));
                let page: Vec<ResourceId> = rest.by_ref().take(SWEEP_PAGE).collect();
                let mut ingested = self.visit_all(&page, Occasion::Sweep, now).await?;
                if let (Some(_), Some(last)) = (rest.next(), page.last()) {
                    let (kind, account, after) = (*kind, account.clone(), Some(last.clone()));
                    ingested.works.push(Work::Sweep { kind, account, due: now, after });
                }
                Ok(ingested)
            }
            Work::FirstSight { resource, .. } => self.first_sight(resource, now).await,
            Work::Change { .. } => Ok(Ingested::default()),
        }
    }

    /// Tells what waits to be told of the first sight of a resource, and with it what waits in its account.
    async fn first_sight(&self, resource: &ResourceId, now: Second) -> Result<Ingested, StoreError> {
        let records = self.store.load(std::slice::from_ref(resource)).await?;
        if !records.iter().any(|record| record.outbox.iter().any(is_first_sight)) {
            return Ok(Ingested { seen: 1, ..Ingested::default() });
        }
        let account = Some(resource.account.to_string());
        let query = FindingQuery { status: vec![Status::Open], account, ..FindingQuery::default() };
        let mut ids: Vec<ResourceId> =
            self.store.findings(&query).await?.into_iter().filter(waits).map(|finding| finding.resource).collect();
        ids.sort();
        ids.dedup();
        ids.retain(|id| id != resource);
        // Whoever is left has work of their own.
        ids.truncate(FAN_OUT_PAGE);
        // Where it was mended meanwhile there is nothing to tell, but what it waits for is done.
        ids.push(resource.clone());
        self.visit_all(&ids, Occasion::FirstSight, now).await
    }

    async fn attempt(&self, change: &Change, now: Second, readings: &mut Readings) -> Result<Ingested, StoreError> {
        let mut ingested = Ingested::default();
        // What to add to and take from each ledger.
        let mut plan: BTreeMap<ResourceId, Plan> = BTreeMap::new();
        let mut learnt: BTreeMap<&Alias, Names> = BTreeMap::new();
        for binding in &change.bindings {
            learnt.entry(&binding.alias).or_default().teach(change.cause.time, &change.cause.event_id, binding);
        }
        for effect in &change.effects {
            let entry = entry(change, effect);
            match &effect.target {
                Target::Resource(resource) => plan.entry(resource.clone()).or_default().add.push(entry),
                Target::Alias(alias) => {
                    learnt.entry(alias).or_default().entries.insert(key_of(&entry), entry);
                }
            }
        }
        let aliases: Vec<Alias> = learnt.keys().map(|alias| (*alias).clone()).collect();
        let mut names = Vec::new();
        for ((alias, new), (expected, mut known)) in learnt.into_iter().zip(self.store.names(&aliases).await?) {
            let before = known.clone();
            let calls = !new.entries.is_empty();
            for Move { entry, from, to } in known.learn(new) {
                if let Some(from) = from {
                    plan.entry(from).or_default().drop.push(key_of(&entry));
                }
                if let Some(to) = to {
                    plan.entry(to).or_default().add.push(entry);
                }
            }
            if calls && known.meant(change.cause.time).is_none() {
                ingested.unresolved.push(alias.clone());
            }
            if let Some(keep) = self.keep {
                known.forget(now.plus(-keep), ENTRIES_KEPT);
            }
            if known != before {
                names.push(NameRevision { alias: alias.clone(), expected, names: known });
            }
        }
        let ids: Vec<ResourceId> = plan.keys().cloned().collect();
        let mut drafts = Vec::new();
        for ((resource, plan), record) in plan.into_iter().zip(self.store.load(&ids).await?) {
            let mut draft = Draft::new(resource, record, Occasion::Event, plan.since());
            if plan.apply(&mut draft.record.ledger, &mut ingested.late) {
                draft.cause = Some(Arc::clone(&change.cause));
                drafts.push(draft);
            }
        }
        if drafts.is_empty() && names.is_empty() {
            return Ok(ingested);
        }
        let (resources, told) = self.revise(drafts, now, readings).await?;
        ingested.add(told);
        let alerts = ingested.alerts.clone();
        self.store.commit(Commit { resources, names, alerts, until: Some(change.cause.time) }).await?;
        Ok(ingested)
    }

    /// Asks for a first read of an account or region of which nothing is stored: some rules fail by what is not there.
    async fn sight(&self, change: &Change, now: Second) -> Result<Vec<Work>, StoreError> {
        if self.collector.is_none() || change.effects.is_empty() {
            return Ok(Vec::new());
        }
        let Cause { account, region, .. } = &*change.cause;
        let near = ResourceId {
            partition: partition_of(region).into(),
            account: account.clone(),
            region: region.clone(),
            kind: Kind::of(&REGION),
            id: "".into(),
        };
        let mut ids = vec![singleton(&ACCOUNT, GLOBAL, &near), singleton(&REGION, region, &near)];
        // A thread that panicked here left a set that is merely smaller.
        let known = |id: &ResourceId| self.sighted.lock().unwrap_or_else(PoisonError::into_inner).contains(id);
        ids.retain(|id| !known(id));
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut works = Vec::new();
        for (resource, record) in ids.iter().zip(self.store.load(&ids).await?) {
            if record.version == 0 {
                works.push(Work::Settle {
                    resource: resource.clone(),
                    due: now.plus(SETTLE),
                    since: now,
                    attempt: 0,
                    confirms: false,
                });
            }
        }
        self.sighted.lock().unwrap_or_else(PoisonError::into_inner).extend(ids);
        Ok(works)
    }

    /// Reads a resource in full and judges it.
    async fn visit(&self, resource: &ResourceId, occasion: Occasion, now: Second) -> Result<Ingested, StoreError> {
        let mut readings = Readings::new();
        let mut conflicts = 0;
        loop {
            let Some(record) = self.store.load(std::slice::from_ref(resource)).await?.pop() else {
                return Ok(Ingested::default());
            };
            if occasion == Occasion::FirstSight && !record.outbox.iter().any(is_first_sight) {
                return Ok(Ingested { seen: 1, ..Ingested::default() });
            }
            let mut occasion = occasion;
            if let Occasion::Settle(..) = occasion {
                match record.outbox.iter().find(|work| is_settle(work)) {
                    // Events kept coming: it has moved on.
                    Some(kept) if kept.due() > now => {
                        return Ok(Ingested { works: vec![kept.clone()], ..Ingested::default() });
                    }
                    Some(Work::Settle { attempt, confirms, .. }) => occasion = Occasion::Settle(*attempt, *confirms),
                    // Done already, by a copy of this message.
                    _ if record.version > 0 => return Ok(Ingested { seen: 1, ..Ingested::default() }),
                    _ => {}
                }
            }
            let draft = Draft::new(resource.clone(), record, occasion, Second(i64::MAX));
            match self.record(vec![draft], now, &mut readings).await {
                Err(StoreError::Conflict(_)) if conflicts + 1 < TRIES => conflicts += 1,
                Err(error) => return Err(error),
                Ok(ingested) => return Ok(Ingested { conflicts, ..ingested }),
            }
        }
    }

    async fn visit_all(&self, ids: &[ResourceId], on: Occasion, now: Second) -> Result<Ingested, StoreError> {
        let mut ingested = Ingested::default();
        for some in ids.chunks(AT_ONCE) {
            for visited in together(some.iter().map(|id| self.visit(id, on, now)).collect()).await {
                ingested.add(visited?);
            }
        }
        Ok(ingested)
    }

    async fn record(&self, drafts: Vec<Draft>, now: Second, readings: &mut Readings) -> Result<Ingested, StoreError> {
        let (resources, ingested) = self.revise(drafts, now, readings).await?;
        let alerts = ingested.alerts.clone();
        self.store.commit(Commit { resources, alerts, ..Commit::default() }).await?;
        Ok(ingested)
    }

    /// Judges again what borrows from a resource, and says after which one to go on if there is more.
    async fn fan_out(
        &self,
        lender: &ResourceId,
        version: u64,
        after: Option<&ResourceId>,
        now: Second,
    ) -> Result<(Ingested, Option<ResourceId>), StoreError> {
        let kinds = dependents_of(lender.kind);
        let mut dependents = self.store.of_kinds(&kinds, Some(&lender.account)).await?;
        dependents.retain(|id| id != lender && after.is_none_or(|after| id > after) && self.may_borrow(id, lender));
        let more = dependents.len() > FAN_OUT_PAGE;
        dependents.truncate(FAN_OUT_PAGE);
        let last = dependents.last().filter(|_| more).cloned();
        let mut ingested = Ingested::default();
        for some in dependents.chunks(AT_ONCE) {
            let judged = together(some.iter().map(|id| self.judge_again(id, lender, version, now)).collect()).await;
            for judged in judged {
                ingested.add(judged?);
            }
        }
        Ok((ingested, last))
    }

    /// Whether a resource may borrow from a lender, as far as their identities tell.
    fn may_borrow(&self, dependent: &ResourceId, lender: &ResourceId) -> bool {
        let owned =
            dependent.kind.def().owner.as_ref().is_some_and(|owner| (owner.of)(dependent).as_ref() == Some(lender));
        owned
            || self.judge.relations(dependent.kind).values().any(|relation| {
                Kind::of(relation.to) == lender.kind
                    && match relation.link {
                        Link::Region => dependent.region == lender.region,
                        Link::Account | Link::Named(_) | Link::All | Link::NamedBy(_) => true,
                    }
            })
    }

    async fn judge_again(
        &self,
        dependent: &ResourceId,
        lender: &ResourceId,
        version: u64,
        now: Second,
    ) -> Result<Ingested, StoreError> {
        let mut conflicts = 0;
        loop {
            let Some(record) = self.store.load(std::slice::from_ref(dependent)).await?.pop() else {
                return Ok(Ingested::default());
            };
            if record.seen.iter().any(|sight| sight.resource == *lender && sight.version >= version) {
                return Ok(Ingested { seen: 1, ..Ingested::default() });
            }
            let draft = Draft::new(dependent.clone(), record, Occasion::FanOut, Second(i64::MAX));
            match self.record(vec![draft], now, &mut Readings::new()).await {
                Err(StoreError::Conflict(_)) if conflicts + 1 < TRIES => conflicts += 1,
                Err(error) => return Err(error),
                Ok(ingested) => return Ok(Ingested { conflicts, ..ingested }),
            }
        }
    }

    /// Judges records as they are now.
    async fn revise(
        &self,
        mut drafts: Vec<Draft>,
        now: Second,
        readings: &mut Readings,
    ) -> Result<(Vec<Revision>, Ingested), StoreError> {
        let mut ingested = Ingested::default();
        ingested.reads += self.read(&mut drafts, readings).await;
        let borrowed: Vec<BTreeSet<ResourceId>> = drafts.iter().map(|draft| self.borrows_from(draft)).collect();
        let lenders = self.lenders(&drafts, &borrowed).await?;
        ingested.lent += lenders.len() as u64;
        let of_lenders = lenders.iter().map(|(id, record)| (id, &record.ledger, None));
        let of_drafts = drafts.iter().map(|draft| (&draft.resource, &draft.record.ledger, draft.standing()));
        let histories = Histories::going_on(of_lenders.chain(of_drafts));
        let mut revisions = Vec::new();
        for (mut draft, borrowed) in drafts.into_iter().zip(borrowed) {
            let fans_out = draft.lent.as_ref().is_some_and(|before| histories.get(&draft.resource) != Some(before));
            if let Some(upto) = self.past(&draft, now) {
                self.judge.compact(&draft.resource, &mut draft.record.ledger, &histories, upto);
            }
            let judged = self.judge.judge(&draft.resource, &draft.record.ledger, &histories, now);
            for (rule, why) in &judged.unknown {
                *ingested.unknown.entry((rule, why.code())).or_default() += 1;
            }
            let (mut outbox, mut works) = self.outbox(&draft, &judged.life, fans_out, now);
            let settled = self.collector.is_none()
                || judged.life.presence == Alive::Gone
                || match draft.occasion {
                    Occasion::Event => false,
                    Occasion::Settle(..) | Occasion::Sweep => !draft.taken.contradicts,
                    Occasion::FanOut | Occasion::FirstSight => !draft.record.outbox.iter().any(is_settle),
                };
            let together = draft.occasion == Occasion::FirstSight;
            let weighed = self.weighed(&judged, &draft.record.ledger, now);
            let occasion = Telling { timing: &self.timing, settled, together, now };
            let (alerts, announced, waiting) = announcements(&judged, &weighed, &draft.record.announced, &occasion);
            if waiting > 0 && !outbox.iter().any(is_first_sight) {
                let work = Work::FirstSight { resource: draft.resource.clone(), due: now.plus(FIRST_SIGHT) };
                outbox.push(work.clone());
                works.push(work);
            }
            ingested.first_sight += waiting;
            ingested.alerts.extend(alerts.into_iter().map(|(rule, alert)| {
                let judged = judged.findings.iter().find(|finding| *finding.rule == *rule);
                let finding = weighed.get(&rule).or(judged);
                Told::of(&draft.resource, &rule, finding, alert, now)
            }));
            ingested.works.extend(works);
            ingested.judged += 1;
            let news = |cause: &Cause| {
                draft.read.as_ref() == Some(&cause.event_id)
                    || draft.cause.as_ref().is_some_and(|event| event.event_id == cause.event_id)
            };
            let transitions = judged.findings.iter().flat_map(|finding| &finding.transitions);
            ingested.transitions +=
                transitions.filter(|transition| transition.cause.as_deref().is_some_and(news)).count() as u64;
            let seen = sights(&borrowed, &lenders);
            let revision = revision(draft.resource, draft.record.version, draft.record.ledger, judged, announced);
            revisions.push(Revision { seen, outbox, ..revision });
        }
        Ok((revisions, ingested))
    }

    /// Reads what each draft's occasion asks for, all at once, and enters it.
    async fn read(&self, drafts: &mut [Draft], readings: &mut Readings) -> u64 {
        let Some(collector) = self.collector else { return 0 };
        let mut wanted = Vec::new();
        let mut reads: Vec<(&mut Draft, Known)> = Vec::new();
        for draft in drafts.iter_mut().filter(|draft| draft.occasion.reads()) {
            let known = draft.prefix.known(&draft.record.ledger);
            let facets = self.wanted(draft, &known.life);
            if !facets.is_empty() && !readings.contains_key(&draft.resource) {
                wanted.push((draft.resource.clone(), facets));
            }
            reads.push((draft, known));
        }
        let count = wanted.len() as u64;
        let calls = wanted.iter().map(|(resource, facets)| collector.read(resource, facets)).collect();
        let read = together(calls).await;
        readings.extend(wanted.iter().map(|(resource, _)| resource.clone()).zip(read));
        for (draft, known) in reads {
            let Some(reading) = readings.get(&draft.resource) else { continue };
            let (confirms, not_before) = match draft.occasion {
                // It was read because of the event, so after it.
                Occasion::Event => (false, draft.cause.as_ref().map(|cause| cause.time)),
                Occasion::Settle(_, confirms) => (confirms, None),
                Occasion::FanOut | Occasion::FirstSight | Occasion::Sweep => (false, None),
            };
            draft.taken = take(&draft.resource, &known, reading, confirms, not_before);
            if let Some(entry) = draft.taken.entry.take() {
                draft.read = Some(entry.cause.event_id.clone());
                draft.changed = draft.changed.min(entry.cause.time);
                merge(&mut draft.record.ledger, entry);
            }
        }
        count
    }

    /// The facets to read: at an event those that it left unknown and that matter, at other times all.
    fn wanted(&self, draft: &Draft, life: &Life) -> Vec<&'static FacetDef> {
        let kind = draft.resource.kind;
        let unknown = |slot: &State| match slot {
            State::Unread(why) | State::Partial(_, why) => !matches!(
                why,
                Why::AccessDenied | Why::ReadFailed(_) | Why::Pending | Why::NotVisibleYet | Why::TooMany
            ),
            State::Known(_) | State::Absent => false,
        };
        let mut matters = self.judge.reads(kind);
        matters.add(lent_by(kind));
        let facets = kind.def().facets.iter().enumerate().zip(&life.slots);
        let readable = facets.filter(|((_, facet), _)| !facet.reads.is_empty());
        let chosen = readable.filter(|((at, _), slot)| match draft.occasion {
            Occasion::Event => life.presence != Alive::Gone && matters.has(*at) && unknown(&slot.state),
            Occasion::Settle(..) | Occasion::Sweep => life.presence != Alive::Gone,
            Occasion::FanOut | Occasion::FirstSight => false,
        });
        chosen.map(|((_, facet), _)| *facet).collect()
    }

    /// Up to which second a ledger is folded, if it is.
    fn past(&self, draft: &Draft, now: Second) -> Option<Second> {
        let keep = self.keep?;
        let keep = if is_lender(draft.resource.kind) { keep * LENDERS_KEEP } else { keep };
        let entries = &draft.record.ledger.entries;
        let surplus = entries.len().checked_sub(ENTRIES_KEPT + 1).filter(|surplus| *surplus >= ENTRIES_BEYOND);
        let beyond = surplus.and_then(|at| entries.keys().nth(at));
        Some(now.plus(-keep).max(beyond.map_or(Second(i64::MIN), |(time, _)| *time)))
    }

    /// What the record keeps to be done, and what of it is new.
    fn outbox(&self, draft: &Draft, life: &Life, fans_out: bool, now: Second) -> (Vec<Work>, Vec<Work>) {
        let Draft { resource, record, occasion, taken, .. } = draft;
        let mut works = Vec::new();
        // What was sent and is long due has been done; if it was lost, the sweep has sent it again.
        let mut outbox: Vec<Work> =
            record.outbox.iter().filter(|work| is_settle(work) || work.due() > now).cloned().collect();
        outbox.retain(|work| *occasion != Occasion::FirstSight || !is_first_sight(work));
        if fans_out && dependents_of(resource.kind).iter().any(|kind| self.judge.has_rules(*kind)) {
            for (again, due) in [(false, now), (true, now.plus(AGAIN))] {
                works.push(Work::FanOut {
                    lender: resource.clone(),
                    version: record.version + 1,
                    cause: draft.cause.clone(),
                    due,
                    again,
                    after: None,
                });
            }
        }
        let settle = |due, since, attempt, confirms| Work::Settle {
            resource: resource.clone(),
            due: now.plus(due),
            since,
            attempt,
            confirms,
        };
        let kept = outbox.iter().position(is_settle);
        if self.collector.is_some() {
            match (occasion, kept.and_then(|at| outbox.get_mut(at))) {
                (Occasion::Event, Some(Work::Settle { due, since, attempt, confirms, .. })) => {
                    // The message that is on its way finds that it has moved on.
                    *due = (*due).max(now.plus(SETTLE).min(since.plus(SETTLE_MOST)));
                    (*attempt, *confirms) = (0, false);
                }
                (Occasion::Event, _) if life.presence != Alive::Gone => works.push(settle(SETTLE, now, 0, false)),
                (Occasion::Settle(attempt, _), _) => {
                    outbox.retain(|work| !is_settle(work));
                    if taken.contradicts {
                        works.push(settle(CONFIRM, now, *attempt, true));
                    } else if let Some(wait) = TRANSITIONAL.get(usize::from(*attempt)).filter(|_| taken.unfinished) {
                        works.push(settle(*wait, now, attempt + 1, false));
                    }
                }
                (Occasion::Sweep, None) if taken.contradicts => works.push(settle(CONFIRM, now, 0, true)),
                _ => {}
            }
        }
        outbox.extend(works.iter().cloned());
        (outbox, works)
    }

    /// The records of everything that these drafts may borrow from, themselves excepted.
    async fn lenders(
        &self,
        drafts: &[Draft],
        borrowed: &[BTreeSet<ResourceId>],
    ) -> Result<Vec<(ResourceId, Record)>, StoreError> {
        let mut ids: BTreeSet<ResourceId> = borrowed.iter().flatten().cloned().collect();
        let mut whole: BTreeSet<(Kind, &str)> = BTreeSet::new();
        for draft in drafts {
            for relation in self.judge.relations(draft.resource.kind).values() {
                if matches!(relation.link, Link::All | Link::NamedBy(_)) {
                    whole.insert((Kind::of(relation.to), &draft.resource.account));
                }
            }
        }
        for (kind, account) in whole {
            ids.extend(self.store.of_kinds(&[kind], Some(account)).await?);
        }
        let owners: Vec<ResourceId> = ids.iter().filter_map(owner).collect();
        ids.extend(owners);
        let ids: Vec<ResourceId> =
            ids.into_iter().filter(|id| !drafts.iter().any(|draft| draft.resource == *id)).collect();
        let records = self.store.load(&ids).await?;
        Ok(ids.into_iter().zip(records).filter(|(_, record)| record.version > 0).collect())
    }

    /// The resources that one is known to borrow from by name: account, region, owner, and what its facets ever named.
    fn borrows_from(&self, draft: &Draft) -> BTreeSet<ResourceId> {
        let resource = &draft.resource;
        let mut ids: BTreeSet<ResourceId> = owner(resource).into_iter().collect();
        let relations = self.judge.relations(resource.kind);
        let (named, fixed): (Vec<&RelationDef>, Vec<_>) =
            relations.values().copied().partition(|relation| matches!(relation.link, Link::Named(_)));
        let unseen = Life::unseen(resource.kind);
        ids.extend(fixed.into_iter().filter_map(|relation| lender(relation, resource, &unseen)));
        if named.is_empty() {
            return ids;
        }
        // What a facet named once may be what it named at a second that is judged again.
        let mut fold = Fold::new(resource.kind, &draft.record.ledger, &[]);
        loop {
            ids.extend(named.iter().filter_map(|relation| lender(relation, resource, &fold.life)));
            if fold.step().is_none() {
                break;
            }
        }
        ids
    }
}

/// The versions that were seen of those lenders that are borrowed from by name.
fn sights(borrowed: &BTreeSet<ResourceId>, lenders: &[(ResourceId, Record)]) -> Vec<Sight> {
    let seen = lenders.iter().filter(|(id, _)| borrowed.contains(id));
    seen.map(|(id, record)| Sight { resource: id.clone(), version: record.version }).collect()
}

fn is_settle(work: &Work) -> bool {
    matches!(work, Work::Settle { .. })
}

fn is_first_sight(work: &Work) -> bool {
    matches!(work, Work::FirstSight { .. })
}

fn owner(resource: &ResourceId) -> Option<ResourceId> {
    resource.kind.def().owner.as_ref().and_then(|owner| (owner.of)(resource))
}

fn key_of(entry: &Entry) -> (Second, Text) {
    (entry.cause.time, entry.cause.event_id.clone())
}

/// Waits for all of them, and lets all of them go on at once.
async fn together<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(move |context| {
        let mut ready = true;
        for (future, output) in &mut waiting {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *output = Some(value),
                    std::task::Poll::Pending => ready = false,
                }
            }
        }
        if ready {
            std::task::Poll::Ready(waiting.iter_mut().filter_map(|(_, output)| output.take()).collect())
        } else {
            std::task::Poll::Pending
        }
    })
    .await
}

/// What an event adds to a ledger and takes from it.
#[derive(Default)]
struct Plan {
    add: Vec<Entry>,
    drop: Vec<(Second, Text)>,
}

impl Plan {
    /// From which second on entries are others than before. What a correction concerns may be anywhere.
    fn since(&self) -> Second {
        let time = |entry: &Entry| if entry.replaces.is_some() { Second(i64::MIN) } else { entry.cause.time };
        let added = self.add.iter().map(time);
        added.chain(self.drop.iter().map(|(time, _)| *time)).min().unwrap_or(Second(i64::MAX))
    }

    /// Says whether the resource is to be judged again: something is new, or something came too late to be folded.
    fn apply(self, ledger: &mut Ledger, late: &mut u64) -> bool {
        let folded = ledger.base.as_ref().map(|base| base.time);
        let is_late = |time: Second| folded.is_some_and(|folded| time <= folded);
        let mut touched = false;
        for key in &self.drop {
            touched |= ledger.entries.remove(key).is_some();
        }
        for entry in self.add {
            if is_late(entry.cause.time) {
                *late += 1;
                touched = true;
            } else {
                touched |= merge(ledger, entry);
            }
        }
        touched
    }
}
pub(crate) fn entry(change: &Change, effect: &trailhound_model::Effect) -> Entry {
    Entry { cause: Arc::clone(&change.cause), operations: effect.operations.clone(), replaces: change.replaces.clone() }
}

/// Adds an entry to a ledger. One event may touch a resource by its identity and by an alias, or by two aliases: then the
/// entry gains the operations it does not have yet.
pub(crate) fn merge(ledger: &mut Ledger, entry: Entry) -> bool {
    match ledger.entries.entry(key_of(&entry)) {
        Place::Vacant(place) => {
            place.insert(entry);
            true
        }
        Place::Occupied(place) => {
            let known = place.into_mut();
            let before = known.operations.len();
            for operation in entry.operations {
                if !known.operations.contains(&operation) {
                    known.operations.push(operation);
                }
            }
            known.operations.sort_by_cached_key(|operation| {
                (operation.rank(), serde_json::to_string(operation).unwrap_or_default())
            });
            known.operations.len() > before
        }
    }
}

/// The kinds that borrow from a kind or belong to it.
pub(crate) fn dependents_of(lender: Kind) -> Vec<Kind> {
    let is_it = |def: &'static trailhound_model::KindDef| Kind::of(def) == lender;
    kinds::ALL
        .iter()
        .filter(|def| {
            def.relations.iter().any(|relation| is_it(relation.to))
                || def.owner.as_ref().is_some_and(|owner| is_it(owner.kind))
        })
        .map(|def| Kind::of(def))
        .collect()
}

/// What may have to be told of a first sight: what a read found, and no event.
fn waits(finding: &Finding) -> bool {
    let opened_by = finding.last_episode().and_then(|episode| episode.opened_by.as_ref());
    finding.episodes.len() == 1 && opened_by.is_some_and(|cause| cause.is_read())
}

/// When something is told, and how.
struct Telling<'a> {
    timing: &'a Timing,
    settled: bool,
    together: bool,
    now: Second,
}

/// What to tell about a judged resource, what will have been told then, and how much waits to be told `together` with what
/// is wrong with others since their first sight.
fn announcements(
    judged: &Judged,
    weighed: &BTreeMap<Text, Finding>,
    told: &[Announced],
    &Telling { timing, settled, together, now }: &Telling<'_>,
) -> (Vec<(Text, Alert)>, Vec<Announced>, u64) {
    let (mut alerts, mut announced, mut waiting) = (Vec::new(), Vec::new(), 0);
    let found = judged.findings.iter().map(|finding| (&finding.rule, Some(finding)));
    let vanished = told
        .iter()
        .filter(|told| !judged.findings.iter().any(|finding| finding.rule == told.rule))
        .map(|told| (&told.rule, None));
    for (rule, finding) in found.chain(vanished) {
        let before = told.iter().find(|told| told.rule == *rule);
        let held = holds(timing, finding, settled);
        let first = before.is_none() && judged.first_sight.iter().any(|first| **first == **rule);
        waiting += u64::from(first && !held && !together);
        let weighed = weighed.get(rule).or(finding).filter(|weighed| weighed.status == Status::Open);
        let (alert, next) = match (weighed, before) {
            (Some(weighed), _) if weighed.accepted().is_some() => (None, Some(accept(weighed, before))),
            _ if held || first && !together => (None, before.cloned()),
            (Some(weighed), Some(before)) if before.accepted && weighed.covered_by.is_empty() => {
                let (alert, next) = lapse(weighed, before, now);
                (Some(alert), Some(next))
            }
            _ => announce(finding, rule, before),
        };
        alerts.extend(alert.map(|alert| (rule.clone(), alert)));
        announced.extend(next);
    }
    (alerts, announced, waiting)
}

pub(crate) fn revision(
    resource: ResourceId,
    expected: u64,
    ledger: Ledger,
    judged: Judged,
    announced: Vec<Announced>,
) -> Revision {
    Revision {
        view: ResourceView::of(&resource, &judged.life),
        resource,
        expected,
        ledger,
        findings: judged.findings,
        announced,
        seen: Vec::new(),
        outbox: Vec::new(),
    }
}

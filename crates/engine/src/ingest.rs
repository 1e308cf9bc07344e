//! One change at a time, as in an account: load, insert, fold, judge, commit, and again if somebody else was faster.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use trailhound_model::{Alias, Change, Entry, Kind, Ledger, ResourceId, Second, Target, Text, kinds};

use crate::announce::{Alert, Announced, announce};
use crate::history::{Histories, is_lender};
use crate::judge::{Judge, Judged};
use crate::port::{Commit, NameRevision, Record, Revision, Store, StoreError};
use crate::told::Told;
use crate::view::ResourceView;

/// How often a change is tried when other writers interfere.
const TRIES: usize = 4;

/// What ingesting a change led to.
#[derive(Clone, Debug, Default)]
pub struct Ingested {
    /// What to tell.
    pub alerts: Vec<Told>,
    /// The effects whose alias nobody has explained yet; they are kept.
    pub unresolved: Vec<Alias>,
    /// How often other writers made it start again.
    pub conflicts: usize,
}

/// Ingests changes into a store.
pub struct Ingest<'a, S> {
    store: &'a S,
    judge: &'a Judge,
}

impl<'a, S: Store> Ingest<'a, S> {
    /// Into this store, by this judge.
    #[must_use]
    pub const fn new(store: &'a S, judge: &'a Judge) -> Self {
        Self { store, judge }
    }

    /// Ingests one change. `until` is the present: rules that depend on time are judged up to it.
    ///
    /// # Errors
    /// When the store fails, or other writers interfere too often. Nothing is written then, and repeating is harmless.
    pub async fn ingest(&self, change: &Change, until: Second) -> Result<Ingested, StoreError> {
        let mut conflicts = 0;
        loop {
            match self.attempt(change, until).await {
                Err(StoreError::Conflict(_) | StoreError::NameConflict(_)) if conflicts + 1 < TRIES => conflicts += 1,
                Err(error) => return Err(error),
                Ok((mut ingested, touched)) => {
                    ingested.conflicts = conflicts;
                    self.fan_out(&touched, until, &mut ingested).await?;
                    return Ok(ingested);
                }
            }
        }
    }

    async fn attempt(&self, change: &Change, until: Second) -> Result<(Ingested, BTreeSet<ResourceId>), StoreError> {
        let mut ingested = Ingested::default();
        // What to add to and take from each ledger.
        let mut plan: BTreeMap<ResourceId, Plan> = BTreeMap::new();
        let mut aliases: BTreeSet<&Alias> = change.bindings.iter().map(|binding| &binding.alias).collect();
        for effect in &change.effects {
            match &effect.target {
                Target::Resource(resource) => {
                    plan.entry(resource.clone()).or_default().add.push(entry(change, effect));
                }
                Target::Alias(alias) => {
                    aliases.insert(alias);
                }
            }
        }
        let aliases: Vec<Alias> = aliases.into_iter().cloned().collect();
        let mut names = Vec::new();
        for (alias, (expected, mut known)) in aliases.iter().zip(self.store.names(&aliases).await?) {
            let before: BTreeMap<_, _> =
                known.assignments().into_iter().map(|(key, resource)| (key.clone(), resource.clone())).collect();
            for binding in change.bindings.iter().filter(|binding| binding.alias == *alias) {
                known.teach(change.cause.time, &change.cause.event_id, binding);
            }
            for effect in change.effects.iter().filter(|effect| effect.target == Target::Alias(alias.clone())) {
                let entry = entry(change, effect);
                known.entries.insert((entry.cause.time, entry.cause.event_id.clone()), entry);
                if known.meant(change.cause.time).is_none() {
                    ingested.unresolved.push(alias.clone());
                }
            }
            for (key, entry) in &known.entries {
                let (was, is) = (before.get(key), known.meant(key.0));
                if was != is {
                    if let Some(was) = was {
                        plan.entry(was.clone()).or_default().drop.push(key.clone());
                    }
                    if let Some(is) = is {
                        plan.entry(is.clone()).or_default().add.push(entry.clone());
                    }
                }
            }
            names.push(NameRevision { alias: alias.clone(), expected, names: known });
        }
        let ids: Vec<ResourceId> = plan.keys().cloned().collect();
        let mut records: BTreeMap<ResourceId, Record> = ids.iter().cloned().zip(self.store.load(&ids).await?).collect();
        let mut touched = BTreeSet::new();
        for (resource, plan) in plan {
            let Some(record) = records.get_mut(&resource) else { continue };
            let dropped = plan.drop.iter().filter(|key| record.ledger.entries.remove(key).is_some()).count();
            let mut added = 0;
            for entry in plan.add {
                added += usize::from(merge(&mut record.ledger, entry));
            }
            if dropped + added > 0 {
                touched.insert(resource);
            }
        }
        records.retain(|resource, _| touched.contains(resource));
        let resources = self.revise(records, until, &mut ingested).await?;
        let alerts = ingested.alerts.clone();
        self.store.commit(Commit { resources, names, alerts, until: Some(change.cause.time) }).await?;
        Ok((ingested, touched))
    }

    /// Judges records as they are now.
    async fn revise(
        &self,
        records: BTreeMap<ResourceId, Record>,
        until: Second,
        ingested: &mut Ingested,
    ) -> Result<Vec<Revision>, StoreError> {
        let histories = self.histories(&records).await?;
        let mut revisions = Vec::new();
        for (resource, record) in records {
            let judged = self.judge.judge(&resource, &record.ledger, &histories, until);
            let (alerts, announced) = announcements(&judged, &record.announced);
            ingested.alerts.extend(alerts.into_iter().map(|(rule, alert)| {
                let finding = judged.findings.iter().find(|finding| *finding.rule == *rule);
                Told::of(&resource, &rule, finding, alert, until)
            }));
            let revision = revision(resource, record.version, record.ledger, judged, announced);
            revisions.push(Revision { outbox: record.outbox, ..revision });
        }
        Ok(revisions)
    }

    /// The histories of everything that these records may borrow from.
    async fn histories(&self, records: &BTreeMap<ResourceId, Record>) -> Result<Histories, StoreError> {
        let mut wanted: BTreeSet<(Kind, &str)> = BTreeSet::new();
        for resource in records.keys() {
            let def = resource.kind.def();
            wanted.extend(def.relations.iter().map(|relation| (Kind::of(relation.to), &*resource.account)));
            if let Some(owner) = def.owner.as_ref().and_then(|owner| (owner.of)(resource)) {
                wanted.insert((owner.kind, &*resource.account));
            }
        }
        let mut lenders = Vec::new();
        for (kind, account) in wanted {
            lenders.extend(self.store.of_kinds(&[kind], Some(account)).await?);
        }
        lenders.retain(|id| !records.contains_key(id));
        let loaded = self.store.load(&lenders).await?;
        let ledgers = lenders
            .iter()
            .zip(loaded.iter().map(|record| &record.ledger))
            .chain(records.iter().map(|(id, record)| (id, &record.ledger)));
        Ok(Histories::of(ledgers))
    }

    /// Judges again what borrows from the resources that changed.
    async fn fan_out(
        &self,
        touched: &BTreeSet<ResourceId>,
        until: Second,
        ingested: &mut Ingested,
    ) -> Result<(), StoreError> {
        let mut dependents: BTreeSet<ResourceId> = BTreeSet::new();
        for lender in touched.iter().filter(|resource| is_lender(resource.kind)) {
            let kinds = dependents_of(lender.kind);
            dependents.extend(self.store.of_kinds(&kinds, Some(&lender.account)).await?);
        }
        for dependent in dependents.into_iter().filter(|resource| !touched.contains(resource)) {
            let mut tries = 0;
            loop {
                let loaded = self.store.load(std::slice::from_ref(&dependent)).await?;
                let records = std::iter::once(dependent.clone()).zip(loaded).collect();
                let mut told = Ingested::default();
                let resources = self.revise(records, until, &mut told).await?;
                let alerts = told.alerts.clone();
                match self.store.commit(Commit { resources, alerts, ..Commit::default() }).await {
                    Err(StoreError::Conflict(_)) if tries + 1 < TRIES => tries += 1,
                    Err(error) => return Err(error),
                    Ok(()) => {
                        ingested.alerts.extend(told.alerts);
                        break;
                    }
                }
            }
        }
        Ok(())
    }
}

/// What an event adds to a ledger and takes from it.
#[derive(Default)]
struct Plan {
    add: Vec<Entry>,
    drop: Vec<(Second, Text)>,
}

pub(crate) fn entry(change: &Change, effect: &trailhound_model::Effect) -> Entry {
    Entry { cause: Arc::clone(&change.cause), operations: effect.operations.clone(), replaces: change.replaces.clone() }
}

/// Adds an entry to a ledger. One event may touch a resource by its identity and by an alias, or by two aliases: then the
/// entry gains the operations it does not have yet.
pub(crate) fn merge(ledger: &mut Ledger, entry: Entry) -> bool {
    match ledger.entries.get_mut(&(entry.cause.time, entry.cause.event_id.clone())) {
        None => ledger.insert(entry),
        Some(known) => {
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

/// What to tell about a judged resource, and what will have been told then.
fn announcements(judged: &Judged, told: &[Announced]) -> (Vec<(Text, Alert)>, Vec<Announced>) {
    let mut alerts = Vec::new();
    let mut announced = Vec::new();
    let found = judged.findings.iter().map(|finding| (&finding.rule, Some(finding)));
    let vanished = told
        .iter()
        .filter(|told| !judged.findings.iter().any(|finding| finding.rule == told.rule))
        .map(|told| (&told.rule, None));
    for (rule, finding) in found.chain(vanished) {
        let (alert, next) = announce(finding, rule, told.iter().find(|told| told.rule == *rule));
        alerts.extend(alert.map(|alert| (rule.clone(), alert)));
        announced.extend(next);
    }
    (alerts, announced)
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

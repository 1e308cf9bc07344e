//! A store in memory: the twin that tests and one-off runs use.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use trailhound_engine::names::Names;
use trailhound_engine::port::{
    Accepted, Claim, Commit, Counts, FindingQuery, Outbox, Record, Store, StoreError, is_named, sort_findings,
};
use trailhound_engine::view::ResourceView;
use trailhound_engine::{FindingKey, Told, Work};
use trailhound_model::{Alias, Finding, Kind, ResourceId, Second};

/// Keeps everything in memory.
#[derive(Debug, Default)]
pub struct Memory {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    resources: BTreeMap<ResourceId, Stored>,
    by_kind: BTreeMap<Kind, BTreeSet<ResourceId>>,
    names: BTreeMap<Alias, (u64, Names)>,
    alerts: BTreeMap<FindingKey, Alerts>,
    until: Option<Second>,
    exceptions: Option<String>,
}

/// What was to be told about a finding.
#[derive(Debug, Default)]
struct Alerts {
    /// The highest number that was published; 0 if none was.
    published: u64,
    pending: BTreeMap<u64, Told>,
}

#[derive(Debug)]
struct Stored {
    record: Record,
    view: ResourceView,
    findings: Vec<Finding>,
}

impl Memory {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        // A writer that panicked has written nothing yet: every commit is checked before it changes anything.
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store for Memory {
    async fn load(&self, resources: &[ResourceId]) -> Result<Vec<Record>, StoreError> {
        Ok(self.with(|state| {
            let record = |id| state.resources.get(id).map(|stored| stored.record.clone()).unwrap_or_default();
            resources.iter().map(record).collect()
        }))
    }

    async fn names(&self, aliases: &[Alias]) -> Result<Vec<(u64, Names)>, StoreError> {
        Ok(self.with(|state| aliases.iter().map(|alias| state.names.get(alias).cloned().unwrap_or_default()).collect()))
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        self.with(|state| {
            for revision in &commit.resources {
                let version = state.resources.get(&revision.resource).map_or(0, |stored| stored.record.version);
                if version != revision.expected {
                    return Err(StoreError::Conflict(Box::new(revision.resource.clone())));
                }
            }
            for revision in &commit.names {
                let version = state.names.get(&revision.alias).map_or(0, |(version, _)| *version);
                if version != revision.expected {
                    return Err(StoreError::NameConflict(Box::new(revision.alias.clone())));
                }
            }
            for revision in commit.resources {
                let record = Record {
                    version: revision.expected + 1,
                    ledger: revision.ledger,
                    announced: revision.announced,
                    seen: revision.seen,
                    outbox: revision.outbox,
                };
                let stored = Stored { record, view: revision.view, findings: revision.findings };
                if revision.expected == 0 {
                    let of_kind = state.by_kind.entry(revision.resource.kind).or_default();
                    of_kind.insert(revision.resource.clone());
                }
                state.resources.insert(revision.resource, stored);
            }
            for revision in commit.names {
                state.names.insert(revision.alias, (revision.expected + 1, revision.names));
            }
            for told in commit.alerts {
                let key = FindingKey { resource: told.finding.resource.clone(), rule: told.finding.rule.clone() };
                state.alerts.entry(key).or_default().pending.insert(told.alert.number, told);
            }
            state.until = state.until.max(commit.until);
            Ok(())
        })
    }

    async fn of_kinds(&self, kinds: &[Kind], account: Option<&str>) -> Result<Vec<ResourceId>, StoreError> {
        Ok(self.with(|state| {
            let of_kinds = kinds.iter().filter_map(|kind| state.by_kind.get(kind)).flatten();
            let wanted = |id: &&ResourceId| account.is_none_or(|account| *id.account == *account);
            let mut found: Vec<ResourceId> = of_kinds.filter(wanted).cloned().collect();
            found.sort_unstable();
            found
        }))
    }

    async fn findings(&self, query: &FindingQuery) -> Result<Vec<Finding>, StoreError> {
        let mut found: Vec<Finding> = self.with(|state| {
            let all = state.resources.values().flat_map(|stored| &stored.findings);
            all.filter(|finding| query.matches(finding)).cloned().collect()
        });
        sort_findings(&mut found);
        found.truncate(query.limit.unwrap_or(usize::MAX));
        Ok(found)
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        Ok(self.with(|state| {
            let mut counts = Counts { resources: state.resources.len() as u64, ..Counts::default() };
            for finding in state.resources.values().flat_map(|stored| &stored.findings) {
                *counts.findings.entry((finding.status, finding.severity)).or_default() += 1;
                counts.transitions += finding.transitions.len() as u64;
            }
            counts
        }))
    }

    async fn resources(&self, name: Option<&str>) -> Result<Vec<ResourceView>, StoreError> {
        Ok(self.with(|state| {
            let asked = |id: &ResourceId| name.is_none_or(|name| is_named(id, name));
            state.resources.iter().filter(|(id, _)| asked(id)).map(|(_, stored)| stored.view.clone()).collect()
        }))
    }

    async fn until(&self) -> Result<Option<Second>, StoreError> {
        Ok(self.with(|state| state.until))
    }
}

impl Outbox for Memory {
    async fn pending(&self, before: Second, limit: usize) -> Result<Vec<Told>, StoreError> {
        Ok(self.with(|state| {
            let all = state.alerts.values().flat_map(|alerts| alerts.pending.values());
            all.filter(|told| told.told_at < before).take(limit).cloned().collect()
        }))
    }

    async fn claim(&self, finding: &FindingKey, number: u64) -> Result<Claim, StoreError> {
        Ok(self.with(|state| {
            let published = state.alerts.get(finding).map_or(0, |alerts| alerts.published);
            match number.cmp(&published) {
                std::cmp::Ordering::Greater => Claim::Send,
                std::cmp::Ordering::Equal => Claim::AlreadyPublished,
                std::cmp::Ordering::Less => Claim::Superseded,
            }
        }))
    }

    async fn published(&self, finding: &FindingKey, number: u64) -> Result<(), StoreError> {
        self.with(|state| {
            let alerts = state.alerts.entry(finding.clone()).or_default();
            alerts.published = alerts.published.max(number);
            alerts.pending.retain(|pending, _| *pending > number);
        });
        Ok(())
    }

    async fn overdue(&self, before: Second, limit: usize) -> Result<Vec<Work>, StoreError> {
        Ok(self.with(|state| {
            let all = state.resources.values().flat_map(|stored| &stored.record.outbox);
            all.filter(|work| work.due() < before).take(limit).cloned().collect()
        }))
    }

    async fn forget(&self, work: &Work) -> Result<(), StoreError> {
        self.with(|state| {
            if let Some(stored) = work.keeper().and_then(|keeper| state.resources.get_mut(keeper)) {
                stored.record.outbox.retain(|kept| kept != work);
            }
        });
        Ok(())
    }
}

impl Accepted for Memory {
    async fn exceptions(&self) -> Result<Option<String>, StoreError> {
        Ok(self.with(|state| state.exceptions.clone()))
    }

    async fn keep_exceptions(&self, text: Option<&str>) -> Result<(), StoreError> {
        self.with(|state| state.exceptions = text.map(str::to_owned));
        Ok(())
    }
}

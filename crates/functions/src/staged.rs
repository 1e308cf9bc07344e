//! A store that notes when it is first asked to commit: before that an event is evaluated, after it stored.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use trailhound_engine::ResourceView;
use trailhound_engine::names::Names;
use trailhound_engine::port::{Commit, Counts, FindingQuery, Record, Store, StoreError};
use trailhound_model::{Alias, Finding, Kind, ResourceId, Second};

use crate::clock;

/// A store, and when it was first asked to commit.
#[derive(Debug)]
pub struct Staged<S> {
    store: S,
    evaluated: Mutex<Option<Duration>>,
}

impl<S> Staged<S> {
    /// Of a store.
    pub const fn new(store: S) -> Self {
        Self { store, evaluated: Mutex::new(None) }
    }

    /// The store.
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// When it was asked to commit what is evaluated, since 1970; and forgets it.
    #[must_use]
    pub fn take(&self) -> Option<Duration> {
        self.evaluated.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<S: Store> Store for Staged<S> {
    async fn load(&self, resources: &[ResourceId]) -> Result<Vec<Record>, StoreError> {
        self.store.load(resources).await
    }

    async fn names(&self, aliases: &[Alias]) -> Result<Vec<(u64, Names)>, StoreError> {
        self.store.names(aliases).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        self.evaluated.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(clock::since_epoch);
        self.store.commit(commit).await
    }

    async fn of_kinds(&self, kinds: &[Kind], account: Option<&str>) -> Result<Vec<ResourceId>, StoreError> {
        self.store.of_kinds(kinds, account).await
    }

    async fn findings(&self, query: &FindingQuery) -> Result<Vec<Finding>, StoreError> {
        self.store.findings(query).await
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        self.store.counts().await
    }

    async fn resources(&self, name: Option<&str>) -> Result<Vec<ResourceView>, StoreError> {
        self.store.resources(name).await
    }

    async fn until(&self) -> Result<Option<Second>, StoreError> {
        self.store.until().await
    }
}

//! A store in one DynamoDB table, for the pipeline in an account. `docs/table.md` describes its rows, `crate::table` its keys
//! and indexes.
//!
//! Loading a record is one query. A commit in which no finding moved is one conditional put; else it is one transaction.

mod commit;
mod keys;
mod list;
mod outbox;
mod record;
mod rows;
mod wire;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::{Client, Config};
use trailhound_engine::names::Names;
use trailhound_engine::port::{Accepted, Claim, Commit, Counts, FindingQuery, Outbox, Record, Store, StoreError};
use trailhound_engine::{FindingKey, ResourceView, Told, Work};
use trailhound_model::{Alias, Finding, Kind, ResourceId, Second};

use self::record::Basis;
pub use self::wire::Patience;
use self::wire::{Change, Wire, number};

/// What is known of so many records' rows is kept between their load and their commit.
const KNOWN: usize = 1_024;

/// The table's own row, which all writers share, is written when time has moved on by so many seconds.
const UNTIL_STEP: i64 = 600;

/// Keeps everything in a DynamoDB table.
#[derive(Debug)]
pub struct DynamoDb {
    wire: Wire,
    keep: Option<u32>,
    known: Mutex<BTreeMap<ResourceId, Basis>>,
    until: AtomicI64,
}

impl DynamoDb {
    /// A store in this table, which must exist. The configuration needs a region, credentials and a client for HTTP; retries
    /// and time limits are the store's own ([`Patience`]). Calls must be made within a tokio runtime.
    #[must_use]
    pub fn new(config: &Config, table: &str) -> Self {
        let patience = Patience::default();
        let wire = Wire { client: client(config, patience), table: table.to_owned(), patience };
        Self { wire, keep: None, known: Mutex::default(), until: AtomicI64::new(i64::MIN) }
    }

    /// With other limits of time.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.wire.client = client(self.wire.client.config(), patience);
        self.wire.patience = patience;
        self
    }

    /// Lets DynamoDB delete transitions and published alerts after so many days. Findings keep their timelines.
    #[must_use]
    pub fn with_retention(mut self, days: u32) -> Self {
        self.keep = Some(days);
        self
    }

    fn remember(&self, id: ResourceId, basis: Basis) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN {
            known.clear();
        }
        known.insert(id, basis);
    }

    /// Moves the table's own time on. It is never worth failing for: the next commit does it as well. If none can, the log
    /// says so.
    async fn move_on(&self, until: Second) {
        let last = self.until.load(Ordering::Relaxed);
        if last != i64::MIN && until.0 < last.saturating_add(UNTIL_STEP) {
            return;
        }
        let (partition, sort) = keys::TABLE;
        let change = Change {
            partition: partition.to_owned(),
            sort: sort.to_owned(),
            expression: "SET #until = :until, #format = :format",
            condition: "attribute_not_exists(#until) OR #until < :until",
            names: vec![("#until", "until".to_owned()), ("#format", "format".to_owned())],
            values: vec![(":until", number(&until.0)), (":format", number(&1))],
        };
        match self.wire.try_update(&change).await {
            Ok(_) | Err(wire::Fault::Refused(_)) => {
                self.until.fetch_max(until.0, Ordering::Relaxed);
            }
            Err(wire::Fault::Passing(_)) => {}
            Err(wire::Fault::Lasting(error)) => {
                tracing::error!(error_code = "permanent", %error, "the table's time was not moved on");
            }
        }
    }
}

/// A client that repeats nothing by itself.
fn client(config: &Config, patience: Patience) -> Client {
    let limits =
        TimeoutConfig::builder().connect_timeout(patience.attempt).operation_attempt_timeout(patience.attempt).build();
    Client::from_conf(config.to_builder().retry_config(RetryConfig::disabled()).timeout_config(limits).build())
}

impl Store for DynamoDb {
    async fn load(&self, resources: &[ResourceId]) -> Result<Vec<Record>, StoreError> {
        let load = |wire, id: ResourceId| async move { Ok((record::load(&wire, &id).await?, id)) };
        let loaded = self.wire.each(resources.to_vec(), load).await?;
        Ok(loaded
            .into_iter()
            .map(|(loaded, id)| {
                self.remember(id, loaded.basis);
                loaded.record
            })
            .collect())
    }

    async fn names(&self, aliases: &[Alias]) -> Result<Vec<(u64, Names)>, StoreError> {
        let load = |wire, alias: Alias| async move { record::load_names(&wire, &alias).await };
        self.wire.each(aliases.to_vec(), load).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        let basis = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let taken = commit.resources.iter().filter_map(|revision| known.remove_entry(&revision.resource));
            taken.collect()
        };
        commit::commit(&self.wire, &commit, basis, self.keep).await?;
        if let Some(until) = commit.until {
            self.move_on(until).await;
        }
        Ok(())
    }

    async fn of_kinds(&self, kinds: &[Kind], account: Option<&str>) -> Result<Vec<ResourceId>, StoreError> {
        list::of_kinds(&self.wire, kinds, account).await
    }

    async fn findings(&self, query: &FindingQuery) -> Result<Vec<Finding>, StoreError> {
        list::findings(&self.wire, query).await
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        list::counts(&self.wire).await
    }

    async fn resources(&self, name: Option<&str>) -> Result<Vec<ResourceView>, StoreError> {
        list::views(&self.wire, name).await
    }

    async fn until(&self) -> Result<Option<Second>, StoreError> {
        let (partition, sort) = keys::TABLE;
        let row = self.wire.get("reading the table's time", partition, sort).await?;
        row.map(|row| {
            rows::check_format(&row)?;
            let until = row.get("until").and_then(|value| value.as_n().ok()?.parse().ok());
            until.map(Second).ok_or_else(|| rows::corrupt(&row, "it has no number `until`"))
        })
        .transpose()
    }
}

impl Outbox for DynamoDb {
    async fn pending(&self, before: Second, limit: usize) -> Result<Vec<Told>, StoreError> {
        outbox::pending(&self.wire, before, limit).await
    }

    async fn claim(&self, finding: &FindingKey, number: u64) -> Result<Claim, StoreError> {
        outbox::claim(&self.wire, finding, number).await
    }

    async fn published(&self, finding: &FindingKey, number: u64) -> Result<(), StoreError> {
        outbox::published(&self.wire, finding, number).await
    }

    async fn overdue(&self, before: Second, limit: usize) -> Result<Vec<Work>, StoreError> {
        outbox::overdue(&self.wire, before, limit).await
    }

    async fn forget(&self, work: &Work) -> Result<(), StoreError> {
        outbox::forget(&self.wire, work).await
    }
}

impl Accepted for DynamoDb {
    async fn exceptions(&self) -> Result<Option<String>, StoreError> {
        let (partition, sort) = keys::EXCEPTIONS;
        let range = Some(wire::Range::Prefix(sort.to_owned()));
        let query = wire::Query { partition: partition.to_owned(), range, ..wire::Query::default() };
        let rows = self.wire.query("reading the exceptions", &query).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        rows::check_format(row)?;
        Ok(Some(rows::string(row, "exceptions")?.to_owned()).filter(|text| !text.is_empty()))
    }

    async fn keep_exceptions(&self, text: Option<&str>) -> Result<(), StoreError> {
        let (partition, sort) = keys::EXCEPTIONS;
        let row = rows::Made::new(partition, sort).text("exceptions", text.unwrap_or_default()).0;
        let doing = "keeping the exceptions";
        self.wire.put(&row, None).await.map_err(|fault| self.wire.failed(doing, fault))
    }
}

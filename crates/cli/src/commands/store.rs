//! The stores that commands read: a file that a replay wrote, or the table of the pipeline in an account.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use trailhound_engine::ResourceView;
use trailhound_engine::names::Names;
#[cfg(feature = "aws")]
use trailhound_engine::port::Accepted as _;
use trailhound_engine::port::{Commit, Counts, FindingQuery, Record, Store, StoreError};
use trailhound_model::{Alias, Finding, Kind, ResourceId, Second};
#[cfg(feature = "aws")]
use trailhound_store::DynamoDb;
use trailhound_store::Sqlite;

/// What the name of a table begins with.
const TABLE: &str = "dynamodb:";

/// A store of either kind.
pub(super) enum Opened {
    File(Box<Sqlite>),
    #[cfg(feature = "aws")]
    Table(Box<DynamoDb>),
}

/// Opens the store that an earlier replay wrote, or the table `dynamodb:TABLE[@REGION]`.
pub(super) fn open(name: &Path) -> Result<Opened> {
    if let Some(table) = name.to_str().and_then(|name| name.strip_prefix(TABLE)) {
        return open_table(table);
    }
    if !name.exists() {
        bail!("there is no store {}: make one with `trailhound replay PATH --store FILE`", name.display());
    }
    let file = Sqlite::open(name).with_context(|| format!("opening {}", name.display()))?;
    Ok(Opened::File(Box::new(file)))
}

/// A replay fills files. A file of that name would be a surprise.
pub(super) fn refuse_table(name: &Path) -> Result<()> {
    if name.to_str().is_some_and(|name| name.starts_with(TABLE)) {
        bail!("a replay writes a file, and the table of the pipeline is written by the pipeline");
    }
    Ok(())
}

#[cfg(not(feature = "aws"))]
fn open_table(table: &str) -> Result<Opened> {
    bail!(
        "this program was built without AWS and cannot read the table `{table}`: \
         build it with `cargo build --release --features aws`"
    )
}

#[cfg(feature = "aws")]
fn open_table(name: &str) -> Result<Opened> {
    let (table, region) = match name.split_once('@') {
        Some((table, region)) => (table, Some(region)),
        None => (name, None),
    };
    if table.is_empty() || region.is_some_and(str::is_empty) {
        bail!("`{TABLE}{name}` names no table: write `{TABLE}TABLE` or `{TABLE}TABLE@REGION`");
    }
    let (runtime, config) = super::aws::configured(region)?;
    // Calls are waited for on this thread; the other one moves their bytes until the program ends.
    std::mem::forget(runtime.handle().enter());
    if config.region().is_none() {
        bail!("no region is configured: set AWS_REGION, or write `{TABLE}{table}@REGION`");
    }
    let store = DynamoDb::new(&aws_sdk_dynamodb::Config::from(&config), table);
    std::thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
    Ok(Opened::Table(Box::new(store)))
}

impl Opened {
    /// The file of exceptions that a table holds; a file of findings holds none.
    pub(super) fn exceptions(&self) -> Result<Option<String>> {
        match self {
            Self::File(_) => Ok(None),
            #[cfg(feature = "aws")]
            Self::Table(table) => Ok(pollster::block_on(table.exceptions())?),
        }
    }

    /// Keeps a file of exceptions in a table, or none.
    pub(super) fn keep_exceptions(&self, text: Option<&str>) -> Result<()> {
        match self {
            Self::File(_) => {
                let given = text.map_or("nothing to drop", |_| "name the file with `--exceptions` instead");
                bail!("a store in a file keeps no exceptions: {given}")
            }
            #[cfg(feature = "aws")]
            Self::Table(table) => Ok(pollster::block_on(table.keep_exceptions(text))?),
        }
    }
}

/// Calls the same method of whichever store it is.
macro_rules! either {
    ($opened:expr, $store:ident => $call:expr) => {
        match $opened {
            Opened::File($store) => $call.await,
            #[cfg(feature = "aws")]
            Opened::Table($store) => $call.await,
        }
    };
}

impl Store for Opened {
    async fn load(&self, resources: &[ResourceId]) -> Result<Vec<Record>, StoreError> {
        either!(self, store => store.load(resources))
    }

    async fn names(&self, aliases: &[Alias]) -> Result<Vec<(u64, Names)>, StoreError> {
        either!(self, store => store.names(aliases))
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        either!(self, store => store.commit(commit))
    }

    async fn of_kinds(&self, kinds: &[Kind], account: Option<&str>) -> Result<Vec<ResourceId>, StoreError> {
        either!(self, store => store.of_kinds(kinds, account))
    }

    async fn findings(&self, query: &FindingQuery) -> Result<Vec<Finding>, StoreError> {
        either!(self, store => store.findings(query))
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        either!(self, store => store.counts())
    }

    async fn resources(&self, name: Option<&str>) -> Result<Vec<ResourceView>, StoreError> {
        either!(self, store => store.resources(name))
    }

    async fn until(&self) -> Result<Option<Second>, StoreError> {
        either!(self, store => store.until())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_does_not_write_a_file_named_like_a_table() {
        assert!(refuse_table(Path::new("dynamodb:trailhound")).is_err());
        assert!(refuse_table(Path::new("trailhound.db")).is_ok());
    }

    #[test]
    #[cfg(not(feature = "aws"))]
    fn a_table_without_aws_says_how_to_build_with_it() {
        let error = open(Path::new("dynamodb:trailhound@eu-west-1")).err().unwrap().to_string();
        assert!(error.contains("`trailhound@eu-west-1`") && error.contains("--features aws"), "{error}");
    }

    #[test]
    #[cfg(feature = "aws")]
    fn a_table_without_a_name_is_refused() {
        for name in ["dynamodb:", "dynamodb:@eu-west-1", "dynamodb:trailhound@"] {
            let error = open(Path::new(name)).err().unwrap().to_string();
            assert!(error.contains("names no table"), "{error}");
        }
    }
}

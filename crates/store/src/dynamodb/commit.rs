//! Commits. Nothing moved: one conditional put. Else a transaction of all rows that must agree.
//!
//! A transaction takes 100 rows and 4 MB. What is larger is cut, and every cut is one that a crash may fall into:
//!
//! - **Between resources**, names last. Each resource is written whole. A repetition of the event inserts into ledgers what
//!   they hold already, and the names still say what is to be done; had they come first, it would find nothing to do.
//! - **Between a finding and its transitions' rows.** The finding's row holds its transitions itself, so its answers are
//!   right at once; it is marked `behind` until the other rows are there. A commit that finds the mark compares with the
//!   table instead of with the finding, which completes what was begun.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};

use aws_sdk_dynamodb::types::AttributeValue;
use trailhound_engine::Told;
use trailhound_engine::port::{Commit, StoreError};
use trailhound_model::{Alias, ResourceId};

use super::record::{Basis, Plan, Unit, load};
use super::wire::{Fault, Row, Wire, Write};
use super::{keys, record, rows};

/// Rows in a transaction.
const ROWS: usize = 100;

/// Bytes in a transaction, with some room below DynamoDB's 4 MB.
const BYTES: usize = 3_500_000;

/// Whose version a write depends on.
#[derive(Clone, Debug)]
enum Owner {
    Resource(ResourceId),
    Name(Alias),
}

impl Owner {
    fn conflict(self) -> StoreError {
        match self {
            Self::Resource(resource) => StoreError::Conflict(Box::new(resource)),
            Self::Name(alias) => StoreError::NameConflict(Box::new(alias)),
        }
    }
}

/// What is written together.
#[derive(Default)]
struct Batch {
    writes: Vec<Write>,
    /// The place of the first write of each owner.
    owners: Vec<(usize, Owner)>,
    bytes: usize,
    later: Vec<Later>,
}

/// Transitions that are written when all else is.
struct Later {
    partition: String,
    version: u64,
    unit: Unit,
}

impl Batch {
    fn has_room(&self, writes: &[Write]) -> bool {
        self.writes.len() + writes.len() <= ROWS && self.bytes + size(writes) <= BYTES
    }
}

/// Writes a commit. `known` gives what is known of the rows of a resource at the version it is expected to have.
pub(super) async fn commit(
    wire: &Wire,
    commit: &Commit,
    mut known: BTreeMap<ResourceId, Basis>,
    keep: Option<u32>,
) -> Result<(), StoreError> {
    let mut batches = vec![Batch::default()];
    for revision in &commit.resources {
        let id = &revision.resource;
        let basis = match known.remove(id) {
            Some(basis) if basis.version == revision.expected => basis,
            _ if revision.expected == 0 => Basis::default(),
            _ => load(wire, id).await?.basis,
        };
        if basis.version != revision.expected {
            return Err(StoreError::Conflict(Box::new(id.clone())));
        }
        let alerts: Vec<&Told> = commit.alerts.iter().filter(|told| told.finding.resource == *id).collect();
        let plan = Plan::of(wire, revision, &basis, &alerts, keep).await?;
        let (whole, more) = plan.rows();
        let (partition, version) = plan.place();
        let mut unit = plan.writes(whole + more > ROWS);
        let writes = std::mem::take(&mut unit.whole);
        let batch = add(&mut batches, writes, Some(Owner::Resource(id.clone())))?;
        if !unit.behind.is_empty() {
            batch.later.push(Later { partition, version, unit });
        }
    }
    for revision in &commit.names {
        add(&mut batches, record::names(revision)?, Some(Owner::Name(revision.alias.clone())))?;
    }
    let is_here = |told: &&Told| commit.resources.iter().any(|revision| revision.resource == told.finding.resource);
    for told in commit.alerts.iter().filter(|told| !is_here(told)) {
        add(&mut batches, vec![Write::Put { row: rows::alert(told, keep)?, expected: None }], None)?;
    }
    for batch in batches.into_iter().filter(|batch| !batch.writes.is_empty()) {
        write(wire, batch.writes, batch.owners).await?;
        for later in batch.later {
            // The commit is done. What is missing is marked, and the next one completes it.
            if let Err(fault) = complete(wire, later).await {
                if let Fault::Lasting(error) = fault {
                    tracing::error!(error_code = "permanent", %error, "a commit was not completed");
                }
                break;
            }
        }
    }
    Ok(())
}

fn add(batches: &mut Vec<Batch>, writes: Vec<Write>, owner: Option<Owner>) -> Result<&mut Batch, StoreError> {
    if writes.len() > ROWS || size(&writes) > BYTES {
        return Err(StoreError::Failed {
            doing: "committing".to_owned(),
            source: format!("{} rows of {} bytes do not fit one transaction", writes.len(), size(&writes)).into(),
        });
    }
    if !batches.last().is_some_and(|batch| batch.has_room(&writes)) {
        batches.push(Batch::default());
    }
    match batches.last_mut() {
        Some(batch) => {
            batch.owners.extend(owner.map(|owner| (batch.writes.len(), owner)));
            batch.bytes += size(&writes);
            batch.writes.extend(writes);
            Ok(batch)
        }
        None => Err(StoreError::Corrupt("there is no transaction to write to".to_owned())),
    }
}

/// Writes a batch. An answer that got lost is not a conflict: the row tells who wrote it.
async fn write(wire: &Wire, mut writes: Vec<Write>, owners: Vec<(usize, Owner)>) -> Result<(), StoreError> {
    let token = token();
    for write in &mut writes {
        if let Write::Put { row, expected: Some(_) } = write {
            row.insert("writer".to_owned(), AttributeValue::S(token.clone()));
        }
    }
    let result = match writes.as_slice() {
        [Write::Put { row, expected }] => wire.put(row, *expected).await,
        writes => wire.transact(writes, &token).await,
    };
    match result {
        Ok(()) => Ok(()),
        Err(Fault::Refused(refused)) => {
            let ours = |row: &Option<Row>| {
                row.as_ref().and_then(|row| row.get("writer")?.as_s().ok()).is_some_and(|writer| *writer == token)
            };
            if refused.iter().all(|(_, row)| ours(row)) {
                return Ok(());
            }
            let place = refused.iter().find(|(_, row)| !ours(row)).map_or(0, |(place, _)| *place);
            let owner = owners.into_iter().rev().find(|(first, _)| *first <= place);
            Err(owner
                .map_or_else(|| wire.failed("committing", Fault::Refused(Vec::new())), |(_, owner)| owner.conflict()))
        }
        Err(fault) => Err(wire.failed("committing", fault)),
    }
}

/// Writes transitions that did not fit, unless somebody has committed a later version, who will have done it.
async fn complete(wire: &Wire, later: Later) -> Result<(), Fault> {
    let Later { partition, version, unit } = later;
    let check = Write::Check { partition: partition.clone(), sort: keys::STATE.to_owned(), version };
    let mut rest = unit.after;
    rest.extend(unit.behind.into_iter().map(|sort| Write::Strip {
        partition: partition.clone(),
        sort,
        version,
        attribute: "behind",
    }));
    let mut chunk = vec![check.clone()];
    for write in rest {
        if chunk.len() == ROWS || size(&chunk) + size(std::slice::from_ref(&write)) > BYTES {
            wire.transact(&chunk, &token()).await?;
            chunk = vec![check.clone()];
        }
        chunk.push(write);
    }
    wire.transact(&chunk, &token()).await
}

/// Names an attempt, so that its repetitions are known from those of others. Chance is all it takes.
fn token() -> String {
    let seed = RandomState::new();
    format!("{:016x}{:016x}", seed.hash_one(1), seed.hash_one(2))
}

/// About how many bytes writes are, as DynamoDB counts them.
fn size(writes: &[Write]) -> usize {
    fn of(value: &AttributeValue) -> usize {
        match value {
            AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
            AttributeValue::B(bytes) => bytes.as_ref().len(),
            AttributeValue::L(values) => 3 + values.iter().map(|value| 1 + of(value)).sum::<usize>(),
            AttributeValue::M(map) => 3 + map.iter().map(|(name, value)| 1 + name.len() + of(value)).sum::<usize>(),
            _ => 1,
        }
    }
    let one = |write: &Write| match write {
        Write::Put { row, .. } => row.iter().map(|(name, value)| name.len() + of(value)).sum(),
        Write::Delete { partition, sort }
        | Write::Check { partition, sort, .. }
        | Write::Strip { partition, sort, .. } => partition.len() + sort.len(),
    };
    writes.iter().map(one).sum()
}

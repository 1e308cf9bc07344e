//! What was committed and is still to be sent: alerts until they are published, work until its record drops it.

use trailhound_engine::port::{Claim, StoreError};
use trailhound_engine::{FindingKey, Told, Work};
use trailhound_model::Second;

use super::keys::{self, SHARDS, STATE};
use super::record;
use super::rows;
use super::wire::{Change, Query, Range, Wire, number};
use crate::table::{BY_STATE, EXPIRES, SORT};

/// The second after which a row may go that is to stay: the first of the year 9999. An expression cannot leave the attribute
/// out, and a time long past is safe with DynamoDB alone, which deletes nothing that expired more than five years ago.
const NEVER: i64 = 253_370_764_800;

/// Alerts committed before a second and not published, oldest first; those of one finding by number.
pub(super) async fn pending(wire: &Wire, before: Second, limit: usize) -> Result<Vec<Told>, StoreError> {
    let mut found = Vec::new();
    for shard in 0..SHARDS {
        let query = Query {
            index: Some(BY_STATE),
            partition: keys::sharded("ALERT", shard),
            // The keys begin with the time of the commit; what was committed in that second sorts after it.
            range: Some(Range::Between("0".to_owned(), before.to_string())),
            ..Query::default()
        };
        for row in wire.query("looking for pending alerts", &query).await? {
            if found.len() >= limit {
                break;
            }
            rows::check_format(&row)?;
            let told: Told = rows::unpack(rows::bytes(&row, "told")?, &row)?;
            let key = FindingKey { resource: told.finding.resource.clone(), rule: told.finding.rule.clone() };
            if told.alert.number > last_published(wire, &key).await? {
                found.push(told);
            } else {
                // A crash between two writes of `published`, or one that was superseded.
                settle(wire, &key, told.alert.number).await?;
            }
        }
    }
    found.sort_by_key(|told| told.told_at);
    Ok(found)
}

async fn last_published(wire: &Wire, key: &FindingKey) -> Result<u64, StoreError> {
    let row = wire.get("asking what was published", &keys::of_resource(&key.resource), &keys::claim(&key.rule)).await?;
    row.map_or(Ok(0), |row| {
        rows::check_format(&row)?;
        rows::whole(&row, "published")
    })
}

/// Whether to send an alert.
pub(super) async fn claim(wire: &Wire, key: &FindingKey, number: u64) -> Result<Claim, StoreError> {
    Ok(match number.cmp(&last_published(wire, key).await?) {
        std::cmp::Ordering::Greater => Claim::Send,
        std::cmp::Ordering::Equal => Claim::AlreadyPublished,
        std::cmp::Ordering::Less => Claim::Superseded,
    })
}

/// Notes that an alert was published: the number first, which is what claims ask for, then the alert's own row. Numbers
/// never go back, whoever writes last.
pub(super) async fn published(wire: &Wire, key: &FindingKey, published: u64) -> Result<(), StoreError> {
    let change = Change {
        partition: keys::of_resource(&key.resource),
        sort: keys::claim(&key.rule),
        expression: "SET #published = :published, #format = :format",
        condition: "attribute_not_exists(#published) OR #published < :published",
        names: vec![("#published", "published".to_owned()), ("#format", "format".to_owned())],
        values: vec![(":published", number(&published)), (":format", number(&1))],
    };
    wire.update("noting what was published", &change).await?;
    settle(wire, key, published).await
}

/// Takes an alert's row from the index of pending ones. If rows are to expire, it may from now on.
async fn settle(wire: &Wire, key: &FindingKey, alert: u64) -> Result<(), StoreError> {
    let change = Change {
        partition: keys::of_resource(&key.resource),
        sort: keys::alert(&key.rule, alert),
        expression: "REMOVE #partition, #sort SET #expires = if_not_exists(#later, :never)",
        condition: "attribute_exists(PK)",
        names: vec![
            ("#expires", EXPIRES.to_owned()),
            ("#later", "expires_if_published".to_owned()),
            ("#partition", BY_STATE.partition.to_owned()),
            ("#sort", BY_STATE.sort.to_owned()),
        ],
        values: vec![(":never", number(&NEVER))],
    };
    wire.update("noting that an alert is not pending", &change).await.map(drop)
}

/// Work that was due before a second and is still kept with its record.
pub(super) async fn overdue(wire: &Wire, before: Second, limit: usize) -> Result<Vec<Work>, StoreError> {
    let mut found = Vec::new();
    for shard in 0..SHARDS {
        let query = Query {
            index: Some(BY_STATE),
            partition: keys::sharded("WORK", shard),
            attributes: &["PK", "SK"],
            ..Query::default()
        };
        let mut records = Vec::new();
        for row in wire.query("looking for work", &query).await? {
            records.push((rows::string(&row, "PK")?.to_owned(), rows::string(&row, SORT)?.to_owned()));
        }
        // The index may be behind the table, and holds no work itself.
        for row in wire.get_all("looking for work", &records).await? {
            found.extend(record::outbox(&row)?.into_iter().filter(|work| work.due() < before));
        }
        if found.len() >= limit {
            break;
        }
    }
    found.sort_by_key(Work::due);
    found.truncate(limit);
    Ok(found)
}

/// Takes work from its record, and the record from the index with its last.
pub(super) async fn forget(wire: &Wire, work: &Work) -> Result<(), StoreError> {
    let doing = "forgetting work";
    let Some(keeper) = work.keeper() else { return Ok(()) };
    let outbox = || ("#outbox", "outbox".to_owned());
    let change = Change {
        partition: keys::of_resource(keeper),
        sort: STATE.to_owned(),
        expression: "REMOVE #outbox.#work",
        condition: "attribute_exists(#outbox.#work)",
        names: vec![outbox(), ("#work", record::work_name(work)?)],
        values: Vec::new(),
    };
    if wire.update(doing, &change).await?.is_none() {
        return Ok(());
    }
    let change = Change {
        expression: "REMOVE #outbox, #partition, #sort",
        condition: "size(#outbox) = :none",
        names: vec![outbox(), ("#partition", BY_STATE.partition.to_owned()), ("#sort", BY_STATE.sort.to_owned())],
        values: vec![(":none", number(&0))],
        ..change
    };
    wire.update(doing, &change).await.map(drop)
}

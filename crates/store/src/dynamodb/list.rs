//! Lists: each from the index that has its rows in its order. None scans the table.

use trailhound_engine::ResourceView;
use trailhound_engine::port::{Counts, FindingQuery, StoreError, is_named, sort_findings};
use trailhound_model::{Finding, Kind, ResourceId, Severity, Status, kinds};

use super::keys::{self, SHARDS};
use super::record::load;
use super::rows;
use super::wire::{Query, Range, Wire};
use crate::table::{BY_DAY, BY_RULE, BY_STATE};

/// What a listing reads of a finding.
const PACKED: &[&str] = &["PK", "SK", "format", "finding"];

/// What a listing reads of a resource.
const IDENTITY: &[&str] = &["PK", "SK", "partition", "account", "region", "kind", "resource"];

const EVERY_STATUS: [Status; 3] = [Status::Open, Status::Unknown, Status::Resolved];

/// The findings asked for, in the order of listing.
pub(super) async fn findings(wire: &Wire, query: &FindingQuery) -> Result<Vec<Finding>, StoreError> {
    let limit = query.limit.unwrap_or(usize::MAX);
    let mut found: Vec<Finding> = Vec::new();
    if let Some(name) = &query.resource {
        for id in named(wire, name).await? {
            let of_resource = Query {
                partition: keys::of_resource(&id),
                range: Some(Range::Prefix(keys::FINDING.to_owned())),
                attributes: PACKED,
                ..Query::default()
            };
            found.extend(list(wire, vec![of_resource]).await?);
        }
    } else {
        for status in EVERY_STATUS.into_iter().filter(|it| query.status.is_empty() || query.status.contains(it)) {
            // Both indexes hold findings by status, then severity: the range ends after the least that is asked for.
            let range = Some(match query.severity {
                None => Range::Prefix(format!("{}#", keys::status(status))),
                Some(least) => Range::Between(
                    format!("{}#", keys::status(status)),
                    format!("{}#{}~", keys::status(status), keys::severity(least)),
                ),
            });
            let only = query.account.clone().map(|account| ("account", account));
            let one = |index, partition| Query {
                index: Some(index),
                partition,
                range: range.clone(),
                only: only.clone(),
                attributes: PACKED,
                limit: query.limit,
            };
            let queries = match &query.rule {
                Some(rule) => vec![one(BY_RULE, keys::rule(rule))],
                None => (0..SHARDS).map(|shard| one(BY_STATE, keys::sharded("FINDING", shard))).collect(),
            };
            found.extend(list(wire, queries).await?);
            if found.len() >= limit {
                break;
            }
        }
    }
    found.retain(|finding| query.matches(finding));
    // Shards are merged here, and a key that was cut for its length does not sort by what was cut off.
    sort_findings(&mut found);
    found.truncate(limit);
    Ok(found)
}

async fn list(wire: &Wire, queries: Vec<Query>) -> Result<Vec<Finding>, StoreError> {
    let pages = wire.each(queries, |wire, query| async move { wire.query("listing findings", &query).await }).await?;
    pages.iter().flatten().map(rows::read_finding).collect()
}

/// The resources of these kinds, sorted.
pub(super) async fn of_kinds(
    wire: &Wire,
    kinds: &[Kind],
    account: Option<&str>,
) -> Result<Vec<ResourceId>, StoreError> {
    let query = |kind: &Kind| Query {
        index: Some(BY_RULE),
        partition: keys::kind(kind.name()),
        range: account.map(|account| Range::Prefix(keys::in_account(account))),
        attributes: IDENTITY,
        ..Query::default()
    };
    let queries = kinds.iter().map(query).collect();
    let pages = wire.each(queries, |wire, query| async move { wire.query("listing resources", &query).await }).await?;
    let mut found = pages.iter().flatten().map(rows::resource).collect::<Result<Vec<_>, _>>()?;
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The resources with this id or ARN, sorted.
pub(super) async fn named(wire: &Wire, name: &str) -> Result<Vec<ResourceId>, StoreError> {
    let mut ids = vec![name.to_owned()];
    let mut found = Vec::new();
    if let Some(account) = name.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(3)) {
        // The ids that the ARN may hold, by the kinds' templates; a template without an id names one per account.
        let kind = Kind::of(&kinds::account::ACCOUNT);
        let near = ["", account, "", ""].map(Into::into);
        let [partition, account, region, id] = near;
        let near = ResourceId { partition, account, region, kind, id };
        for def in kinds::ALL {
            match def.arn {
                Some(arn) if arn.contains("{id}") => {
                    ids.extend(ResourceId::from_arn(Kind::of(def), name, &near).map(|id| id.id.to_string()));
                }
                Some(_) => found.extend(of_kinds(wire, &[Kind::of(def)], Some(&near.account)).await?),
                None => {}
            }
        }
        ids.sort_unstable();
        ids.dedup();
    }
    let by_name = |id: &String| Query {
        index: Some(BY_DAY),
        partition: keys::name(id),
        attributes: IDENTITY,
        ..Query::default()
    };
    let queries = ids.iter().map(by_name).collect();
    let pages = wire.each(queries, |wire, query| async move { wire.query("looking for a name", &query).await }).await?;
    for row in pages.iter().flatten() {
        found.push(rows::resource(row)?);
    }
    found.retain(|id| is_named(id, name));
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// What is known of resources.
pub(super) async fn views(wire: &Wire, name: Option<&str>) -> Result<Vec<ResourceView>, StoreError> {
    let ids = match name {
        Some(name) => named(wire, name).await?,
        None => of_kinds(wire, &every_kind(), None).await?,
    };
    let loaded = wire.each(ids, |wire, id| async move { load(&wire, &id).await }).await?;
    Ok(loaded.into_iter().filter_map(|loaded| loaded.view).collect())
}

/// How much the table holds: counted in the indexes, so that no record is read.
pub(super) async fn counts(wire: &Wire) -> Result<Counts, StoreError> {
    let by_kind = |kind: Kind| Query { index: Some(BY_RULE), partition: keys::kind(kind.name()), ..Query::default() };
    let queries = every_kind().into_iter().map(by_kind).collect();
    let resources = wire.each(queries, |wire, query| async move { wire.count("counting resources", &query).await });
    let mut counts = Counts { resources: resources.await?.into_iter().sum(), ..Counts::default() };
    let queries = (0..SHARDS)
        .map(|shard| Query {
            index: Some(BY_STATE),
            partition: keys::sharded("FINDING", shard),
            attributes: &["PK", "SK", "status", "severity", "transitions"],
            ..Query::default()
        })
        .collect();
    let pages = wire.each(queries, |wire, query| async move { wire.query("counting findings", &query).await }).await?;
    for row in pages.iter().flatten() {
        let (status, severity) = (rows::string(row, "status")?, rows::string(row, "severity")?);
        let status = EVERY_STATUS.into_iter().find(|it| it.word() == status);
        let severity = Severity::ALL.into_iter().find(|it| it.word() == severity);
        let key = status.zip(severity).ok_or_else(|| rows::corrupt(row, "an unknown status or severity"))?;
        *counts.findings.entry(key).or_default() += 1;
        counts.transitions += rows::whole(row, "transitions")?;
    }
    Ok(counts)
}

fn every_kind() -> Vec<Kind> {
    kinds::ALL.iter().map(|def| Kind::of(def)).collect()
}

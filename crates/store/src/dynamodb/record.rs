//! Records and aliases: how they are loaded, and what a commit writes for them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use trailhound_engine::ResourceView;
use trailhound_engine::announce::Announced;
use trailhound_engine::names::{Names, Sighting};
use trailhound_engine::port::{NameRevision, Record, Revision, Sight, StoreError};
use trailhound_engine::{Told, Work};
use trailhound_model::{Alias, Base, Entry, Finding, Ledger, ResourceId, Second, Text, Transition};

use super::keys;
use super::rows::{self, Made};
use super::wire::{Query, Range, Row, Wire, Write, key, text};
use crate::table::{BY_DAY, BY_RULE, BY_STATE, SORT};

/// How often a load is repeated when it saw half of what somebody was writing.
const LOOKS: usize = 4;

/// What a record's row packs.
#[derive(Serialize, Deserialize)]
struct Packed {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base: Option<Base>,
    entries: Vec<Entry>,
    announced: Vec<Announced>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    seen: Vec<Sight>,
    view: ResourceView,
    /// The findings' rows, and the version in which each was written: a load that finds others has read while somebody
    /// wrote.
    findings: BTreeMap<Text, u64>,
}

/// What an alias's row packs.
#[derive(Serialize, Deserialize)]
struct PackedNames {
    sightings: Vec<PackedSighting>,
    entries: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct PackedSighting {
    time: Second,
    event_id: Text,
    resource: ResourceId,
    birth: bool,
}

/// What the rows of a record were when it was loaded, so that a commit writes only what differs.
#[derive(Clone, Debug, Default)]
pub(super) struct Basis {
    pub(super) version: u64,
    findings: BTreeMap<Text, Known>,
    parts: usize,
}

#[derive(Clone, Debug)]
struct Known {
    version: u64,
    packed: Vec<u8>,
    /// Whether its transitions' rows were still being written.
    behind: bool,
}

/// A loaded record.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub(super) record: Record,
    pub(super) basis: Basis,
    pub(super) view: Option<ResourceView>,
}

/// Loads a record: one query, and a second one only if somebody was writing during the first.
pub(super) async fn load(wire: &Wire, id: &ResourceId) -> Result<Loaded, StoreError> {
    let query = Query {
        partition: keys::of_resource(id),
        range: Some(Range::Between(keys::FIRST.to_owned(), keys::STATE.to_owned())),
        ..Query::default()
    };
    let mut looks = 0;
    loop {
        looks += 1;
        let found = wire.query("loading a record", &query).await?;
        match read(found)? {
            Seen::Whole(loaded) => return Ok(*loaded),
            // Nobody is writing: a finding's row was lost. What is here is a basis all the same; the next commit mends it.
            Seen::Torn(loaded) if looks == LOOKS => return Ok(*loaded),
            Seen::Parts(state) if looks == LOOKS => {
                return Err(rows::corrupt(&state, "the rows that hold its parts are missing"));
            }
            Seen::Torn(_) | Seen::Parts(_) => {}
        }
    }
}

/// What the rows of a load are.
enum Seen {
    /// Of one commit.
    Whole(Box<Loaded>),
    /// Findings of another commit than the record.
    Torn(Box<Loaded>),
    /// Parts of another commit than the record.
    Parts(Row),
}

fn read(found: Vec<Row>) -> Result<Seen, StoreError> {
    let (mut findings, mut parts, mut state) = (Vec::new(), Vec::new(), None);
    for row in found {
        match rows::string(&row, SORT)? {
            sort if sort.starts_with(keys::FINDING) => findings.push(row),
            sort if sort.starts_with(keys::PART) => parts.push(row),
            keys::STATE => state = Some(row),
            other => return Err(rows::corrupt(&row, format_args!("`{other}` is no sort key that this version knows"))),
        }
    }
    let Some(state) = state else { return Ok(Seen::Whole(Box::default())) };
    rows::check_format(&state)?;
    let version = rows::whole(&state, "version")?;
    let Some(packed) = rows::gather(&state, &parts, "ledger")? else {
        return Ok(Seen::Parts(state));
    };
    let packed: Packed = rows::unpack(&packed, &state)?;
    let mut known = BTreeMap::new();
    for row in &findings {
        rows::check_format(row)?;
        let known_row = Known {
            version: rows::whole(row, "version")?,
            packed: rows::bytes(row, "finding")?.to_vec(),
            behind: row.contains_key("behind"),
        };
        known.insert(rows::rule(row)?, known_row);
    }
    let torn = known.len() != packed.findings.len()
        || known.iter().any(|(rule, row)| packed.findings.get(rule) != Some(&row.version));
    let mut ledger = Ledger { base: packed.base, ..Ledger::default() };
    for entry in packed.entries {
        ledger.insert(entry);
    }
    let record = Record { version, ledger, announced: packed.announced, seen: packed.seen, outbox: outbox(&state)? };
    let basis = Basis { version, findings: known, parts: parts.len() };
    let loaded = Box::new(Loaded { record, basis, view: Some(packed.view) });
    Ok(if torn { Seen::Torn(loaded) } else { Seen::Whole(loaded) })
}

/// The work kept with a record, in the order it was given.
pub(super) fn outbox(state: &Row) -> Result<Vec<Work>, StoreError> {
    let Some(kept) = state.get("outbox") else { return Ok(Vec::new()) };
    let kept = kept.as_m().map_err(|_| rows::corrupt(state, "its `outbox` is no map"))?;
    let mut works = Vec::new();
    for value in kept.values() {
        let text = value.as_s().map_err(|_| rows::corrupt(state, "its `outbox` holds something that is no text"))?;
        let (place, json) = text.split_once(' ').unwrap_or(("", text));
        let work: Work = serde_json::from_str(json).map_err(|error| rows::corrupt(state, error))?;
        works.push((place.to_owned(), work));
    }
    works.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(works.into_iter().map(|(_, work)| work).collect())
}

/// The name of a piece of work in the map of its record.
pub(super) fn work_name(work: &Work) -> Result<String, StoreError> {
    let json = rows::json(work, "packing work")?;
    let digest = keys::hex(&Sha256::digest(json));
    Ok(digest.get(..16).unwrap_or_default().to_owned())
}

/// What is written for one resource: all of `whole` together, `after` when that is done.
#[derive(Debug, Default)]
pub(super) struct Unit {
    pub(super) whole: Vec<Write>,
    pub(super) after: Vec<Write>,
    /// The findings whose transitions are in `after`: their rows say so until these are written.
    pub(super) behind: Vec<String>,
}

/// The rows of one resource after a commit.
#[derive(Debug)]
pub(super) struct Plan {
    partition: String,
    version: u64,
    state: Vec<Write>,
    alerts: Vec<Write>,
    findings: Vec<(Finding, Vec<u8>)>,
    gone: Vec<Write>,
    transitions: Vec<Write>,
}

impl Plan {
    pub(super) async fn of(
        wire: &Wire,
        revision: &Revision,
        basis: &Basis,
        alerts: &[&Told],
        keep: Option<u32>,
    ) -> Result<Self, StoreError> {
        let partition = keys::of_resource(&revision.resource);
        let version = revision.expected + 1;
        let mut plan = Self {
            version,
            state: Vec::new(),
            alerts: Vec::new(),
            findings: Vec::new(),
            gone: Vec::new(),
            transitions: Vec::new(),
            partition,
        };
        for told in alerts {
            plan.alerts.push(Write::Put { row: rows::alert(told, keep)?, expected: None });
        }
        let mut versions = BTreeMap::new();
        for finding in &revision.findings {
            let known = basis.findings.get(&finding.rule);
            let (fitting, packed) = rows::fitting(finding)?;
            match known {
                Some(known) if known.packed == packed && !known.behind => {
                    versions.insert(finding.rule.clone(), known.version);
                }
                _ => {
                    plan.move_transitions(wire, &fitting, finding, known, keep).await?;
                    versions.insert(finding.rule.clone(), version);
                    plan.findings.push((fitting, packed));
                }
            }
        }
        for (rule, known) in &basis.findings {
            if !versions.contains_key(rule) {
                let sort = keys::finding(rule);
                plan.gone.push(Write::Delete { partition: plan.partition.clone(), sort });
                let before = plan.stored_transitions(wire, rule, known).await?;
                let deleted: Vec<Write> = before.into_keys().map(|sort| plan.delete(sort)).collect();
                plan.transitions.extend(deleted);
            }
        }
        plan.state = plan.record(revision, versions, basis)?;
        Ok(plan)
    }

    fn delete(&self, sort: String) -> Write {
        Write::Delete { partition: self.partition.clone(), sort }
    }

    /// The sort keys of a finding's transitions, as the table has them, with what they hold where that is known.
    async fn stored_transitions(
        &self,
        wire: &Wire,
        rule: &str,
        known: &Known,
    ) -> Result<BTreeMap<String, Option<Transition>>, StoreError> {
        if known.behind {
            let query = Query {
                partition: self.partition.clone(),
                range: Some(Range::Prefix(keys::transitions(rule))),
                attributes: &["SK"],
                ..Query::default()
            };
            let found = wire.query("looking for transitions", &query).await?;
            return found.iter().map(|row| Ok((rows::string(row, SORT)?.to_owned(), None))).collect();
        }
        let row = key(&self.partition, &keys::finding(rule));
        let finding: Finding = rows::unpack(&known.packed, &row)?;
        let all = finding.transitions.into_iter();
        Ok(all.map(|transition| (keys::transition(rule, &transition), Some(transition))).collect())
    }

    /// Writes the transitions that are new or differ, and deletes those that a late event undid.
    async fn move_transitions(
        &mut self,
        wire: &Wire,
        fitting: &Finding,
        finding: &Finding,
        known: Option<&Known>,
        keep: Option<u32>,
    ) -> Result<(), StoreError> {
        let mut before = match known {
            Some(known) => self.stored_transitions(wire, &finding.rule, known).await?,
            None => BTreeMap::new(),
        };
        let kept: BTreeMap<String, &Transition> = fitting
            .transitions
            .iter()
            .map(|transition| (keys::transition(&finding.rule, transition), transition))
            .collect();
        for transition in &finding.transitions {
            let sort = keys::transition(&finding.rule, transition);
            let stored = before.remove(&sort).flatten();
            if stored.is_none() || stored.as_ref() != kept.get(&sort).copied() {
                let row = rows::transition(&self.partition, finding, transition, keep)?;
                self.transitions.push(Write::Put { row, expected: None });
            }
        }
        self.transitions.extend(before.into_keys().map(|sort| self.delete(sort)).collect::<Vec<_>>());
        Ok(())
    }

    /// The record's own rows.
    fn record(
        &self,
        revision: &Revision,
        findings: BTreeMap<Text, u64>,
        basis: &Basis,
    ) -> Result<Vec<Write>, StoreError> {
        let doing = "packing a record";
        let id = &revision.resource;
        let packed = Packed {
            base: revision.ledger.base.clone(),
            entries: revision.ledger.entries.values().cloned().collect(),
            announced: revision.announced.clone(),
            seen: revision.seen.clone(),
            view: revision.view.clone(),
            findings,
        };
        let mut made = Made::new(&self.partition, keys::STATE)
            .of(id)
            .number("version", &self.version)
            .maybe("arn", id.arn())
            .number("entries", &packed.entries.len())
            .maybe("latest", packed.entries.last().map(|entry| entry.cause.time))
            .value("gone", AttributeValue::Bool(revision.view.gone))
            .indexed(BY_RULE, &keys::kind(id.kind.name()), &keys::in_kind(id))
            .indexed(BY_DAY, &keys::name(&id.id), &keys::place(id));
        if !revision.outbox.is_empty() {
            let mut kept = HashMap::new();
            for (place, work) in revision.outbox.iter().enumerate() {
                let numbered = format!("{place:04} {}", rows::json(work, doing)?);
                kept.insert(work_name(work)?, text(&numbered));
            }
            made = made
                .value("outbox", AttributeValue::M(kept))
                // The key does not move with the time, so that rescheduling writes to no index.
                .indexed(BY_STATE, &keys::sharded("WORK", keys::shard(id)), &keys::place(id));
        }
        let (row, parts) = rows::spread(made, "ledger", rows::pack(&packed, doing)?, keys::PART);
        let surplus: Vec<Write> =
            (parts.len()..basis.parts).map(|index| self.delete(keys::part(keys::PART, index))).collect();
        let mut writes = vec![Write::Put { row, expected: Some(revision.expected) }];
        writes.extend(parts.into_iter().map(|row| Write::Put { row, expected: None }));
        writes.extend(surplus);
        Ok(writes)
    }

    /// How many rows must be written together, and how many more there are.
    pub(super) fn rows(&self) -> (usize, usize) {
        (self.state.len() + self.alerts.len() + self.findings.len() + self.gone.len(), self.transitions.len())
    }

    /// The writes. With `behind`, transitions are written later and the findings say so until then.
    pub(super) fn writes(self, behind: bool) -> Unit {
        let Self { partition, version, state, alerts, findings, gone, transitions } = self;
        let mut unit = Unit { whole: state, ..Unit::default() };
        unit.whole.extend(alerts);
        for (finding, packed) in findings {
            if behind {
                unit.behind.push(keys::finding(&finding.rule));
            }
            let row = rows::finding(&partition, version, &finding, packed, behind);
            unit.whole.push(Write::Put { row, expected: None });
        }
        unit.whole.extend(gone);
        if behind {
            unit.after = transitions;
        } else {
            unit.whole.extend(transitions);
        }
        unit
    }

    pub(super) fn place(&self) -> (String, u64) {
        (self.partition.clone(), self.version)
    }
}

/// Loads an alias.
pub(super) async fn load_names(wire: &Wire, alias: &Alias) -> Result<(u64, Names), StoreError> {
    let query = Query { partition: keys::of_alias(alias), ..Query::default() };
    let mut looks = 0;
    loop {
        looks += 1;
        let mut found = wire.query("loading an alias", &query).await?;
        let Some(place) = found.iter().position(|row| rows::string(row, SORT).ok() == Some(keys::ALIAS)) else {
            return Ok((0, Names::default()));
        };
        let row = found.remove(place);
        rows::check_format(&row)?;
        let Some(packed) = rows::gather(&row, &found, "names")? else {
            if looks == LOOKS {
                return Err(rows::corrupt(&row, "the rows that hold its parts are missing"));
            }
            continue;
        };
        let packed: PackedNames = rows::unpack(&packed, &row)?;
        let sightings = packed.sightings.into_iter().map(|sighting| {
            let PackedSighting { time, event_id, resource, birth } = sighting;
            Sighting { time, event_id, resource, birth }
        });
        let entries = packed.entries.into_iter();
        let names = Names {
            sightings: sightings.collect::<BTreeSet<_>>(),
            entries: entries.map(|entry| ((entry.cause.time, entry.cause.event_id.clone()), entry)).collect(),
        };
        return Ok((rows::whole(&row, "version")?, names));
    }
}

/// What is written for an alias.
pub(super) fn names(revision: &NameRevision) -> Result<Vec<Write>, StoreError> {
    let doing = "packing an alias";
    let NameRevision { alias, expected, names } = revision;
    let packed = PackedNames {
        sightings: names
            .sightings
            .iter()
            .cloned()
            .map(|Sighting { time, event_id, resource, birth }| PackedSighting { time, event_id, resource, birth })
            .collect(),
        entries: names.entries.values().cloned().collect(),
    };
    let made = Made::new(&keys::of_alias(alias), keys::ALIAS)
        .number("version", &(expected + 1))
        .text("account", &alias.account)
        .text("region", &alias.region)
        .text("kind", alias.kind.name())
        .text("space", &alias.space)
        .text("name", &alias.name);
    let (row, parts) = rows::spread(made, "names", rows::pack(&packed, doing)?, keys::ALIAS);
    let mut writes = vec![Write::Put { row, expected: Some(*expected) }];
    writes.extend(parts.into_iter().map(|row| Write::Put { row, expected: None }));
    Ok(writes)
}

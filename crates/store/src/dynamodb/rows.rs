//! What each row holds, and how it is read back. What people ask for stands in attributes of its own; what only this program
//! reads is packed.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::Serialize;
use serde::de::DeserializeOwned;
use trailhound_engine::Told;
use trailhound_engine::port::StoreError;
use trailhound_model::{Cause, Finding, Kind, Map, ResourceId, Text, Transition, Value};

use super::keys;
use super::wire::{Row, number, text};
use crate::table::{BY_DAY, BY_RULE, BY_STATE, EXPIRES, Index, PARTITION, SORT};

/// The version of what rows hold. Rows of another version are refused.
const FORMAT: u32 = 1;

/// How many bytes of packed value one row holds; DynamoDB takes 400 KB with keys and all.
pub(super) const PART_SIZE: usize = 300_000;

/// A finding is cut to this size: its row is in two indexes besides.
const FINDING_SIZE: usize = 200_000;

/// What a setting was before and after is kept up to this many bytes of JSON.
const VALUE_SIZE: usize = 8_192;

/// The largest value that is unpacked: 4 MB of transaction hold no more, unless somebody else wrote them.
const UNPACKED_SIZE: u64 = 256 << 20;

/// How many keys of evidence a finding's row shows.
const EVIDENCE_SHOWN: usize = 20;

/// JSON, deflated.
pub(super) fn pack(value: &impl Serialize, doing: &str) -> Result<Vec<u8>, StoreError> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    let json = json(value, doing)?;
    encoder
        .write_all(json.as_bytes())
        .and_then(|()| encoder.finish())
        .map_err(|error| StoreError::Failed { doing: doing.to_owned(), source: error.into() })
}

/// The reverse of [`pack`]; `row` names the row in the error.
pub(super) fn unpack<T: DeserializeOwned>(bytes: &[u8], row: &Row) -> Result<T, StoreError> {
    let mut json = Vec::new();
    DeflateDecoder::new(bytes)
        .take(UNPACKED_SIZE)
        .read_to_end(&mut json)
        .map_err(|error| corrupt(row, format!("it does not unpack: {error}")))?;
    serde_json::from_slice(&json).map_err(|error| corrupt(row, error))
}

pub(super) fn json(value: &impl Serialize, doing: &str) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Failed { doing: doing.to_owned(), source: error.into() })
}

/// A row that this version cannot read, by its key.
pub(super) fn corrupt(row: &Row, what: impl std::fmt::Display) -> StoreError {
    let part = |name: &str| row.get(name).and_then(|value| value.as_s().ok()).map_or("?", String::as_str);
    StoreError::Corrupt(format!("row `{}` / `{}`: {what}", part(PARTITION), part(SORT)))
}

pub(super) fn string<'a>(row: &'a Row, name: &str) -> Result<&'a str, StoreError> {
    row.get(name)
        .and_then(|value| value.as_s().ok())
        .map(String::as_str)
        .ok_or_else(|| corrupt(row, format_args!("it has no text `{name}`")))
}

pub(super) fn whole(row: &Row, name: &str) -> Result<u64, StoreError> {
    row.get(name)
        .and_then(|value| value.as_n().ok())
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| corrupt(row, format_args!("it has no number `{name}`")))
}

pub(super) fn bytes<'a>(row: &'a Row, name: &str) -> Result<&'a [u8], StoreError> {
    row.get(name)
        .and_then(|value| value.as_b().ok())
        .map(AsRef::as_ref)
        .ok_or_else(|| corrupt(row, format_args!("it has no binary `{name}`")))
}

/// Refuses a row of another version before anything else of it is read.
pub(super) fn check_format(row: &Row) -> Result<(), StoreError> {
    match whole(row, "format")? {
        format if format == u64::from(FORMAT) => Ok(()),
        other => Err(corrupt(row, format_args!("it has format {other}, this program reads {FORMAT}"))),
    }
}

/// A row in the making.
pub(super) struct Made(pub(super) Row);

impl Made {
    pub(super) fn new(partition: &str, sort: &str) -> Self {
        Self(Row::new()).text(PARTITION, partition).text(SORT, sort).number("format", &FORMAT)
    }

    pub(super) fn text(self, name: &str, value: &str) -> Self {
        self.value(name, text(value))
    }

    pub(super) fn maybe(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.text(name, &value.to_string()),
            None => self,
        }
    }

    pub(super) fn number(self, name: &str, value: &impl ToString) -> Self {
        self.value(name, number(value))
    }

    pub(super) fn bytes(self, name: &str, value: Vec<u8>) -> Self {
        self.value(name, AttributeValue::B(Blob::new(value)))
    }

    pub(super) fn texts<'t>(self, name: &str, values: impl IntoIterator<Item = &'t str>) -> Self {
        self.value(name, AttributeValue::L(values.into_iter().map(text).collect()))
    }

    pub(super) fn value(mut self, name: &str, value: AttributeValue) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    pub(super) fn indexed(self, index: Index, partition: &str, sort: &str) -> Self {
        self.text(index.partition, partition).text(index.sort, sort)
    }

    /// Who the resource is, so that no reader has to take keys apart.
    pub(super) fn of(self, id: &ResourceId) -> Self {
        self.text("partition", &id.partition)
            .text("account", &id.account)
            .text("region", &id.region)
            .text("kind", id.kind.name())
            .text("resource", &id.id)
    }
}

/// The resource that a row is about.
pub(super) fn resource(row: &Row) -> Result<ResourceId, StoreError> {
    let kind = string(row, "kind")?;
    Ok(ResourceId {
        partition: string(row, "partition")?.into(),
        account: string(row, "account")?.into(),
        region: string(row, "region")?.into(),
        kind: Kind::named(kind)
            .ok_or_else(|| corrupt(row, format_args!("`{kind}` is not a kind that this version knows")))?,
        id: string(row, "resource")?.into(),
    })
}

/// A finding as it fits into a row, and packed. Long values are cut; if it is still too large, the values of its oldest
/// transitions are left out, and then these transitions: they stand in rows of their own.
pub(super) fn fitting(finding: &Finding) -> Result<(Finding, Vec<u8>), StoreError> {
    let doing = "packing a finding";
    let mut finding = finding.clone();
    for transition in &mut finding.transitions {
        cut(transition, VALUE_SIZE, doing)?;
    }
    let mut packed = pack(&finding, doing)?;
    let mut bare = 0;
    while packed.len() > FINDING_SIZE && !finding.transitions.is_empty() {
        let count = finding.transitions.len();
        if bare < count {
            let more = (count - bare).div_ceil(2);
            for transition in finding.transitions.iter_mut().skip(bare).take(more) {
                cut(transition, 0, doing)?;
            }
            bare += more;
        } else {
            finding.transitions.drain(..count.div_ceil(2));
            bare = finding.transitions.len();
        }
        packed = pack(&finding, doing)?;
    }
    Ok((finding, packed))
}

/// Cuts what a setting was before and after to so many bytes of JSON; what was cut says so.
fn cut(transition: &mut Transition, size: usize, doing: &str) -> Result<(), StoreError> {
    for value in [&mut transition.before, &mut transition.after] {
        let json = json(value, doing)?;
        if json.len() > size.max(4) && !matches!(value, Value::Map(map) if map.contains_key("cut_at")) {
            let kept = json.get(..json.floor_char_boundary(size)).unwrap_or_default();
            let bytes = i64::try_from(json.len()).unwrap_or(i64::MAX);
            *value = Value::Map(Map::from_iter([
                ("begins".into(), Value::Text(kept.into())),
                ("bytes".into(), Value::Int(bytes)),
                ("cut_at".into(), Value::Int(i64::try_from(kept.len()).unwrap_or(i64::MAX))),
            ]));
        }
    }
    Ok(())
}

pub(super) fn finding(partition: &str, version: u64, finding: &Finding, packed: Vec<u8>, behind: bool) -> Row {
    let id = &finding.resource;
    let episode = finding.last_episode();
    let by = |cause: Option<&Arc<Cause>>| cause.and_then(|cause| cause.by()).map(|actor| actor.name.clone());
    let mut made = Made::new(partition, &keys::finding(&finding.rule))
        .of(id)
        .number("version", &version)
        .maybe("arn", id.arn())
        .text("rule", &finding.rule)
        .text("item", &finding.item)
        .text("severity", finding.severity.word())
        .text("status", finding.status.word())
        .maybe("opened_at", episode.map(|episode| episode.opened_at))
        .maybe("opened_by", episode.and_then(|episode| by(episode.opened_by.as_ref())))
        .maybe("closed_at", episode.and_then(|episode| episode.closed_at))
        .maybe("closed_by", episode.and_then(|episode| by(episode.closed_by.as_ref())))
        .text("message", &finding.message)
        .texts("evidence", finding.evidence.iter().take(EVIDENCE_SHOWN).map(|entry| &*entry.key))
        .number("episodes", &finding.episodes.len())
        .number("transitions", &finding.transitions.len())
        .bytes("finding", packed)
        .indexed(
            BY_STATE,
            &keys::sharded("FINDING", keys::shard(id)),
            &keys::listed(finding.status, finding.severity, &finding.rule, id),
        )
        .indexed(BY_RULE, &keys::rule(&finding.rule), &keys::listed_in_rule(finding.status, finding.severity, id));
    if !finding.covered_by.is_empty() {
        made = made.texts("covered_by", finding.covered_by.iter().map(|rule| &**rule));
    }
    if behind {
        made = made.value("behind", AttributeValue::Bool(true));
    }
    made.0
}

/// The packed finding of a row.
pub(super) fn read_finding(row: &Row) -> Result<Finding, StoreError> {
    check_format(row)?;
    unpack(bytes(row, "finding")?, row)
}

/// A transition's row. `keep` is after how many days it may be deleted.
pub(super) fn transition(
    partition: &str,
    finding: &Finding,
    transition: &Transition,
    keep: Option<u32>,
) -> Result<Row, StoreError> {
    let doing = "packing a transition";
    let mut transition = transition.clone();
    cut(&mut transition, VALUE_SIZE, doing)?;
    let id = &finding.resource;
    let cause = transition.cause.as_deref();
    let made = Made::new(partition, &keys::transition(&finding.rule, &transition))
        .of(id)
        .text("rule", &finding.rule)
        .text("severity", finding.severity.word())
        .text("step", transition.step.word())
        .text("time", &transition.time.to_string())
        .maybe("actor", cause.and_then(Cause::by).map(|actor| &actor.name))
        .maybe("event_name", cause.map(|cause| &cause.name))
        .maybe("event_id", cause.map(|cause| &cause.event_id))
        .maybe("cause", cause.map(|cause| json(cause, doing)).transpose()?)
        .text("message", &transition.message)
        .texts("evidence", transition.evidence.iter().take(EVIDENCE_SHOWN).map(|entry| &*entry.key))
        .text("before", &json(&transition.before, doing)?)
        .text("after", &json(&transition.after, doing)?)
        .indexed(
            BY_DAY,
            &keys::day(transition.time, keys::shard(id)),
            &keys::at(transition.time, id, &finding.rule, None),
        );
    Ok(match keep {
        Some(days) => made.number(EXPIRES, &transition.time.plus(i64::from(days) * trailhound_model::DAY).0).0,
        None => made.0,
    })
}

/// An alert's row; it is pending as long as it is in the index.
pub(super) fn alert(told: &Told, keep: Option<u32>) -> Result<Row, StoreError> {
    let (id, rule, number) = (&told.finding.resource, &told.finding.rule, told.alert.number);
    let mut told = told.clone();
    if let Some(transition) = &mut told.transition {
        cut(transition, VALUE_SIZE * 2, "packing an alert")?;
    }
    let made = Made::new(&keys::of_resource(id), &keys::alert(rule, number))
        .of(id)
        .text("rule", rule)
        .text("severity", told.finding.severity.word())
        .number("number", &number)
        .text("alert", told.alert.kind.word())
        .text("told_at", &told.told_at.to_string())
        .text("message", &told.finding.message)
        .bytes("told", pack(&told, "packing an alert")?)
        .indexed(BY_STATE, &keys::sharded("ALERT", keys::shard(id)), &keys::at(told.told_at, id, rule, Some(number)));
    Ok(match keep {
        Some(days) => {
            let at = told.told_at.plus(i64::from(days) * trailhound_model::DAY).0;
            made.number("expires_if_published", &at).0
        }
        None => made.0,
    })
}

/// A value that may be too large for one row: the row itself holds it as `name`, or says how many `parts` follow.
pub(super) fn spread(made: Made, name: &str, packed: Vec<u8>, sort: &str) -> (Row, Vec<Row>) {
    if packed.len() <= PART_SIZE {
        return (made.bytes(name, packed).0, Vec::new());
    }
    let partition = made.0.get(PARTITION).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
    let version = made.0.get("version").cloned();
    let parts: Vec<Row> = packed
        .chunks(PART_SIZE)
        .enumerate()
        .map(|(index, chunk)| {
            let part = Made::new(&partition, &keys::part(sort, index)).bytes(name, chunk.to_vec());
            version.clone().map_or_else(Row::new, |version| part.value("version", version).0)
        })
        .collect();
    (made.number("parts", &parts.len()).0, parts)
}

/// The reverse of [`spread`]: the packed value; `None` if a part is missing or is of another version than the row, because it
/// was written in between.
pub(super) fn gather(row: &Row, parts: &[Row], name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    if !row.contains_key("parts") {
        return Ok(Some(bytes(row, name)?.to_vec()));
    }
    let (count, version) = (whole(row, "parts")?, whole(row, "version")?);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if parts.len() < count {
        return Ok(None);
    }
    let mut packed = Vec::new();
    for part in parts.iter().take(count) {
        check_format(part)?;
        if whole(part, "version")? != version {
            return Ok(None);
        }
        packed.extend_from_slice(bytes(part, name)?);
    }
    Ok(Some(packed))
}

/// The rule of a finding's row.
pub(super) fn rule(row: &Row) -> Result<Text, StoreError> {
    Ok(string(row, "rule")?.into())
}

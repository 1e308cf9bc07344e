//! The keys of the rows. `docs/table.md` shows them all.

use std::borrow::Cow;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use trailhound_model::{Alias, ResourceId, Second, Severity, Status, Transition, partition_of};

/// Sort key of a record. What a load reads lies from [`FIRST`] to this.
pub(super) const STATE: &str = "STATE";
/// Where a load begins: findings, parts of a large record, the record. Alerts, claims and transitions lie
/// outside.
pub(super) const FIRST: &str = FINDING;
/// What the sort keys of findings begin with.
pub(super) const FINDING: &str = "F#";
/// What the sort keys of a large record's parts begin with.
pub(super) const PART: &str = "S#";
/// Sort key of an alias; its parts follow it.
pub(super) const ALIAS: &str = "ALIAS";
/// The row with what owners accept.
pub(super) const EXCEPTIONS: (&str, &str) = ("M#table", "EXCEPTIONS");

/// The row about the table itself: the latest event time seen.
pub(super) const TABLE: (&str, &str) = ("M#table", "UNTIL");

/// Partitions among which the indexes spread what many resources write at once. One takes 1,000 writes a second.
pub(super) const SHARDS: u8 = 4;

/// DynamoDB's limits are 2,048 bytes for a partition key and 1,024 for a sort key.
const LONGEST: usize = 1_024;

/// The partition of all rows about a resource.
pub(super) fn of_resource(id: &ResourceId) -> String {
    bounded(format!("R#{}", place(id)))
}

/// The partition of an alias.
pub(super) fn of_alias(alias: &Alias) -> String {
    let Alias { account, region, kind, space, name } = alias;
    bounded(format!("L#{}#{}#{kind}#{}#{name}", plain(account), plain(region), plain(space)))
}

pub(super) fn finding(rule: &str) -> String {
    bounded(format!("F#{rule}"))
}

pub(super) fn alert(rule: &str, number: u64) -> String {
    bounded(format!("A#{}#{number:010}", plain(rule)))
}

/// What was published of a finding. Apart from the finding's own row, which another program writes.
pub(super) fn claim(rule: &str) -> String {
    bounded(format!("C#{rule}"))
}

pub(super) fn part(of: &str, index: usize) -> String {
    format!("{of}{index:04}")
}

/// A transition's identity is its rule, its time and its event; a second has at most one per rule.
pub(super) fn transition(rule: &str, transition: &Transition) -> String {
    let event = transition.cause.as_ref().map_or("tick", |cause| &cause.event_id);
    bounded(format!("{}{}#{event}", transitions(rule), transition.time))
}

/// What the sort keys of a rule's transitions begin with.
pub(super) fn transitions(rule: &str) -> String {
    format!("T#{}#", plain(rule))
}

/// The shard of a resource, the same for ever.
pub(super) fn shard(id: &ResourceId) -> u8 {
    Sha256::digest(of_resource(id)).first().map_or(0, |byte| byte % SHARDS)
}

/// `FINDING#2` and the like.
pub(super) fn sharded(what: &str, shard: u8) -> String {
    format!("{what}#{shard}")
}

/// A status as a prefix that sorts as listings do.
pub(super) const fn status(status: Status) -> &'static str {
    match status {
        Status::Open => "0-open",
        Status::Unknown => "1-unknown",
        Status::Resolved => "2-resolved",
    }
}

/// A severity as a prefix that sorts as listings do.
pub(super) const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "0-critical",
        Severity::High => "1-high",
        Severity::Medium => "2-medium",
        Severity::Low => "3-low",
    }
}

/// The sort key of a finding among all findings.
pub(super) fn listed(of: Status, how: Severity, rule: &str, id: &ResourceId) -> String {
    bounded(format!("{}#{}#{}#{}", status(of), severity(how), plain(rule), place(id)))
}

/// The sort key of a finding among those of its rule.
pub(super) fn listed_in_rule(of: Status, how: Severity, id: &ResourceId) -> String {
    bounded(format!("{}#{}#{}", status(of), severity(how), place(id)))
}

pub(super) fn rule(rule: &str) -> String {
    bounded(format!("RULE#{rule}"))
}

pub(super) fn kind(kind: &str) -> String {
    format!("KIND#{kind}")
}

/// The sort key of a resource among those of its kind.
pub(super) fn in_kind(id: &ResourceId) -> String {
    bounded(format!("{}{}#{}", in_account(&id.account), region(id), id.id))
}

/// What the sort keys of an account's resources among those of a kind begin with.
pub(super) fn in_account(account: &str) -> String {
    format!("{}#", plain(account))
}

/// The partition of all resources with an id.
pub(super) fn name(id: &str) -> String {
    bounded(format!("NAME#{id}"))
}

pub(super) fn day(time: Second, shard: u8) -> String {
    let text = time.to_string();
    let day = text.split('T').next().unwrap_or(&text);
    format!("DAY#{day}#{shard}")
}

/// A time, then what makes it unique.
pub(super) fn at(time: Second, id: &ResourceId, rule: &str, number: Option<u64>) -> String {
    let mut key = format!("{time}#{}#{}", plain(rule), place(id));
    if let Some(number) = number {
        let _ = write!(key, "#{number:010}");
    }
    bounded(key)
}

/// `account#region#kind#id`.
pub(super) fn place(id: &ResourceId) -> String {
    format!("{}#{}#{}#{}", plain(&id.account), region(id), id.kind, id.id)
}

/// The region; with the partition where it does not follow from it, for account numbers may repeat between partitions.
fn region(id: &ResourceId) -> Cow<'_, str> {
    let region = plain(&id.region);
    if partition_of(&id.region) == &*id.partition {
        region
    } else {
        format!("{region}.{}", plain(&id.partition)).into()
    }
}

/// A segment that cannot be taken for two. Only hostile text has the separator in it.
fn plain(segment: &str) -> Cow<'_, str> {
    if segment.contains(['#', '%']) { segment.replace('%', "%25").replace('#', "%23").into() } else { segment.into() }
}

/// A key that is too long is cut, and told apart by a digest of the whole.
fn bounded(key: String) -> String {
    if key.len() <= LONGEST {
        return key;
    }
    let keep = key.floor_char_boundary(LONGEST - 65);
    let digest = hex(&Sha256::digest(&key));
    format!("{}~{digest}", key.get(..keep).unwrap_or_default())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use trailhound_model::kinds::s3::BUCKET;
    use trailhound_model::{GLOBAL, Kind};

    use super::*;

    fn bucket(account: &str, region: &str, id: &str) -> ResourceId {
        let kind = Kind::of(&BUCKET);
        ResourceId { partition: "aws".into(), account: account.into(), region: region.into(), kind, id: id.into() }
    }

    #[test]
    fn keys_are_readable_and_no_two_resources_share_one() {
        assert_eq!(of_resource(&bucket("111122223333", GLOBAL, "b")), "R#111122223333#global#AWS::S3::Bucket#b");
        let mut ids = [
            bucket("1", "r", "x"),
            bucket("1#r", "", "x"),
            bucket("1", "r#x", ""),
            bucket("1%23r", "", "x"),
            bucket("1", GLOBAL, "x"),
            ResourceId { partition: "aws-cn".into(), ..bucket("1", GLOBAL, "x") },
            bucket("1", "r", &"x".repeat(3_000)),
            bucket("1", "r", &format!("{}y", "x".repeat(2_999))),
        ];
        let count = ids.len();
        let keys: std::collections::BTreeSet<String> = ids.iter().map(of_resource).collect();
        assert_eq!(keys.len(), count, "{keys:?}");
        assert!(keys.iter().all(|key| key.len() <= LONGEST));
        ids.sort();
        assert!(ids.iter().all(|id| shard(id) < SHARDS && in_kind(id).len() <= LONGEST));
    }

    #[test]
    fn a_load_reads_findings_parts_and_the_record_and_nothing_else() {
        let inside = |sort: &str| (FIRST..=STATE).contains(&sort);
        assert!(["F#r", &part(PART, 7), STATE].into_iter().all(inside));
        assert!(![alert("r", 1), claim("r"), transitions("r")].iter().any(|sort| inside(sort)));
        assert!(alert("r", 2) < alert("r", 10));
    }
}

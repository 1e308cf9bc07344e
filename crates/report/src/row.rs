//! A finding as one flat row: what `findings --format json`, CSV and HTML share.

use serde::Serialize;
use trailhound_model::{Actor, Cause, Episode, Evidence, Finding, Second, Severity, Status, Step};

/// A finding, flat. The order of the members is the order of the columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FindingRow {
    /// The account.
    pub account: String,
    /// The region, or `global`.
    pub region: String,
    /// The kind of the resource.
    pub kind: String,
    /// Its id.
    pub resource: String,
    /// The rule.
    pub rule: String,
    /// The checklist item.
    pub item: String,
    /// How much it matters.
    pub severity: Severity,
    /// Where it stands.
    pub status: Status,
    /// When the last episode began.
    pub opened_at: Option<Second>,
    /// Who began it; nobody where time did, or a read showed it.
    pub opened_by: Option<String>,
    /// When it ended.
    pub resolved_at: Option<Second>,
    /// Who ended it.
    pub resolved_by: Option<String>,
    /// Seconds from beginning to end of the last episode.
    pub exposure_seconds: Option<i64>,
    /// What the rule said.
    pub message: String,
    /// What showed it.
    pub evidence: Vec<Evidence>,
    /// The event that began the last episode.
    pub event_id: Option<String>,
    /// The resource's ARN, where it follows from its identity.
    pub arn: Option<String>,
    /// How the last episode ended: `resolved`, `retired` with the resource, or `lost_sight`.
    pub ended: Option<Step>,
    /// All episodes, oldest first.
    pub episodes: Vec<EpisodeRow>,
    /// Rules whose open finding on the same resource tells the same.
    pub covered_by: Vec<String>,
    /// Who accepts it, until when and why.
    pub excepted: Option<String>,
}

/// A stretch of time during which the resource failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EpisodeRow {
    /// When it began.
    pub opened_at: Second,
    /// Who began it; nobody where time did, or a read showed it.
    pub opened_by: Option<String>,
    /// By which call; `Read` where a read showed it.
    pub opened_with: Option<String>,
    /// When it ended.
    pub closed_at: Option<Second>,
    /// Who ended it; nobody where time did, or a read showed it.
    pub closed_by: Option<String>,
    /// By which call; `Read` where a read showed it.
    pub closed_with: Option<String>,
    /// How it ended.
    pub closed_as: Option<Step>,
    /// Seconds from beginning to end.
    pub exposure_seconds: Option<i64>,
}

impl From<&Finding> for FindingRow {
    fn from(finding: &Finding) -> Self {
        let episode = finding.last_episode();
        let closed = episode.filter(|episode| episode.closed_as != Some(Step::LostSight));
        Self {
            account: finding.resource.account.to_string(),
            region: finding.resource.region.to_string(),
            kind: finding.resource.kind.name().to_owned(),
            resource: finding.resource.id.to_string(),
            rule: finding.rule.to_string(),
            item: finding.item.to_string(),
            severity: finding.severity,
            status: finding.status,
            opened_at: episode.map(|episode| episode.opened_at),
            opened_by: episode.and_then(|episode| by(episode.opened_by.as_deref())),
            resolved_at: closed.and_then(|episode| episode.closed_at),
            resolved_by: closed.and_then(|episode| by(episode.closed_by.as_deref())),
            exposure_seconds: episode.and_then(Episode::exposure),
            message: finding.message.to_string(),
            evidence: finding.evidence.clone(),
            event_id: episode.and_then(|episode| episode.opened_by.as_ref()).map(|cause| cause.event_id.to_string()),
            arn: finding.resource.arn(),
            ended: episode.and_then(|episode| episode.closed_as),
            episodes: finding.episodes.iter().map(EpisodeRow::from).collect(),
            covered_by: finding.covered_by.iter().map(ToString::to_string).collect(),
            excepted: finding.accepted().map(str::to_owned),
        }
    }
}

impl From<&Episode> for EpisodeRow {
    fn from(episode: &Episode) -> Self {
        let with = |cause: Option<&Cause>| cause.map(|cause| cause.name.to_string());
        Self {
            opened_at: episode.opened_at,
            opened_by: by(episode.opened_by.as_deref()),
            opened_with: with(episode.opened_by.as_deref()),
            closed_at: episode.closed_at,
            closed_by: by(episode.closed_by.as_deref()),
            closed_with: with(episode.closed_by.as_deref()),
            closed_as: episode.closed_as,
            exposure_seconds: episode.exposure(),
        }
    }
}

fn by(cause: Option<&Cause>) -> Option<String> {
    cause.and_then(who)
}

/// What stands in the place of a name where no call is known but a read that showed what somebody had done.
pub const UNSEEN: &str = "not known, seen by a read";

/// Who made a call in one line: the person or program first, then the role and the service in between. `None` where it was
/// no call but a read: see [`UNSEEN`].
#[must_use]
pub fn who(cause: &Cause) -> Option<String> {
    cause.by().map(named)
}

fn named(actor: &Actor) -> String {
    let mut line = actor.name.to_string();
    if let Some(role) = actor.role.as_deref().and_then(|arn| arn.rsplit('/').next()) {
        line = format!("{line} ({role})");
    }
    match actor.invoked_by.as_deref() {
        Some(service) if *service != *actor.name => format!("{line} via {service}"),
        _ => line,
    }
}

/// A number of seconds in the two largest units, for people.
#[must_use]
pub fn duration(seconds: i64) -> String {
    const UNITS: [(i64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds.max(0);
    let mut parts = Vec::new();
    for (size, unit) in UNITS {
        if rest >= size && parts.len() < 2 {
            parts.push(format!("{} {unit}", rest / size));
            rest %= size;
        } else if !parts.is_empty() {
            break;
        }
    }
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_at_most_two_units() {
        for (seconds, text) in
            [(0, "0 s"), (59, "59 s"), (109, "1 min 49 s"), (3_600, "1 h"), (90_061, "1 d 1 h"), (-5, "0 s")]
        {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn a_read_names_nobody() {
        let mut finding = crate::fixture::open();
        let mut cause = (*crate::fixture::cause(Second(1), "Read", "")).clone();
        (cause.source, cause.actor) = (Cause::READ.into(), std::sync::Arc::default());
        finding.episodes.last_mut().unwrap().opened_by = Some(cause.into());
        let row = FindingRow::from(&finding);
        let episode = row.episodes.last().unwrap();
        assert_eq!((&row.opened_by, &episode.opened_by, episode.opened_with.as_deref()), (&None, &None, Some("Read")));
    }

    #[test]
    fn the_person_comes_first() {
        let mut actor = Actor { name: "alice".into(), ..Actor::default() };
        assert_eq!(named(&actor), "alice");
        actor.role = Some("arn:aws:iam::111122223333:role/ops/Admin".into());
        actor.invoked_by = Some("cloudformation.amazonaws.com".into());
        assert_eq!(named(&actor), "alice (Admin) via cloudformation.amazonaws.com");
    }
}

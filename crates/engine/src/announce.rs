//! Alerts from timelines: what to tell people, given what they were told last.
//!
//! A timeline may be revised by a late event, so alerts are not transitions passed on but the difference between what a
//! finding says now and what was last announced of it. Each is numbered in the order told.

use serde::{Deserialize, Serialize};
use trailhound_model::{Finding, Second, Status, Step, Text};
use trailhound_rules::{Timing, When};

/// What was last told about a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announced {
    /// The rule.
    pub rule: Text,
    /// How many alerts were told.
    pub count: u64,
    /// The state that was told last.
    pub status: Status,
    /// The last episode that was told: when it opened.
    pub opened_at: Option<Second>,
    /// The keys of the evidence that was told in that episode.
    pub evidence: Vec<Text>,
    /// Whether it was accepted when it was last judged: nothing is told then, but that it is no more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accepted: bool,
}

/// What kind of message it is. Written as one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "&str", try_from = "Text")]
pub enum AlertKind {
    /// The finding moved: the step that brought it where it is.
    Moved(Step),
    /// It was open for a while that nobody was told of, and is closed.
    Backdated,
    /// What was told did not happen after all.
    Withdrawn,
}

impl AlertKind {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Moved(step) => step.word(),
            Self::Backdated => "backdated",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl From<AlertKind> for &'static str {
    fn from(kind: AlertKind) -> Self {
        kind.word()
    }
}

/// A word that is no kind of alert.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of alert")]
pub struct NoSuchAlert(Text);

impl TryFrom<Text> for AlertKind {
    type Error = NoSuchAlert;

    fn try_from(word: Text) -> Result<Self, NoSuchAlert> {
        let steps = Step::ALL.into_iter().map(Self::Moved);
        let mut all = steps.chain([Self::Backdated, Self::Withdrawn]);
        all.find(|kind| kind.word() == &*word).ok_or(NoSuchAlert(word))
    }
}

/// A message about one finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Its number within the finding, from 1.
    pub number: u64,
    /// What kind of message it is.
    pub kind: AlertKind,
    /// The time of the step; for a backdated or withdrawn one, when it opened.
    pub time: Second,
    /// When it closed, for a backdated one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Second>,
}

/// Whether what there is to tell of a finding must wait. Until the resource has settled, that is so for a failure that
/// rests on what nobody has stated, and for good news: it is not urgent, and may not last.
#[must_use]
pub fn holds(timing: &Timing, finding: Option<&Finding>, settled: bool) -> bool {
    let Some(finding) = finding else { return !settled };
    match timing.of(finding.severity) {
        When::Digest => true,
        When::Settled => !settled,
        When::AtOnce => !settled && (finding.status != Status::Open || finding.rests_on_default),
    }
}

/// Compares a finding with what was last told of it. Gives the alert to send, if any, and what will have been told.
#[must_use]
pub fn announce(finding: Option<&Finding>, rule: &str, told: Option<&Announced>) -> (Option<Alert>, Option<Announced>) {
    let count = told.map_or(0, |told| told.count);
    let episode = finding.and_then(Finding::last_episode);
    let told_open = told.is_some_and(|told| told.status == Status::Open);
    // Another finding tells it; but who was told that it is open is told that it is not.
    let covered = |finding: &Finding| !(finding.covered_by.is_empty() || told_open && finding.status != Status::Open);
    let Some((finding, episode)) = finding.zip(episode).filter(|(finding, _)| !covered(finding)) else {
        let vanished = finding.is_none_or(|finding| finding.episodes.is_empty());
        let withdrawn = told.filter(|_| told_open && vanished);
        let alert = withdrawn.and_then(|told| told.opened_at).map(|opened| Alert {
            number: count + 1,
            kind: AlertKind::Withdrawn,
            time: opened,
            closed_at: None,
        });
        let announced = match (&alert, told) {
            (Some(_), Some(told)) => Some(Announced {
                count: count + 1,
                status: Status::Resolved,
                opened_at: None,
                evidence: Vec::new(),
                accepted: false,
                ..told.clone()
            }),
            _ => told.cloned(),
        };
        return (alert, announced);
    };
    let keys: Vec<Text> = finding.evidence.iter().map(|entry| entry.key.clone()).collect();
    let told_status = told.map_or(Status::Resolved, |told| told.status);
    let told_episode = told.and_then(|told| told.opened_at);
    let last_step = |wanted: &[Step]| finding.transitions.iter().rev().find(|t| wanted.contains(&t.step));
    let moved = if finding.status != told_status {
        match finding.status {
            Status::Open => last_step(&[Step::Opened, Step::Reopened]),
            // Sight lost of what nobody was told is open is no news.
            Status::Unknown if !told_open => None,
            Status::Unknown => last_step(&[Step::LostSight]),
            Status::Resolved => last_step(&[Step::Resolved, Step::Retired]),
        }
    } else if finding.status == Status::Open {
        let widened = told.is_some_and(|told| keys.iter().any(|key| !told.evidence.contains(key)));
        if widened { last_step(&[Step::Widened]) } else { None }
    } else {
        None
    };
    // Closed, and nobody was ever told that it had been open. What rested on a default had grace to be closed.
    let unheard = finding.status == Status::Resolved
        && !finding.rests_on_default
        && told_status == Status::Resolved
        && told_episode.is_none_or(|told| told < episode.opened_at)
        && count_told(told, episode.opened_at);
    let alert = if let Some(transition) = moved {
        // To those who were never told that it opened, it does not open again.
        let first = transition.step == Step::Reopened && count == 0;
        let kind = AlertKind::Moved(if first { Step::Opened } else { transition.step });
        Some(Alert { number: count + 1, kind, time: transition.time, closed_at: None })
    } else if unheard {
        let kind = AlertKind::Backdated;
        Some(Alert { number: count + 1, kind, time: episode.opened_at, closed_at: episode.closed_at })
    } else {
        None
    };
    let announced = Announced {
        rule: rule.into(),
        count: if alert.is_some() { count + 1 } else { count },
        status: finding.status,
        opened_at: Some(episode.opened_at),
        evidence: keys,
        accepted: false,
    };
    (alert, Some(announced))
}

/// What will have been told of a failure that its owner accepts: nothing new.
#[must_use]
pub fn accept(finding: &Finding, told: Option<&Announced>) -> Announced {
    let rule = finding.rule.clone();
    let untold = || Announced {
        rule,
        count: 0,
        status: Status::Resolved,
        opened_at: None,
        evidence: Vec::new(),
        accepted: true,
    };
    // When it closes there is nobody to tell that it was open.
    let opened_at = finding.last_episode().map(|episode| episode.opened_at);
    Announced { accepted: true, opened_at, ..told.cloned().unwrap_or_else(untold) }
}

/// Tells that a failure is not accepted any more: its day is over, or the values, the entries or the exception are others.
#[must_use]
pub fn lapse(finding: &Finding, told: &Announced, now: Second) -> (Alert, Announced) {
    let over = finding.transitions.iter().rev().find(|transition| transition.step == Step::Lapsed);
    let time = over.map_or(now, |transition| transition.time);
    let number = told.count + 1;
    let alert = Alert { number, kind: AlertKind::Moved(Step::Lapsed), time, closed_at: None };
    let evidence = finding.evidence.iter().map(|entry| entry.key.clone()).collect();
    let opened_at = finding.last_episode().map(|episode| episode.opened_at);
    let told = Announced { count: number, status: Status::Open, opened_at, evidence, accepted: false, ..told.clone() };
    (alert, told)
}

/// Whether an episode is one that nobody was told of: a finding never announced, or one that opened after the last told.
fn count_told(told: Option<&Announced>, opened_at: Second) -> bool {
    told.and_then(|told| told.opened_at).is_none_or(|told| told != opened_at)
}

#[cfg(test)]
mod tests {
    use trailhound_model::kinds::s3::BUCKET;
    use trailhound_model::{Episode, Evidence, GLOBAL, Kind, ResourceId, Severity, Transition, Value};

    use super::*;

    /// A finding from `(opened, closed)` pairs.
    fn finding(episodes: &[(i64, Option<i64>)], keys: &[&str]) -> Finding {
        let transition = |step, time| Transition {
            step,
            time: Second(time),
            cause: None,
            before: Value::Null,
            after: Value::Null,
            message: "".into(),
            evidence: Vec::new(),
        };
        let mut transitions = Vec::new();
        for (index, (opened, closed)) in episodes.iter().enumerate() {
            transitions.push(transition(if index == 0 { Step::Opened } else { Step::Reopened }, *opened));
            transitions.extend((keys.len() > 1).then(|| transition(Step::Widened, opened + 1)));
            transitions.extend(closed.map(|closed| transition(Step::Resolved, closed)));
        }
        let open = episodes.last().is_some_and(|(_, closed)| closed.is_none());
        Finding {
            resource: ResourceId {
                partition: "aws".into(),
                account: "111122223333".into(),
                region: GLOBAL.into(),
                kind: Kind::of(&BUCKET),
                id: "b".into(),
            },
            rule: "r".into(),
            item: "i".into(),
            severity: Severity::High,
            status: if open { Status::Open } else { Status::Resolved },
            episodes: episodes
                .iter()
                .map(|(opened, closed)| Episode {
                    opened_at: Second(*opened),
                    opened_by: None,
                    closed_at: closed.map(Second),
                    closed_by: None,
                    closed_as: closed.map(|_| Step::Resolved),
                })
                .collect(),
            message: "m".into(),
            evidence: keys.iter().map(|key| Evidence::new(*key, *key)).collect(),
            rests_on_default: false,
            covered_by: Vec::new(),
            transitions,
        }
    }

    /// Announces a series of versions of a finding and returns the kinds of the alerts.
    fn told(versions: &[Option<Finding>]) -> Vec<AlertKind> {
        let mut announced = None;
        let mut kinds = Vec::new();
        for version in versions {
            let (alert, next) = announce(version.as_ref(), "r", announced.as_ref());
            if let Some(alert) = alert {
                assert_eq!(alert.number, kinds.len() as u64 + 1, "numbers follow one another");
                kinds.push(alert.kind);
            }
            announced = next;
        }
        kinds
    }

    use AlertKind::{Backdated, Moved, Withdrawn};

    #[test]
    fn a_kind_is_written_as_one_word() {
        for kind in Step::ALL.into_iter().map(Moved).chain([Backdated, Withdrawn]) {
            let json = serde_json::to_string(&kind).unwrap();
            assert_eq!(json, format!("\"{}\"", kind.word()));
            assert_eq!(serde_json::from_str::<AlertKind>(&json).unwrap(), kind);
        }
        assert!(serde_json::from_str::<AlertKind>("\"oops\"").is_err());
    }

    #[test]
    fn the_settings_say_when_a_failure_is_told() {
        let open = finding(&[(1, None)], &["a"]);
        let by_default = Finding { rests_on_default: true, ..open.clone() };
        let closed = finding(&[(1, Some(5))], &["a"]);
        for (high, settled, held) in [
            // Stated by a call, resting on a default, closed.
            ("at_once", false, [false, true, true]),
            ("at_once", true, [false, false, false]),
            ("settled", false, [true, true, true]),
            ("settled", true, [false, false, false]),
            ("digest", true, [true, true, true]),
        ] {
            let settings = trailhound_rules::Settings::from_toml(&format!("alerts = {{ high = \"{high}\" }}")).unwrap();
            let found = [&open, &by_default, &closed].map(|finding| holds(&settings.alerts, Some(finding), settled));
            assert_eq!(found, held, "{high}, settled: {settled}");
        }
    }

    #[test]
    fn opened_resolved_and_reopened_are_three_alerts() {
        assert_eq!(
            told(&[
                Some(finding(&[(1, None)], &["a"])),
                Some(finding(&[(1, None)], &["a"])),
                Some(finding(&[(1, Some(5))], &["a"])),
                Some(finding(&[(1, Some(5)), (9, None)], &["a"])),
            ]),
            [Moved(Step::Opened), Moved(Step::Resolved), Moved(Step::Reopened)]
        );
    }

    #[test]
    fn a_second_entry_is_told_once() {
        let wide = finding(&[(1, None)], &["a", "b"]);
        assert_eq!(
            told(&[Some(finding(&[(1, None)], &["a"])), Some(wide.clone()), Some(wide)]),
            [Moved(Step::Opened), Moved(Step::Widened)]
        );
    }

    #[test]
    fn an_episode_learnt_after_its_end_is_backdated() {
        assert_eq!(told(&[Some(finding(&[(1, Some(5))], &["a"]))]), [Backdated]);
        let one = finding(&[(1, Some(5))], &["a"]);
        let two = finding(&[(1, Some(5)), (7, Some(9))], &["a"]);
        assert_eq!(told(&[Some(one), Some(two.clone()), Some(two)]), [Backdated, Backdated]);
    }

    #[test]
    fn what_did_not_happen_is_withdrawn_and_shifted_times_are_silent() {
        assert_eq!(told(&[Some(finding(&[(1, None)], &["a"])), None, None]), [Moved(Step::Opened), Withdrawn]);
        assert_eq!(
            told(&[Some(finding(&[(3, None)], &["a"])), Some(finding(&[(1, None)], &["a"]))]),
            [Moved(Step::Opened)]
        );
    }

    #[test]
    fn a_covered_finding_is_not_told_until_its_cover_closes() {
        let mut covered = finding(&[(1, None)], &["a"]);
        covered.covered_by = vec!["all-ports".into()];
        assert_eq!(told(&[Some(covered), Some(finding(&[(1, None)], &["a"]))]), [Moved(Step::Opened)]);
    }
}

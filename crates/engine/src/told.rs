//! The message about a finding, as it travels from the one who commits to the one who publishes.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use trailhound_model::{Cause, Finding, ResourceId, Second, Severity, Status, Step, Text, Transition};

use crate::announce::{Alert, AlertKind};

/// An alert with all that a message about it needs. As JSON it is what subscribers get in full, so its form has a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The version of this form: [`Told::VERSION`].
    pub version: u32,
    /// When it was committed.
    pub told_at: Second,
    /// What ties messages about one thing together: the finding, or for alerts that share a message what made them.
    pub thread: Text,
    /// The alert.
    pub alert: Alert,
    /// The finding, with its last episode and without its transitions. What was withdrawn has no episode.
    pub finding: Finding,
    /// The boundary that is told; of a backdated alert the one at which it opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transition: Option<Transition>,
    /// Other resources with the same rule, kind of alert and cause, whose alerts this message tells too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Also>,
}

/// Makes messages of alerts: those of one rule that one event caused in the same way on many resources become one, and so do
/// those of one rule and account that only reads showed.
#[must_use]
pub fn group(alerts: Vec<Told>) -> Vec<Told> {
    let mut messages: Vec<Told> = Vec::new();
    let mut by_cause: BTreeMap<(Text, &'static str, Text), usize> = BTreeMap::new();
    for told in alerts {
        let cause = told.transition.as_ref().and_then(|transition| transition.cause.as_ref());
        let same = |cause: &Arc<Cause>| {
            if cause.is_read() { format!("read {}", cause.account).into() } else { cause.event_id.clone() }
        };
        let Some(event) = cause.map(same) else {
            messages.push(told);
            continue;
        };
        match by_cause.entry((told.finding.rule.clone(), told.alert.kind.word(), event)) {
            Entry::Vacant(first) => {
                first.insert(messages.len());
                messages.push(told);
            }
            Entry::Occupied(first) => {
                let Some(message) = messages.get_mut(*first.get()) else { continue };
                // Whoever opened it ties its messages together, whatever happens to each resource later.
                let opened = message.finding.last_episode().and_then(|episode| episode.opened_by.as_ref());
                if let Some(opened) = opened {
                    message.thread = format!("{} {}", message.finding.rule, opened.event_id).into();
                }
                message.also.push(Also { resource: told.finding.resource, number: told.alert.number });
            }
        }
    }
    messages
}

/// A further resource that a message tells about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Also {
    /// The resource.
    pub resource: ResourceId,
    /// The number of the alert within its finding.
    pub number: u64,
}

/// Which finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FindingKey {
    /// The resource.
    pub resource: ResourceId,
    /// The rule's id.
    pub rule: Text,
}

impl Told {
    /// The version of the form that this program writes.
    pub const VERSION: u32 = 1;

    /// The message about an alert. A finding that has vanished is told as one that is resolved and never was.
    #[must_use]
    pub fn of(resource: &ResourceId, rule: &str, finding: Option<&Finding>, alert: Alert, told_at: Second) -> Self {
        let told = |transition: &&Transition| match alert.kind {
            AlertKind::Backdated | AlertKind::Moved(Step::Opened | Step::Reopened) => {
                matches!(transition.step, Step::Opened | Step::Reopened) && transition.time == alert.time
            }
            AlertKind::Moved(step) => transition.step == step && transition.time == alert.time,
            AlertKind::Withdrawn => false,
        };
        let transition = finding.and_then(|finding| finding.transitions.iter().rev().find(told)).cloned();
        let finding = match finding {
            Some(finding) => Finding {
                resource: resource.clone(),
                rule: finding.rule.clone(),
                item: finding.item.clone(),
                severity: finding.severity,
                status: finding.status,
                episodes: finding.episodes.last().cloned().into_iter().collect(),
                message: finding.message.clone(),
                evidence: finding.evidence.clone(),
                rests_on_default: finding.rests_on_default,
                covered_by: finding.covered_by.clone(),
                transitions: Vec::new(),
            },
            None => {
                let known = trailhound_rules::named(rule);
                Finding {
                    resource: resource.clone(),
                    rule: rule.into(),
                    item: known.map_or("", |rule| rule.item.name()).into(),
                    severity: known.map_or(Severity::Low, |rule| rule.severity),
                    status: Status::Resolved,
                    episodes: Vec::new(),
                    message: "a late event shows that it never failed".into(),
                    evidence: Vec::new(),
                    rests_on_default: false,
                    covered_by: Vec::new(),
                    transitions: Vec::new(),
                }
            }
        };
        let ResourceId { account, region, kind, id, .. } = resource;
        let thread = format!("{rule} {account} {region} {kind} {id}").into();
        Self { version: Self::VERSION, told_at, thread, alert, finding, transition, also: Vec::new() }
    }

    /// The findings that the message tells about, each with the number of its alert; its own first.
    pub fn tells(&self) -> impl Iterator<Item = (FindingKey, u64)> + '_ {
        let key = |resource: &ResourceId| FindingKey { resource: resource.clone(), rule: self.finding.rule.clone() };
        let own = std::iter::once((key(&self.finding.resource), self.alert.number));
        own.chain(self.also.iter().map(move |also| (key(&also.resource), also.number)))
    }
}

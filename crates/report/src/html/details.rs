//! What the page shows of one finding: parsed only when somebody looks, in chunks of neighbours that share their texts and
//! causes.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use trailhound_model::{Cause, Evidence, Finding};

use super::{Cuts, text};
use crate::changes::changes;
use crate::who;

/// The most entries of evidence of a finding.
const EVIDENCE_MAX: usize = 100;

/// The most episodes and the most transitions of a finding; the latest are kept.
const STEPS_MAX: usize = 50;

/// The details of some findings.
#[derive(Serialize)]
pub(super) struct Chunk {
    texts: Vec<String>,
    causes: Vec<CauseDetail>,
    findings: Vec<Detail>,
}

/// A place in a chunk's texts.
type Place = usize;

#[derive(Serialize)]
struct Detail {
    #[serde(skip_serializing_if = "Option::is_none")]
    arn: Option<Place>,
    /// Keys and details.
    evidence: Vec<(Place, Place)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    covered_by: Vec<Place>,
    episodes: Vec<EpisodeDetail>,
    steps: Vec<StepDetail>,
    /// Entries, episodes and transitions left out.
    #[serde(skip_serializing_if = "is_zero")]
    cut: usize,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    rests_on_default: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// When it began and by which cause, when it ended, by which cause, and how.
struct EpisodeDetail {
    opened: (i64, Option<usize>),
    closed: Option<(i64, Option<usize>, &'static str)>,
}

// Members without names: there are several of these for each of many findings.
impl Serialize for EpisodeDetail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.closed {
            None => (self.opened.0, self.opened.1).serialize(serializer),
            Some(closed) => (self.opened.0, self.opened.1, closed.0, closed.1, closed.2).serialize(serializer),
        }
    }
}

/// What happened, when, by which cause, what the rule said, and what had changed.
#[derive(Serialize)]
struct StepDetail(&'static str, i64, Option<usize>, Place, Place);

/// An event.
#[derive(Serialize)]
struct CauseDetail {
    time: i64,
    id: Place,
    call: Place,
    source: Place,
    account: Place,
    region: Place,
    /// None of a read.
    #[serde(skip_serializing_if = "Option::is_none")]
    who: Option<Place>,
    identity: Place,
    #[serde(skip_serializing_if = "Option::is_none")]
    arn: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<Place>,
}

impl Chunk {
    pub(super) fn of(findings: &[Finding], cuts: &mut Cuts) -> Self {
        let mut builder =
            Builder { texts: Vec::new(), places: HashMap::new(), causes: Vec::new(), events: HashMap::new(), cuts };
        let findings = findings.iter().map(|finding| builder.detail(finding)).collect();
        Self { texts: builder.texts, causes: builder.causes, findings }
    }
}

struct Builder<'a> {
    texts: Vec<String>,
    places: HashMap<String, Place>,
    causes: Vec<CauseDetail>,
    /// By event and account: one event may be recorded in several accounts.
    events: HashMap<(String, String), usize>,
    cuts: &'a mut Cuts,
}

impl Builder<'_> {
    fn detail(&mut self, finding: &Finding) -> Detail {
        let mut cut = 0;
        let mut left_out = |length: usize, most: usize| {
            cut += length.saturating_sub(most);
            length.saturating_sub(most)
        };
        left_out(finding.evidence.len(), EVIDENCE_MAX);
        let episodes = left_out(finding.episodes.len(), STEPS_MAX);
        let steps = left_out(finding.transitions.len(), STEPS_MAX);
        self.cuts.entries += cut;
        Detail {
            arn: finding.resource.arn().map(|arn| self.place(&arn)),
            evidence: finding.evidence.iter().take(EVIDENCE_MAX).map(|entry| self.evidence(entry)).collect(),
            covered_by: finding.covered_by.iter().map(|rule| self.place(rule)).collect(),
            episodes: finding
                .episodes
                .iter()
                .skip(episodes)
                .map(|episode| EpisodeDetail {
                    opened: (episode.opened_at.0, self.cause(episode.opened_by.as_ref())),
                    closed: episode.closed_at.map(|time| {
                        let step = episode.closed_as.map_or("", trailhound_model::Step::word);
                        (time.0, self.cause(episode.closed_by.as_ref()), step)
                    }),
                })
                .collect(),
            steps: finding
                .transitions
                .iter()
                .skip(steps)
                .map(|transition| {
                    let changes = changes(&transition.before, &transition.after);
                    self.cuts.lines += changes.cut;
                    StepDetail(
                        transition.step.word(),
                        transition.time.0,
                        self.cause(transition.cause.as_ref()),
                        self.place(&transition.message),
                        self.keep(changes.text),
                    )
                })
                .collect(),
            cut,
            rests_on_default: finding.rests_on_default,
        }
    }

    fn evidence(&mut self, entry: &Evidence) -> (Place, Place) {
        (self.place(&entry.key), self.place(&entry.detail))
    }

    fn cause(&mut self, cause: Option<&Arc<Cause>>) -> Option<usize> {
        let cause = cause?;
        let key = (cause.event_id.to_string(), cause.account.to_string());
        if let Some(known) = self.events.get(&key) {
            return Some(*known);
        }
        let actor = &cause.actor;
        let detail = CauseDetail {
            time: cause.time.0,
            id: self.place(&cause.event_id),
            call: self.place(&cause.name),
            source: self.place(&cause.source),
            account: self.place(&cause.account),
            region: self.place(&cause.region),
            who: who(cause).map(|who| self.place(&who)),
            identity: self.place(&actor.identity),
            arn: actor.arn.as_deref().map(|arn| self.place(arn)),
            provider: actor.provider.as_deref().map(|provider| self.place(provider)),
            ip: actor.source_ip.as_deref().map(|ip| self.place(ip)),
            agent: actor.user_agent.as_deref().map(|agent| self.place(agent)),
        };
        self.causes.push(detail);
        self.events.insert(key, self.causes.len() - 1);
        Some(self.causes.len() - 1)
    }

    fn place(&mut self, text_of_event: &str) -> Place {
        let safe = text(text_of_event, self.cuts);
        self.keep(safe)
    }

    /// The place of a text that is safe already.
    fn keep(&mut self, text: String) -> Place {
        if let Some(place) = self.places.get(&text) {
            return *place;
        }
        self.texts.push(text.clone());
        self.places.insert(text, self.texts.len() - 1);
        self.texts.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn neighbours_share_texts_and_causes() {
        let one = Chunk::of(&[fixture::open()], &mut Cuts::default());
        let two = Chunk::of(&[fixture::open(), fixture::open()], &mut Cuts::default());
        assert_eq!((two.texts.len(), two.causes.len()), (one.texts.len(), one.causes.len()));
        assert_eq!(two.findings.len(), 2);
        let (detail, texts) = (&one.findings[0], &one.texts);
        assert_eq!(texts[detail.evidence[0].1], "versioning is `Suspended`");
        assert_eq!(texts[detail.steps[0].4], "@versioning\n-Status: \"Enabled\"\n+Status: \"alice\"");
        assert_eq!(texts[one.causes[detail.episodes[0].opened.1.unwrap()].who.unwrap()], "alice (Admin)");
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let mut finding = fixture::open();
        finding.transitions = vec![finding.transitions[0].clone(); STEPS_MAX + 3];
        finding.evidence = vec![finding.evidence[0].clone(); EVIDENCE_MAX + 4];
        let mut cuts = Cuts::default();
        let chunk = Chunk::of(&[finding], &mut cuts);
        assert_eq!(chunk.findings[0].steps.len(), STEPS_MAX);
        assert_eq!(chunk.findings[0].cut, 7);
        assert_eq!(cuts.entries, 7);
    }
}

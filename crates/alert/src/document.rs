//! The whole of an alert for programs, as versioned JSON.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use trailhound_engine::Told;
use trailhound_model::{Actor, Cause, Episode, Evidence, Text, Value};
use trailhound_report::escape;

use crate::line::cut;
use crate::story::console;

/// An alert as subscribers get it: all that is known, with what they would have to look up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The alert.
    #[serde(flatten)]
    pub told: Told,
    /// The state that the rule wants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The resource's ARN, where it follows from its identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The event in CloudTrail's console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_url: Option<String>,
    /// What was left out because a message has a largest size.
    #[serde(default, skip_serializing_if = "LeftOut::is_nothing")]
    pub left_out: LeftOut,
}

/// How much was left out of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeftOut {
    /// Entries of evidence.
    pub evidence: usize,
    /// Further resources that the alert tells about.
    pub also: usize,
    /// Settings before or after.
    pub settings: usize,
    /// Texts that were cut.
    pub texts: usize,
}

impl LeftOut {
    /// Whether nothing was.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Why a text is no document.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It has another form.
    #[error("not an alert")]
    Form(#[from] serde_json::Error),
    /// It was written by another version.
    #[error("an alert of version {0}, which this program does not know")]
    Version(u32),
}

/// How much of a document is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measure {
    /// Entries of evidence.
    evidence: usize,
    /// Further resources.
    also: usize,
    /// UTF-16 units of a text.
    text: usize,
    /// Bytes of JSON of one side of a change.
    settings: usize,
}

/// From everything to what always fits into a message.
pub(crate) const MEASURES: [Measure; 5] = [
    Measure { evidence: usize::MAX, also: usize::MAX, text: usize::MAX, settings: usize::MAX },
    Measure { evidence: 200, also: 500, text: 4_000, settings: 20_000 },
    Measure { evidence: 100, also: 100, text: 2_000, settings: 8_000 },
    Measure { evidence: 20, also: 20, text: 500, settings: 2_000 },
    Measure { evidence: 2, also: 2, text: 100, settings: 0 },
];

impl Document {
    /// The document of an alert.
    pub(crate) fn of(told: &Told, measure: Measure) -> Self {
        let mut left_out = LeftOut::default();
        let cause = told.transition.as_ref().and_then(|transition| transition.cause.as_deref());
        Self {
            title: trailhound_rules::named(&told.finding.rule).map(|rule| rule.title().to_owned()),
            arn: told.finding.resource.arn().map(|arn| cut(&arn, measure.text).into_owned()),
            event_url: cause.and_then(console),
            told: shorten(told.clone(), measure, &mut left_out),
            left_out,
        }
    }

    /// Reads a document.
    ///
    /// # Errors
    /// When the text is none, or of another version.
    pub fn parse(json: &str) -> Result<Self, Unreadable> {
        let document: Self = serde_json::from_str(json)?;
        match document.told.version {
            Told::VERSION => Ok(document),
            other => Err(Unreadable::Version(other)),
        }
    }

    /// The JSON. Characters that are invisible or command terminals are written as escapes: the values stay what they are.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = Vec::with_capacity(4_096);
        let mut serializer = serde_json::Serializer::with_formatter(&mut json, Visible);
        // A map with text keys, written to memory.
        if self.serialize(&mut serializer).is_err() {
            return String::new();
        }
        String::from_utf8(json).unwrap_or_default()
    }
}

/// JSON in which every character can be seen.
struct Visible;

impl serde_json::ser::Formatter for Visible {
    fn write_string_fragment<W: ?Sized + std::io::Write>(&mut self, writer: &mut W, text: &str) -> std::io::Result<()> {
        let mut units = [0; 2];
        for letter in text.chars() {
            if escape::is_unsafe(letter) || matches!(letter, '\u{fffe}' | '\u{ffff}') {
                for unit in letter.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            } else {
                write!(writer, "{letter}")?;
            }
        }
        Ok(())
    }
}

fn shorten(mut told: Told, measure: Measure, left_out: &mut LeftOut) -> Told {
    let mut text = |text: &mut Text| {
        let short = cut(text, measure.text);
        if *short != **text {
            *text = short.into();
            left_out.texts += 1;
        }
    };
    text(&mut told.thread);
    let finding = &mut told.finding;
    for member in [&mut finding.resource.account, &mut finding.resource.region, &mut finding.resource.id] {
        text(member);
    }
    for member in [&mut finding.rule, &mut finding.item, &mut finding.message] {
        text(member);
    }
    finding.covered_by.truncate(measure.evidence);
    finding.covered_by.iter_mut().for_each(&mut text);
    for episode in &mut finding.episodes {
        let Episode { opened_by, closed_by, .. } = episode;
        for cause in [opened_by, closed_by].into_iter().flatten() {
            shorten_cause(Arc::make_mut(cause), &mut text);
        }
    }
    let mut cut_evidence = 0;
    cut_evidence += shorten_evidence(&mut finding.evidence, measure, &mut text);
    let mut settings = 0;
    if let Some(transition) = &mut told.transition {
        if let Some(cause) = &mut transition.cause {
            shorten_cause(Arc::make_mut(cause), &mut text);
        }
        text(&mut transition.message);
        cut_evidence += shorten_evidence(&mut transition.evidence, measure, &mut text);
        for side in [&mut transition.before, &mut transition.after] {
            if !matches!(side, Value::Null) && side.to_json().len() > measure.settings {
                *side = Value::Null;
                settings += 1;
            }
        }
    }
    for also in told.also.iter_mut().take(measure.also) {
        for member in [&mut also.resource.account, &mut also.resource.region, &mut also.resource.id] {
            text(member);
        }
    }
    left_out.evidence += cut_evidence;
    left_out.settings += settings;
    left_out.also += told.also.len().saturating_sub(measure.also);
    told.also.truncate(measure.also);
    told
}

fn shorten_evidence(evidence: &mut Vec<Evidence>, measure: Measure, text: &mut impl FnMut(&mut Text)) -> usize {
    let more = evidence.len().saturating_sub(measure.evidence);
    evidence.truncate(measure.evidence);
    for entry in evidence {
        text(&mut entry.key);
        text(&mut entry.detail);
    }
    more
}

fn shorten_cause(cause: &mut Cause, text: &mut impl FnMut(&mut Text)) {
    for member in [&mut cause.event_id, &mut cause.source, &mut cause.name, &mut cause.account, &mut cause.region] {
        text(member);
    }
    let Actor { identity, name, arn, account, role, provider, invoked_by, source_ip, user_agent } =
        Arc::make_mut(&mut cause.actor);
    text(identity);
    text(name);
    for member in [arn, account, role, provider, invoked_by, source_ip, user_agent].into_iter().flatten() {
        text(member);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_document_reads_back_as_what_was_written() {
        for told in [fixture::opened(), fixture::resolved(), fixture::hostile("\u{1b}[31m\u{202e}\u{e0041}\"\\")] {
            let document = Document::of(&told, MEASURES[0]);
            let json = document.to_json();
            assert!(!json.chars().any(escape::is_unsafe), "{json}");
            assert_eq!(Document::parse(&json).unwrap(), document);
            assert!(document.left_out.is_nothing());
        }
    }

    #[test]
    fn another_version_is_refused_by_name() {
        let mut document = Document::of(&fixture::opened(), MEASURES[0]);
        document.told.version = 2;
        let error = Document::parse(&document.to_json()).unwrap_err();
        assert_eq!(error.to_string(), "an alert of version 2, which this program does not know");
        assert!(matches!(Document::parse("[]").unwrap_err(), Unreadable::Form(_)));
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let mut told = fixture::opened();
        told.finding.evidence = vec![told.finding.evidence[0].clone(); 25];
        told.finding.message = "x".repeat(600).into();
        let document = Document::of(&told, MEASURES[3]);
        assert_eq!((document.left_out.evidence, document.left_out.texts), (5, 1));
        assert!(document.told.finding.message.ends_with(crate::line::CUT));
    }
}

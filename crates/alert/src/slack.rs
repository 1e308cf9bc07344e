//! Slack's Block Kit, for incoming webhooks.
//!
//! Slack refuses a message with one block too many or one text too long as a whole, so that every limit is kept here.

use serde::Serialize;
use serde_json::{Value, json};
use trailhound_model::Severity;

use crate::line::{cut, mrkdwn, units};
use crate::story::{Story, Tone};

/// Slack's limits: of blocks per message, and of UTF-16 units per text.
pub mod limit {
    /// Blocks per message.
    pub const BLOCKS: usize = 50;
    /// A header.
    pub const HEADER: usize = 150;
    /// A section, or an element of a context.
    pub const SECTION: usize = 3_000;
    /// Fields per section.
    pub const FIELDS: usize = 10;
    /// A field.
    pub const FIELD: usize = 2_000;
    /// The text that stands for the blocks in notifications; longer is allowed, and not read.
    pub const TEXT: usize = 1_000;
}

/// A message for an incoming webhook: a JSON object.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Message(Value);

impl Message {
    /// The body to post.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.0.to_string()
    }
}

/// The first line: a sign that shows how bad it is at a glance, and what happened.
#[must_use]
pub fn title(story: &Story) -> String {
    let sign = match (story.tone, story.severity) {
        (Tone::Good, _) => "✅",
        (Tone::Unsure, _) => "❔",
        (Tone::Bad, Severity::Critical) => "🔴",
        (Tone::Bad, Severity::High) => "🟠",
        (Tone::Bad, Severity::Medium) => "🟡",
        (Tone::Bad, Severity::Low) => "🔵",
    };
    format!("{sign} {} {}: {}", story.severity.word().to_uppercase(), story.happened, story.rule)
}

/// The message that tells a story.
#[must_use]
pub fn message(story: &Story) -> Message {
    let mut blocks = vec![header(&title(story)), section(&story.headline.mrkdwn(limit::SECTION))];
    let fields: Vec<Value> = story
        .facts
        .iter()
        .take(limit::FIELDS)
        .map(|(label, line)| text(&format!("*{label}*\n{}", line.mrkdwn(limit::FIELD - 40))))
        .collect();
    if !fields.is_empty() {
        blocks.push(json!({ "type": "section", "fields": fields }));
    }
    for lines in [&story.members, &story.evidence] {
        let entries: Vec<String> = lines.iter().map(|line| line.mrkdwn(300)).collect();
        blocks.extend(list(&entries).map(|text| section(&text)));
    }
    if !story.changes.is_empty() {
        blocks.push(section(&fenced(&story.changes, limit::SECTION)));
    }
    if !story.fix.is_empty() {
        let entries: Vec<String> = story.fix.iter().map(|entry| mrkdwn(entry)).collect();
        blocks.extend(
            list(&entries).map(|text| section(&format!("*How to fix it*\n{}", cut(&text, limit::SECTION - 20)))),
        );
    }
    let link = story.link.as_ref().map(|link| format!("<{link}|Event in CloudTrail> · ")).unwrap_or_default();
    blocks.push(context(&format!("{link}alert {} of this finding", story.number)));
    finish(&story.summary().mrkdwn(limit::TEXT), blocks)
}

/// A message of a title and a text that others wrote: both are quoted.
#[must_use]
pub fn note(title_of_note: &str, body: &str) -> Message {
    let mut blocks = vec![header(title_of_note)];
    if !body.is_empty() {
        blocks.extend(pages(body).iter().map(|page| section(page)));
    }
    finish(&crate::line::mrkdwn_code(title_of_note, limit::TEXT), blocks)
}

/// Says that a channel's budget was used up, and how many alerts were not shown for it.
#[must_use]
pub fn more(alerts: u64) -> Message {
    let (noun, pronoun) = if alerts == 1 { ("alert", "it is") } else { ("alerts", "they are") };
    let line = format!(
        "… and {alerts} more {noun} within a minute: {pronoun} in the table of findings and on the topic's \
                        other subscriptions"
    );
    finish(&line, vec![section(&line)])
}

/// Lines that others wrote, in code blocks of one section each, as many as they need. What the last one does not hold, it says.
fn pages(lines: &str) -> Vec<String> {
    const MOST: usize = 4;
    let mut pages = vec![String::new()];
    let mut room = limit::SECTION - FENCING;
    for line in lines.lines() {
        let line = trailhound_report::escape::terminal(line);
        let size = units(&in_fence(&line)) + 1;
        if size > room && pages.len() < MOST {
            pages.push(String::new());
            room = limit::SECTION - FENCING;
        }
        room = room.saturating_sub(size);
        if let Some(page) = pages.last_mut() {
            page.push_str(&line);
            page.push('\n');
        }
    }
    pages.iter().map(|page| fenced(page, limit::SECTION)).collect()
}

/// What makes a code block.
const FENCE: &str = "```";

/// Room for both fences, their line breaks, and the line that says how many are missing.
const FENCING: usize = 2 * FENCE.len() + 2 + 30;

/// A line as a code block shows it.
fn in_fence(line: &str) -> String {
    cut(&mrkdwn(line).replace('`', "'"), 400).into_owned()
}

/// Lines in a code block. What does not fit is left out by whole lines, and said.
#[must_use]
pub fn fenced(lines: &str, max: usize) -> String {
    let mut room = max.saturating_sub(FENCING);
    let mut body = String::new();
    let total = lines.lines().count();
    for (index, line) in lines.lines().enumerate() {
        let line = in_fence(line);
        let Some(rest) = room.checked_sub(units(&line) + 1) else {
            body.push_str(&format!("… {} more lines\n", total - index));
            break;
        };
        room = rest;
        body.push_str(&line);
        body.push('\n');
    }
    format!("{FENCE}\n{body}{FENCE}")
}

/// A list that fits into one section; says how many entries do not.
fn list(entries: &[String]) -> Option<String> {
    let mut room = limit::SECTION - 60;
    let mut lines = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let line = format!("• {}", cut(entry, 900));
        let Some(rest) = room.checked_sub(units(&line) + 1) else {
            lines.push(format!("… and {} more", entries.len() - index));
            break;
        };
        room = rest;
        lines.push(line);
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn header(title: &str) -> Value {
    json!({ "type": "header", "text": { "type": "plain_text", "text": cut(&mrkdwn(title), limit::HEADER), "emoji": false } })
}

/// `verbatim`: Slack shall not look for links and names in it by itself.
fn text(mrkdwn: &str) -> Value {
    json!({ "type": "mrkdwn", "text": mrkdwn, "verbatim": true })
}

fn section(mrkdwn: &str) -> Value {
    json!({ "type": "section", "text": text(mrkdwn) })
}

fn context(mrkdwn: &str) -> Value {
    json!({ "type": "context", "elements": [text(mrkdwn)] })
}

fn finish(summary: &str, mut blocks: Vec<Value>) -> Message {
    blocks.truncate(limit::BLOCKS);
    Message(json!({
        "text": summary,
        "blocks": blocks,
        "link_names": false,
        "unfurl_links": false,
        "unfurl_media": false,
    }))
}

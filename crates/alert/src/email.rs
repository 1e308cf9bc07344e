//! E-mail: a subject and plain text. SNS sends no other kind.

use crate::line::cut;
use crate::story::{Story, ascii};

/// SNS takes up to 100 characters, without line breaks.
pub const SUBJECT_MAX: usize = 100;

/// The most UTF-16 units of text: more is no longer a message that somebody reads.
pub const TEXT_MAX: usize = 16_000;

/// The most units of one line.
const LINE_MAX: usize = 1_000;

/// The most entries of a list.
const LIST_MAX: usize = 50;

/// The subject: `[CRITICAL] opened: ec2-security-group-ssh-closed on sg-0a1b2c3d`.
#[must_use]
pub fn subject(story: &Story) -> String {
    let severity = story.severity.word().to_uppercase();
    ascii(&format!("[{severity}] {}", story.summary().plain(SUBJECT_MAX * 2)), SUBJECT_MAX)
}

/// The text.
#[must_use]
pub fn text(story: &Story) -> String {
    let mut lines = vec![
        format!("{}, {}: {}", story.severity.word().to_uppercase(), story.happened, story.summary_of_rule()),
        story.headline.plain(LINE_MAX),
        String::new(),
    ];
    let width = story.facts.iter().map(|(label, _)| label.len()).max().unwrap_or_default();
    lines.extend(story.facts.iter().map(|(label, line)| format!("{label:width$}  {}", line.plain(LINE_MAX))));
    list(&mut lines, "Resources", story.members.iter().map(|line| line.plain(LINE_MAX)));
    list(&mut lines, "Evidence", story.evidence.iter().map(|line| line.plain(LINE_MAX)));
    if !story.changes.is_empty() {
        lines.extend([String::new(), "Before and after".to_owned()]);
        lines.extend(story.changes.lines().map(|line| line.replace("://", "[://]")));
    }
    list(&mut lines, "How to fix it", story.fix.iter().map(|line| cut(line, LINE_MAX).into_owned()));
    lines.push(String::new());
    lines.extend(story.link.as_ref().map(|link| format!("Event: {link}")));
    lines.push(format!("Alert {} of this finding.", story.number));
    bounded(&lines)
}

impl Story {
    fn summary_of_rule(&self) -> String {
        let title = self.title.map(|title| format!(" ({title})")).unwrap_or_default();
        format!("{}{title}", crate::line::plain(&self.rule))
    }
}

fn list(lines: &mut Vec<String>, title: &str, entries: impl ExactSizeIterator<Item = String>) {
    let total = entries.len();
    if total == 0 {
        return;
    }
    lines.extend([String::new(), title.to_owned()]);
    lines.extend(entries.take(LIST_MAX).map(|entry| format!("- {entry}")));
    if total > LIST_MAX {
        lines.push(format!("… and {} more", total - LIST_MAX));
    }
}

/// The lines that fit, whole; says how many do not.
fn bounded(lines: &[String]) -> String {
    // Room for the line that says so.
    let mut room = TEXT_MAX - 40;
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        let line = cut(line, LINE_MAX * 2);
        match room.checked_sub(crate::line::units(&line) + 1) {
            Some(rest) => room = rest,
            None => {
                text.push_str(&format!("… {} more lines left out\n", lines.len() - index));
                break;
            }
        }
        text.push_str(&line);
        text.push('\n');
    }
    text
}

//! Markdown for tickets and wikis: what is open, worst first, then what cannot be told any more and what was closed.

use std::io::{self, Write};

use trailhound_model::{Episode, Finding, Severity, Status};

use crate::escape::{self, markdown_code as code};
use crate::{Context, UNSEEN, count, counted, duration, grouped, who};

/// Writes the report. Every value from an event stands in a code span, in which nothing formats, links or mentions
/// anybody.
///
/// # Errors
/// When writing fails.
pub fn markdown(out: &mut impl Write, findings: &[Finding], context: &Context) -> io::Result<()> {
    writeln!(out, "# Trailhound findings\n")?;
    let until = context.until.map(|time| format!(", events until {time}")).unwrap_or_default();
    let resources = usize::try_from(context.resources).unwrap_or(usize::MAX);
    writeln!(out, "{}{until}; {}.\n", code(&context.source), counted(resources, "resource", "resources"))?;
    for note in &context.notes {
        writeln!(out, "> {}\n", escape::markdown(note))?;
    }
    writeln!(out, "| severity | open | unknown | resolved |\n|---|---:|---:|---:|")?;
    for severity in Severity::ALL {
        let number = |status| grouped(count(findings, status, severity));
        let (open, unknown, resolved) = (number(Status::Open), number(Status::Unknown), number(Status::Resolved));
        writeln!(out, "| {severity} | {open} | {unknown} | {resolved} |")?;
    }
    for (status, title) in [(Status::Open, "Open"), (Status::Unknown, "Unknown"), (Status::Resolved, "Resolved")] {
        for severity in Severity::ALL {
            let total = count(findings, status, severity);
            if total > 0 {
                writeln!(out, "\n## {title}: {severity} ({})\n", grouped(total))?;
            }
            let group = findings.iter().filter(|finding| finding.status == status && finding.severity == severity);
            for finding in group {
                entry(out, finding, context)?;
            }
        }
    }
    Ok(())
}

fn entry(out: &mut impl Write, finding: &Finding, context: &Context) -> io::Result<()> {
    let resource = &finding.resource;
    writeln!(out, "- **{}**: {}", code(&resource.id), message(&finding.message))?;
    writeln!(
        out,
        "  - {} · {} · {} · {}",
        code(&finding.rule),
        resource.kind.name(),
        code(&resource.account),
        code(&resource.region)
    )?;
    if let Some(episode) = finding.last_episode() {
        writeln!(out, "  - {}", story(episode, context))?;
    }
    for entry in finding.evidence.iter().filter(|entry| entry.detail != finding.message) {
        writeln!(out, "  - evidence: {} {}", code(&entry.key), message(&entry.detail))?;
    }
    if let Some(accepted) = finding.accepted() {
        writeln!(out, "  - {}", escape::markdown(accepted))?;
    }
    if !finding.covered_by.is_empty() {
        let rules: Vec<String> = finding.covered_by.iter().map(|rule| code(rule)).collect();
        writeln!(out, "  - told by {}", rules.join(", "))?;
    }
    Ok(())
}

/// Since when, by whom, until when.
fn story(episode: &Episode, context: &Context) -> String {
    let mut text = format!("since {}", episode.opened_at);
    if let Some(cause) = &episode.opened_by {
        text.push_str(&match who(cause) {
            Some(who) => format!(" by {} with {}", code(&who), code(&cause.name)),
            None => format!(", who: {UNSEEN}"),
        });
    }
    match (episode.closed_at, episode.closed_as, episode.exposure()) {
        (Some(closed), step, Some(seconds)) => {
            let step = step.map_or_else(|| "closed".to_owned(), |step| step.word().replace('_', " "));
            text.push_str(&format!("; {step} {closed}"));
            if let Some(cause) = &episode.closed_by {
                text.push_str(&who(cause).map_or(", seen by a read".to_owned(), |who| format!(" by {}", code(&who))));
            }
            text.push_str(&format!(" after {}", duration(seconds)));
        }
        _ => {
            if let Some(until) = context.until {
                text.push_str(&format!("; open for {}", duration(until.since(episode.opened_at))));
            }
        }
    }
    text
}

/// A rule's message: found values stand in backticks there and become code; the rest is escaped.
fn message(text: &str) -> String {
    let part = |(index, part): (usize, &str)| match (index.is_multiple_of(2), part.is_empty()) {
        (_, true) => String::new(),
        (true, false) => escape::markdown(part),
        (false, false) => code(part),
    };
    text.split('`').enumerate().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn text(findings: &[Finding]) -> String {
        let mut out = Vec::new();
        markdown(&mut out, findings, &fixture::context()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_finding_says_what_since_when_and_by_whom() {
        let text = text(&[fixture::open(), fixture::resolved()]);
        for line in [
            "| medium | 1 | 0 | 0 |",
            "## Open: medium (1)",
            "- **`acme-invoices`**: versioning is `Suspended`",
            "  - since 2026-03-04T05:06:07Z by `alice (Admin)` with `PutBucketVersioning`; open for 1 d",
            "## Resolved: low (1)",
            "  - since 2026-03-04T05:06:07Z by `bob (Admin)` with `PutBucketVersioning`; resolved 2026-03-04T05:07:37Z by \
             `carol (Admin)` after 1 min 30 s",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\nin\n{text}");
        }
    }

    #[test]
    fn hostile_names_format_nothing() {
        let text = text(&[fixture::hostile()]);
        assert!(!text.chars().any(|letter| (letter.is_control() && letter != '\n') || letter == '\u{202e}'));
        // Outside code spans, every mark is escaped: take the spans out and look at what is left.
        let entry = text.lines().find(|line| line.starts_with("- **")).unwrap();
        let (fence, rest) = ("``", entry.strip_prefix("- **``").unwrap());
        let (name, rest) = rest.split_once(&format!("{fence}**: ")).unwrap();
        assert!(name.contains("</script>") && name.contains("@all"), "{name}");
        assert!(!rest.contains(" <") && !rest.contains("[x](") && !rest.contains(" **b"), "{rest}");
        assert_eq!(text.lines().filter(|line| line.starts_with('#')).count(), 2, "no name makes a heading");
    }

    #[test]
    fn notes_are_said_first() {
        let mut out = Vec::new();
        let context = Context { notes: vec!["3 files *skipped*".to_owned()], ..fixture::context() };
        markdown(&mut out, &[], &context).unwrap();
        assert!(String::from_utf8(out).unwrap().contains("> 3 files \\*skipped\\*\n"));
    }
}

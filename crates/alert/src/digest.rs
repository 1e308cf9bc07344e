//! The digest: all that is open, in one message. What is not told at once is told here.

use std::collections::BTreeMap;

use trailhound_model::{Finding, Second, Severity};
use trailhound_report::duration;

use crate::chat::{Content, Metadata, Notification};
use crate::line::{Line, cut, mrkdwn};
use crate::publication::{Bodies, Publication, json};
use crate::{email, story};

/// The most findings that are named of one severity.
const NAMED: usize = 25;

/// The most UTF-16 units of a chat's description.
const DESCRIPTION_MAX: usize = 6_000;

/// The message about open findings. `now` says how long they have been open.
#[must_use]
pub fn digest(open: &[Finding], now: Second) -> Publication {
    let of = |severity: Severity| open.iter().filter(move |finding| finding.severity == severity);
    let counts: Vec<String> = Severity::ALL
        .into_iter()
        .map(|severity| (severity, of(severity).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| format!("{count} {severity}"))
        .collect();
    let sum = if counts.is_empty() { "nothing is open".to_owned() } else { format!("open: {}", counts.join(", ")) };
    let mut lines = Vec::new();
    for severity in Severity::ALL {
        let total = of(severity).count();
        if total == 0 {
            continue;
        }
        lines.extend([String::new(), format!("{} ({total})", severity.word().to_uppercase())]);
        lines.extend(of(severity).take(NAMED).map(|finding| entry(finding, now)));
        if total > NAMED {
            lines.push(format!("… and {} more", total - NAMED));
        }
    }
    let text = format!("Trailhound, {sum}\n{}\n", lines.join("\n"));
    let chat = json(&Notification {
        version: "1.0".to_owned(),
        source: "custom".to_owned(),
        id: None,
        content: Content {
            text_type: "client-markdown".to_owned(),
            title: format!("Trailhound, {sum}"),
            description: described(&lines, &sum),
            ..Content::default()
        },
        metadata: Some(Metadata { thread_id: "trailhound-digest".to_owned(), summary: sum.clone() }),
    });
    let worst = open.iter().map(|finding| finding.severity).max().map_or("none", Severity::word);
    Publication {
        subject: story::ascii(&format!("Trailhound, {sum}"), email::SUBJECT_MAX),
        message: json(&Bodies {
            // Programs have the table; this is for people, and the form tells them so.
            default: chat.clone(),
            email: cut(&text, email::TEXT_MAX).into_owned(),
            https: chat,
            sms: cut(&format!("Trailhound, {sum}"), 140).into_owned(),
        }),
        attributes: BTreeMap::from([("severity", worst.to_owned()), ("transition", "digest".to_owned())]),
    }
}

fn entry(finding: &Finding, now: Second) -> String {
    let since = finding.last_episode().map(|episode| format!(" for {}", duration(now.since(episode.opened_at))));
    let resource = &finding.resource;
    let line =
        Line::say("- ").and_quote(story::name(resource)).and_say(" (").and_quote(&resource.account).and_say(", ");
    let line = line.and_quote(&resource.region).and_say("): ").and(Line::of_message(&finding.message));
    line.and_say(since.unwrap_or_default()).and_say(", ").and_quote(&finding.rule).plain(300)
}

/// Whole lines, as many as a chat takes. Never empty, which the schema forbids.
fn described(lines: &[String], sum: &str) -> String {
    let mut text = String::new();
    let mut room = DESCRIPTION_MAX;
    for (index, line) in lines.iter().enumerate() {
        let line = mrkdwn(line).replace(['`', '*', '_', '~'], "'");
        let Some(rest) = room.checked_sub(crate::line::units(&line) + 1) else {
            text.push_str(&format!("… {} more lines", lines.len() - index));
            break;
        };
        room = rest;
        text.push_str(&line);
        text.push('\n');
    }
    let text = text.trim();
    if text.is_empty() { sum.to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MESSAGE_MAX, fixture};

    fn bodies(publication: &Publication) -> serde_json::Value {
        serde_json::from_str(&publication.message).unwrap()
    }

    #[test]
    fn what_is_open_is_named_worst_first() {
        let critical = fixture::opened().finding;
        let mut low = critical.clone();
        (low.severity, low.message) = (Severity::Low, "not so bad".into());
        let publication = digest(&[low.clone(), critical.clone(), low], critical.episodes[0].opened_at.plus(90));
        assert_eq!(publication.subject, "Trailhound, open: 1 critical, 2 low");
        assert_eq!(publication.attributes["severity"], "critical");
        let bodies = bodies(&publication);
        let text = bodies["email"].as_str().unwrap();
        let (worst, rest) = text.split_once("LOW (2)").unwrap();
        assert!(worst.contains("CRITICAL (1)\n- sg-0a1b2c3d4e5f60718 (111122223333, eu-west-1): SSH"), "{text}");
        assert!(
            worst.contains(" for 1 min 30 s, ec2-security-group-ssh-closed") && rest.contains("not so bad"),
            "{text}"
        );
        assert!(serde_json::from_str::<Notification>(bodies["https"].as_str().unwrap()).is_ok());
    }

    #[test]
    fn nothing_open_is_said_too() {
        let publication = digest(&[], Second(0));
        assert_eq!(publication.subject, "Trailhound, nothing is open");
        assert!(bodies(&publication)["https"].as_str().unwrap().contains("\"description\":\"nothing is open\""));
    }

    #[test]
    fn many_findings_and_hostile_names_keep_the_limits() {
        for text in ["x", "`<!channel>*\u{202e}\r\n", "&&&&&&😀"] {
            let finding = fixture::hostile(&text.repeat(3_000)).finding;
            let publication = digest(&vec![finding; 400], Second(0));
            assert!(publication.message.len() < MESSAGE_MAX);
            let bodies = bodies(&publication);
            let chat: Notification = serde_json::from_str(bodies["https"].as_str().unwrap()).unwrap();
            assert!(crate::line::units(&chat.content.description) <= 8_000);
            assert!(!chat.content.description.contains("<!"));
            assert!(!publication.message.chars().any(trailhound_report::escape::is_unsafe));
            assert!(bodies["email"].as_str().unwrap().contains("… and 375 more"));
        }
    }
}

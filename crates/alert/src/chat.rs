//! The custom notification schema of AWS's chat service (Amazon Q Developer in chat applications, once AWS Chatbot),
//! version 1.0. It shows nothing else that is not an AWS service's own event.

use serde::{Deserialize, Serialize};

use crate::line::{cut, mrkdwn};
use crate::story::{Story, identifier};

/// The limits of the schema, in characters.
mod limit {
    pub(super) const TITLE: usize = 250;
    pub(super) const DESCRIPTION: usize = 8_000;
    pub(super) const STEP: usize = 350;
    pub(super) const STEPS: usize = 5;
    pub(super) const KEYWORD: usize = 75;
    pub(super) const THREAD: usize = 200;
    pub(super) const SUMMARY: usize = 250;
}

/// A notification. Also read again by the function that posts to Slack, for messages that others make in this schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// The schema's version, `1.0`.
    pub version: String,
    /// `custom`.
    pub source: String,
    /// The alert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What is shown.
    pub content: Content,
    /// How it is filed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
}

/// What a notification shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Content {
    /// `client-markdown`: as the chat program writes it.
    pub text_type: String,
    /// The first line.
    pub title: String,
    /// The text.
    pub description: String,
    /// What to do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub next_steps: Vec<String>,
    /// Words to find it by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
}

/// How a notification is filed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// Notifications with one thread's id are shown as one thread.
    pub thread_id: String,
    /// One line.
    pub summary: String,
}

/// The notification that tells a story.
#[must_use]
pub fn notification(story: &Story) -> Notification {
    let thread = identifier(&story.thread, limit::THREAD);
    let mut description = vec![story.headline.mrkdwn(1_500)];
    description.extend(story.facts.iter().map(|(label, line)| format!("*{label}*: {}", line.mrkdwn(400))));
    let rest = |total: usize, shown: usize| (total > shown).then(|| format!("… and {} more", total - shown));
    for lines in [&story.members, &story.evidence] {
        description.extend(lines.iter().take(8).map(|line| format!("• {}", line.mrkdwn(200))));
        description.extend(rest(lines.len(), 8));
    }
    if !story.changes.is_empty() {
        description.push(crate::slack::fenced(&story.changes, 1_500));
    }
    description.extend(story.link.as_ref().map(|link| format!("<{link}|Event in CloudTrail>")));
    let keywords = [story.severity.word(), story.happened, &story.rule];
    Notification {
        version: "1.0".to_owned(),
        source: "custom".to_owned(),
        id: Some(format!("{thread}-{}", story.number)),
        content: Content {
            text_type: "client-markdown".to_owned(),
            title: cut(&mrkdwn(&crate::slack::title(story)), limit::TITLE).into_owned(),
            description: cut(&description.join("\n"), limit::DESCRIPTION).into_owned(),
            next_steps: story
                .fix
                .iter()
                .take(limit::STEPS)
                .map(|fix| cut(&mrkdwn(fix), limit::STEP).into_owned())
                .collect(),
            keywords: keywords.iter().map(|word| cut(&mrkdwn(word), limit::KEYWORD).into_owned()).collect(),
        },
        metadata: Some(Metadata { thread_id: thread, summary: story.summary().mrkdwn(limit::SUMMARY) }),
    }
}

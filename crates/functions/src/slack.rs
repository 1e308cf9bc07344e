//! Posts alerts to a channel of Slack: none twice, not too many, and none lost without a word.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;
use trailhound_alert::chat::Notification;
use trailhound_alert::slack::{self, Message as Body};
use trailhound_alert::{Document, Story};
use trailhound_model::Severity;

use crate::batch::{Failed, LEAST, Message};
use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::secret::{Cached, Source};
use crate::telemetry::report;
use crate::webhook::Post;

/// Alerts per minute that are shown one by one, unless configured: Slack takes one message a second.
pub const BUDGET: u32 = 20;

/// How long the address of the webhook is kept.
pub const LIFETIME: Duration = Duration::from_secs(300);

/// How many posted messages are remembered, to know a repetition.
const REMEMBERED: usize = 2_000;

/// The longest id of a note that is remembered, in bytes.
const ID_MAX: usize = 200;

/// How often a post is tried while the other side is in trouble.
const TRIES: u32 = 4;

const DOING: &str = "posting to Slack";

/// What came from the topic.
#[derive(Clone, Debug, PartialEq)]
enum Incoming {
    /// An alert, with what tells it from all others.
    Alert { key: (String, u64), severity: Severity, post: Body },
    /// Something else that people are told through the topic. Only some has an id.
    Note { key: Option<(String, u64)>, post: Body },
}

/// A message as a topic wraps it for a queue, where delivery is not raw.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope {
    message: String,
    #[serde(default)]
    subject: Option<String>,
    #[expect(dead_code, reason = "tells an envelope from other JSON with a message")]
    topic_arn: String,
}

/// What an alarm of CloudWatch says.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Alarm {
    alarm_name: String,
    #[serde(default)]
    alarm_description: Option<String>,
    new_state_value: String,
    #[serde(default)]
    new_state_reason: String,
}

impl Incoming {
    fn parse(body: &str) -> Self {
        match serde_json::from_str::<Envelope>(body) {
            Ok(envelope) => Self::of_text(&envelope.message, envelope.subject.as_deref()),
            Err(_) => Self::of_text(body, None),
        }
    }

    fn of_text(text: &str, subject: Option<&str>) -> Self {
        if let Ok(document) = Document::parse(text) {
            let told = &document.told;
            let key = (told.thread.to_string(), told.alert.number);
            let (severity, story) = (told.finding.severity, Story::of(told));
            return Self::Alert { key, severity, post: slack::message(&story) };
        }
        if let Ok(notification) = serde_json::from_str::<Notification>(text)
            && notification.source == "custom"
        {
            let id = notification.id.filter(|id| !id.is_empty() && id.len() <= ID_MAX);
            let post = slack::note(&notification.content.title, &notification.content.description);
            // Alerts are numbered from 1.
            return Self::Note { key: id.map(|id| (id, 0)), post };
        }
        if let Ok(alarm) = serde_json::from_str::<Alarm>(text) {
            let description = alarm.alarm_description.unwrap_or_default();
            let body = format!("{description}\n{}", alarm.new_state_reason);
            let title = format!("{}: {}", alarm.new_state_value, alarm.alarm_name);
            return Self::Note { key: None, post: slack::note(&title, body.trim()) };
        }
        Self::Note { key: None, post: slack::note(subject.unwrap_or("A message from the topic"), text) }
    }

    /// The worst first, and what people wrote before alerts.
    const fn rank(&self) -> (bool, Severity) {
        match self {
            Self::Alert { severity, .. } => (false, *severity),
            Self::Note { .. } => (true, Severity::Critical),
        }
    }

    const fn post(&self) -> &Body {
        match self {
            Self::Alert { post, .. } | Self::Note { post, .. } => post,
        }
    }

    fn key(&self) -> Option<(String, u64)> {
        match self {
            Self::Alert { key, .. } => Some(key.clone()),
            Self::Note { key, .. } => key.clone(),
        }
    }
}

/// What a warm function remembers.
#[derive(Debug, Default)]
struct Memory {
    posted: HashSet<(String, u64)>,
    order: VecDeque<(String, u64)>,
    minute: Option<Instant>,
    used: u32,
}

impl Memory {
    fn remember(&mut self, key: (String, u64)) {
        if self.posted.insert(key.clone()) {
            self.order.push_back(key);
        }
        while self.order.len() > REMEMBERED {
            if let Some(oldest) = self.order.pop_front() {
                self.posted.remove(&oldest);
            }
        }
    }

    /// Takes one from the minute's budget, if there is one left.
    fn take(&mut self, budget: u32, now: Instant) -> bool {
        if self.minute.is_none_or(|minute| now.duration_since(minute) >= Duration::from_secs(60)) {
            (self.minute, self.used) = (Some(now), 0);
        }
        let left = self.used < budget;
        self.used += u32::from(left);
        left
    }
}

/// Posts to one channel.
#[derive(Debug)]
pub struct Poster<S, H> {
    address: Cached<S>,
    http: H,
    budget: u32,
    memory: Mutex<Memory>,
}

impl<S: Source, H: Post> Poster<S, H> {
    /// The channel's webhook has its address in a secret.
    pub fn new(address: S, http: H, budget: u32) -> Self {
        Self { address: Cached::new(address, LIFETIME), http, budget, memory: Mutex::default() }
    }

    /// Handles a batch: the worst first, each alert once, and one line for all that are over the minute's budget. Gives
    /// the messages that shall come again.
    pub async fn handle(&self, batch: Vec<Message>, left: impl Fn() -> Duration, metrics: &mut Metrics) -> Vec<Failed> {
        let mut incoming: Vec<_> =
            batch.into_iter().map(|message| (message.id, Incoming::parse(&message.body))).collect();
        incoming.sort_by_key(|(_, incoming)| std::cmp::Reverse(incoming.rank()));
        let mut memory = self.memory.lock().await;
        let mut failed = Vec::new();
        let mut over: Vec<(String, Incoming)> = Vec::new();
        let mut in_trouble = false;
        for (id, incoming) in incoming {
            let key = incoming.key();
            if key.as_ref().is_some_and(|key| memory.posted.contains(key)) {
                metrics.dropped("duplicate", 1);
            } else if in_trouble || left() < LEAST {
                metrics.count("Deferred", 1);
                failed.push(Failed::deferred(id));
            } else if !memory.take(self.budget, Instant::now()) {
                over.push((id, incoming));
            } else {
                match self.deliver(incoming.post(), &left).await {
                    Ok(()) => {
                        metrics.count("Posted", 1);
                        key.into_iter().for_each(|key| memory.remember(key));
                    }
                    Err(failure) => {
                        // A throttle or an outage is no message's fault: the others would only wait for it too.
                        in_trouble = failure.passes();
                        report("slack", "message not posted", &failure, metrics);
                        failed.push(Failed::by(id, &failure));
                    }
                }
            }
        }
        if !over.is_empty() {
            let number = over.len() as u64;
            let line = if in_trouble {
                Err(Failure::retryable(DOING, "it is in trouble"))
            } else {
                self.deliver(&slack::more(number), &left).await
            };
            match line {
                Ok(()) => {
                    metrics.dropped("over_budget", number);
                    over.iter().filter_map(|(_, incoming)| incoming.key()).for_each(|key| memory.remember(key));
                }
                Err(failure) => {
                    report("slack", "message not posted", &failure, metrics);
                    failed.extend(over.into_iter().map(|(id, _)| Failed::by(id, &failure)));
                }
            }
        }
        failed
    }

    /// Posts a message, as often as there is time and sense.
    async fn deliver(&self, post: &Body, left: impl Fn() -> Duration) -> Result<(), Failure> {
        let json = post.to_json();
        let mut address = self.address.get().await?;
        let mut renewed = false;
        let mut tries = 0;
        loop {
            let (wait, why) = match self.http.post(&address, json.clone()).await {
                Ok(answer) => match answer.status {
                    200..300 => return Ok(()),
                    429 => (answer.retry_after.unwrap_or(Duration::from_secs(1)), "too many messages".to_owned()),
                    status @ (403 | 404 | 410) => {
                        // The webhook was revoked; perhaps somebody has stored a new one.
                        let fresh = if renewed { None } else { self.address.renewed(&address).await? };
                        renewed = true;
                        address = fresh
                            .ok_or_else(|| Failure::permanent(DOING, format!("HTTP {status}: no such webhook")))?;
                        continue;
                    }
                    status @ (408 | 500..600) => {
                        tries += 1;
                        (backoff(tries), format!("HTTP {status}"))
                    }
                    status => return Err(Failure::permanent(DOING, format!("HTTP {status}"))),
                },
                Err(Failure::Retryable { why, .. }) => {
                    tries += 1;
                    (backoff(tries), why)
                }
                Err(failure) => return Err(failure),
            };
            if tries >= TRIES || left() < wait.saturating_add(LEAST) {
                return Err(Failure::retryable(DOING, why));
            }
            tokio::time::sleep(wait).await;
        }
    }
}

fn backoff(tries: u32) -> Duration {
    Duration::from_millis(250 << tries.min(4))
}

#[cfg(test)]
mod tests;

//! A batch of messages from a queue: what failed comes again, and does not hold up the rest.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use serde::Deserialize;

use crate::failure::Failure;

/// A message from a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id within the queue.
    pub id: String,
    /// Its text.
    pub body: String,
    /// How often it was handed over, this time included; 0 where that is not said.
    pub times: u32,
}

/// The attribute of a message that says how often it was handed over.
const TIMES: &str = "ApproximateReceiveCount";

fn times(text: Option<&String>) -> u32 {
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// The messages of an event.
#[must_use]
pub fn messages(event: SqsEvent) -> Vec<Message> {
    let message = |record: aws_lambda_events::sqs::SqsMessage| Message {
        id: record.message_id.unwrap_or_default(),
        body: record.body.unwrap_or_default(),
        times: times(record.attributes.get(TIMES)),
    };
    event.records.into_iter().map(message).collect()
}

/// Messages as a queue hands them over, many at a time, or as a topic does, one by one.
#[derive(Debug, Deserialize)]
pub struct Delivery {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Record {
    Topic {
        #[serde(rename = "Sns")]
        sns: Notification,
    },
    Queue {
        #[serde(rename = "messageId")]
        id: String,
        body: String,
        #[serde(default)]
        attributes: BTreeMap<String, String>,
    },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Notification {
    message_id: String,
    message: String,
}

impl Delivery {
    /// The messages.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        let message = |record: &Record| match record {
            Record::Topic { sns } => Message { id: sns.message_id.clone(), body: sns.message.clone(), times: 0 },
            Record::Queue { id, body, attributes } => {
                Message { id: id.clone(), body: body.clone(), times: times(attributes.get(TIMES)) }
            }
        };
        self.records.iter().map(message).collect()
    }

    /// The answer to Lambda. A topic's message comes again only if its invocation fails as a whole.
    ///
    /// # Errors
    /// When a topic's message failed.
    pub fn response(&self, failed: Vec<String>) -> Result<SqsBatchResponse, Undelivered> {
        let of_topic = self.records.iter().any(|record| matches!(record, Record::Topic { .. }));
        if of_topic && !failed.is_empty() { Err(Undelivered) } else { Ok(response(failed)) }
    }
}

/// A message that was not handled, and why not.
#[derive(Clone, Debug)]
pub struct Failed {
    /// The message's id.
    pub id: String,
    /// What was being done, and what it failed with.
    pub why: String,
    /// The message's text, if it is to be kept now: what it led to is stored but was not sent, and whoever is handed the
    /// message again finds nothing left to do.
    pub unsent: Option<String>,
}

impl Failed {
    /// By a failure.
    #[must_use]
    pub fn by(id: String, failure: &Failure) -> Self {
        Self { id, why: failure.to_string(), unsent: None }
    }

    /// Because what it led to could not be sent.
    #[must_use]
    pub fn unsent(id: String, body: String, failure: &Failure) -> Self {
        Self { unsent: Some(body), ..Self::by(id, failure) }
    }

    /// For want of time.
    #[must_use]
    pub fn deferred(id: String) -> Self {
        Self { id, why: "there was no time left".to_owned(), unsent: None }
    }
}

/// By its id alone: what tests compare.
#[cfg(test)]
impl PartialEq<&str> for Failed {
    fn eq(&self, id: &&str) -> bool {
        self.id == *id
    }
}

/// A message of a topic was not handled, and shall come again. The log says why.
#[derive(Debug, thiserror::Error)]
#[error("the message was not delivered")]
pub struct Undelivered;

/// The answer to Lambda: these messages shall come again.
#[must_use]
pub fn response(failed: Vec<String>) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    failed.into_iter().for_each(|id| response.add_failure(id));
    response
}

/// The least time in which a message can be handled. With less, it is left to the next invocation.
pub const LEAST: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_and_a_queue_hand_over_the_same() {
        let topic =
            r#"{"Records":[{"EventSource":"aws:sns","Sns":{"MessageId":"1","Message":"text","Subject":null}}]}"#;
        let queue = r#"{"Records":[{"messageId":"1","body":"text","attributes":{"ApproximateReceiveCount":"7"},
            "eventSource":"aws:sqs"}]}"#;
        for (json, whole) in [(topic, true), (queue, false)] {
            let delivery: Delivery = serde_json::from_str(json).unwrap();
            assert_eq!(
                delivery.messages(),
                [Message { id: "1".to_owned(), body: "text".to_owned(), times: u32::from(!whole) * 7 }]
            );
            assert!(delivery.response(Vec::new()).unwrap().batch_item_failures.is_empty());
            assert_eq!(delivery.response(vec!["1".to_owned()]).is_err(), whole);
        }
    }
}

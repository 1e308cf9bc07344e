//! A batch of messages from a queue: what failed comes again, and does not hold up the rest.

use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use serde::Deserialize;

/// A message from a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id within the queue.
    pub id: String,
    /// Its text.
    pub body: String,
}

/// The messages of an event.
#[must_use]
pub fn messages(event: SqsEvent) -> Vec<Message> {
    let message = |record: aws_lambda_events::sqs::SqsMessage| Message {
        id: record.message_id.unwrap_or_default(),
        body: record.body.unwrap_or_default(),
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
            Record::Topic { sns } => Message { id: sns.message_id.clone(), body: sns.message.clone() },
            Record::Queue { id, body } => Message { id: id.clone(), body: body.clone() },
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
        let queue = r#"{"Records":[{"messageId":"1","body":"text","eventSource":"aws:sqs"}]}"#;
        for (json, whole) in [(topic, true), (queue, false)] {
            let delivery: Delivery = serde_json::from_str(json).unwrap();
            assert_eq!(delivery.messages(), [Message { id: "1".to_owned(), body: "text".to_owned() }]);
            assert!(delivery.response(Vec::new()).unwrap().batch_item_failures.is_empty());
            assert_eq!(delivery.response(vec!["1".to_owned()]).is_err(), whole);
        }
    }
}

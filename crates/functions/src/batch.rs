//! A batch of messages from a queue: what failed comes again, and does not hold up the rest.

use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};

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

/// The answer to Lambda: these messages shall come again.
#[must_use]
pub fn response(failed: Vec<String>) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    failed.into_iter().for_each(|id| response.add_failure(id));
    response
}

/// The least time in which a message can be handled. With less, it is left to the next invocation.
pub const LEAST: Duration = Duration::from_secs(5);

//! Queues: what is put into them, in pieces that SQS takes.

use aws_sdk_sqs::types::SendMessageBatchRequestEntry;

use crate::failure::Failure;

/// The longest message that a queue takes, a little below what SQS says.
pub const BODY_MAX: usize = 1_000_000;

/// The most messages of one call.
const ENTRIES: usize = 10;

/// The most bytes of one call, a little below what SQS takes.
const BYTES: usize = 250_000;

/// A message on its way into a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Its text.
    pub body: String,
    /// For how many seconds the queue holds it back.
    pub delay: i32,
}

/// Takes messages for later.
pub trait Queue: Sync {
    /// Puts messages in. If it fails, some of them may be in: whoever takes them out expects repetition.
    fn put(&self, posts: Vec<Post>) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// A queue of SQS.
#[derive(Clone, Debug)]
pub struct Sqs {
    client: aws_sdk_sqs::Client,
    url: String,
}

impl Sqs {
    /// A queue by its URL.
    #[must_use]
    pub const fn new(client: aws_sdk_sqs::Client, url: String) -> Self {
        Self { client, url }
    }
}

impl Queue for Sqs {
    async fn put(&self, posts: Vec<Post>) -> Result<(), Failure> {
        const DOING: &str = "putting messages into a queue";
        for batch in batches(posts) {
            let mut call = self.client.send_message_batch().queue_url(&self.url);
            for (number, post) in batch.into_iter().enumerate() {
                let entry = SendMessageBatchRequestEntry::builder()
                    .id(number.to_string())
                    .message_body(post.body)
                    .delay_seconds(post.delay)
                    .build();
                call = call.entries(entry.map_err(|_| Failure::permanent(DOING, "the message could not be made"))?);
            }
            let answer = call.send().await.map_err(|error| Failure::of_call(DOING, &error))?;
            if let Some(refused) = answer.failed().first() {
                let why = format!("{} ({} of a batch)", refused.code(), answer.failed().len());
                let failure = if refused.sender_fault() { Failure::permanent } else { Failure::retryable };
                return Err(failure(DOING, why));
            }
        }
        Ok(())
    }
}

/// Messages in groups that fit into one call each.
fn batches(posts: Vec<Post>) -> Vec<Vec<Post>> {
    let mut batches: Vec<Vec<Post>> = Vec::new();
    let mut bytes = 0;
    for post in posts {
        let size = post.body.len();
        match batches.last_mut().filter(|batch| batch.len() < ENTRIES && bytes + size <= BYTES) {
            Some(batch) => {
                bytes += size;
                batch.push(post);
            }
            None => {
                bytes = size;
                batches.push(vec![post]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_small_enough_and_hold_everything_in_order() {
        let post = |size: usize| Post { body: "x".repeat(size), delay: 0 };
        for (sizes, expected) in [
            (vec![], vec![]),
            (vec![1; 23], vec![10, 10, 3]),
            (vec![200_000, 40_000, 20_000, 900_000, 1], vec![2, 1, 1, 1]),
        ] {
            let posts: Vec<Post> = sizes.iter().map(|size| post(*size)).collect();
            let batches = batches(posts.clone());
            assert_eq!(batches.iter().map(Vec::len).collect::<Vec<_>>(), expected, "{sizes:?}");
            assert_eq!(batches.concat(), posts);
        }
    }
}

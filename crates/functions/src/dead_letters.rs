//! What a function gives up, kept with its reason.
//!
//! A queue moves a message that failed too often to its dead-letter queue by itself, but cannot say why it failed. So that
//! whoever finds it there learns the reason, the function puts it there when it is handed over for the last time.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_sqs::types::MessageAttributeValue;

use crate::batch::{Failed, Message};
use crate::environment::{Environment, Misconfigured, name};
use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::telemetry::report;

/// The longest reason that is kept, in characters.
const REASON_MAX: usize = 1_000;

/// A queue's dead-letter queue.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    function: &'static str,
    client: aws_sdk_sqs::Client,
    url: String,
    attempts: u32,
}

impl DeadLetters {
    /// The one that a function's environment names.
    ///
    /// # Errors
    /// When it names none, or does not say how often a message is handed over.
    pub fn of(function: &'static str, environment: &Environment, config: &SdkConfig) -> Result<Self, Misconfigured> {
        let url = environment.need(name::DEAD_LETTERS_URL)?.to_owned();
        let attempts = environment.number(name::ATTEMPTS)?.ok_or(Misconfigured::Missing(name::ATTEMPTS))?;
        Ok(Self { function, client: aws_sdk_sqs::Client::new(config), url, attempts })
    }

    /// Those of a batch that are handed over for the last time, as [`DeadLetters::keep`] takes them.
    #[must_use]
    pub fn last(&self, batch: &[Message]) -> BTreeMap<String, String> {
        let last = batch.iter().filter(|message| message.times >= self.attempts);
        last.map(|message| (message.id.clone(), message.body.clone())).collect()
    }

    /// Keeps what failed for the last time, and what must not wait for that. Gives the ids of the messages that shall come
    /// again: the others, and those that could not be kept, which the queue moves by itself.
    pub async fn keep(
        &self,
        failed: Vec<Failed>,
        last: BTreeMap<String, String>,
        metrics: &mut Metrics,
    ) -> Vec<String> {
        let mut again = Vec::new();
        for Failed { id, why, unsent } in failed {
            let kept = match unsent.as_ref().or_else(|| last.get(&id)) {
                Some(body) => self.keep_one(body, &why, metrics).await,
                None => false,
            };
            if !kept {
                again.push(id);
            }
        }
        again
    }

    /// Keeps one message with the reason why it failed. Says whether it is kept; if not, why is logged and counted.
    pub async fn keep_one(&self, body: &str, why: &str, metrics: &mut Metrics) -> bool {
        let kept = self.put(body, why).await;
        match &kept {
            Ok(()) => metrics.count("GivenUp", 1),
            Err(failure) => report(self.function, "dead letter not kept with its reason", failure, metrics),
        }
        kept.is_ok()
    }

    async fn put(&self, body: &str, why: &str) -> Result<(), Failure> {
        const DOING: &str = "keeping a dead letter";
        let reason: String = why.chars().take(REASON_MAX).collect();
        let mut call = self.client.send_message().queue_url(&self.url).message_body(body);
        for (name, text) in [("function", self.function), ("reason", &reason)] {
            let value = MessageAttributeValue::builder().data_type("String").string_value(text).build();
            call = call.message_attributes(name, value.map_err(|_| Failure::permanent(DOING, "attribute"))?);
        }
        call.send().await.map(drop).map_err(|error| Failure::of_call(DOING, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str, times: u32) -> Message {
        Message { id: id.to_owned(), body: format!("text of {id}"), times }
    }

    #[tokio::test]
    async fn only_the_last_time_is_the_last_and_what_cannot_be_kept_comes_again() {
        let config = SdkConfig::builder().behavior_version(aws_config::BehaviorVersion::latest()).build();
        let environment = Environment::of([(name::DEAD_LETTERS_URL, "http://127.0.0.1:9/q"), (name::ATTEMPTS, "5")]);
        let letters = DeadLetters::of("notifier", &environment, &config).unwrap();
        let last = letters.last(&[message("a", 4), message("b", 5), message("c", 6), message("d", 0)]);
        assert_eq!(last.keys().collect::<Vec<_>>(), ["b", "c"]);
        assert_eq!(last["b"], "text of b");
        let failure = Failure::permanent("publishing", "AccessDenied");
        let failed = ["a", "b"].map(|id| Failed::by(id.to_owned(), &failure));
        let mut metrics = Metrics::new("notifier");
        // There is no region, so that no call can be made.
        assert_eq!(letters.keep(failed.into(), last, &mut metrics).await, ["a", "b"]);
        assert_eq!((metrics.counted("GivenUp"), metrics.counted("Failed") + metrics.counted("Refused")), (0, 1));
    }

    #[test]
    fn without_a_number_of_attempts_it_does_not_start() {
        let config = SdkConfig::builder().build();
        let environment = Environment::of([(name::DEAD_LETTERS_URL, "http://127.0.0.1:9/q")]);
        let error = DeadLetters::of("slack", &environment, &config).unwrap_err();
        assert_eq!(error, Misconfigured::Missing(name::ATTEMPTS));
    }
}

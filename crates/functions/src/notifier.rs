//! The notifier: takes alerts from the queue and publishes them, each at least once and in the order told.

use std::time::Duration;

use trailhound_alert::Publication;
use trailhound_engine::Told;
use trailhound_engine::port::{Claim, Outbox};

use crate::batch::{Failed, LEAST, Message};
use crate::clock;
use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::telemetry::report;

/// How often it is tried to note that an alert was published: without the note it would be published again.
const NOTES: usize = 3;

/// Where alerts are published.
pub trait Publisher: Sync {
    /// Publishes once, without repeating.
    fn publish(&self, publication: &Publication) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Publishes to a topic of SNS.
#[derive(Clone, Debug)]
pub struct Topic {
    client: aws_sdk_sns::Client,
    arn: String,
}

impl Topic {
    /// A topic by its ARN. The client shall not repeat by itself.
    #[must_use]
    pub const fn new(client: aws_sdk_sns::Client, arn: String) -> Self {
        Self { client, arn }
    }
}

impl Publisher for Topic {
    async fn publish(&self, publication: &Publication) -> Result<(), Failure> {
        const DOING: &str = "publishing an alert";
        let mut request = self
            .client
            .publish()
            .topic_arn(&self.arn)
            .subject(&publication.subject)
            .message(&publication.message)
            .message_structure("json");
        for (name, value) in &publication.attributes {
            let attribute =
                aws_sdk_sns::types::MessageAttributeValue::builder().data_type("String").string_value(value).build();
            request = request.message_attributes(*name, attribute.map_err(|_| Failure::permanent(DOING, "attribute"))?);
        }
        request.send().await.map(|_| ()).map_err(|error| Failure::of_call(DOING, &error))
    }
}

/// Publishes alerts.
#[derive(Debug)]
pub struct Notifier<O, P> {
    outbox: O,
    publisher: P,
}

impl<O: Outbox, P: Publisher> Notifier<O, P> {
    /// What is pending stands in the outbox.
    pub const fn new(outbox: O, publisher: P) -> Self {
        Self { outbox, publisher }
    }

    /// Handles a batch. Gives the messages that shall come again; what cannot be read comes until the queue gives it up.
    pub async fn handle(&self, batch: Vec<Message>, left: impl Fn() -> Duration, metrics: &mut Metrics) -> Vec<Failed> {
        let mut failed = Vec::new();
        let mut alerts = Vec::new();
        for message in batch {
            match parse(&message.body) {
                Ok(told) => alerts.push((message.id, told)),
                Err(failure) => {
                    report("notifier", "message not read", &failure, metrics);
                    failed.push(Failed::by(message.id, &failure));
                }
            }
        }
        // Two alerts of one finding in one batch: the older first, else it would be superseded.
        alerts.sort_by_key(|(_, told)| told.alert.number);
        for (id, told) in alerts {
            if left() < LEAST {
                metrics.count("Deferred", 1);
                failed.push(Failed::deferred(id));
            } else if let Err(failure) = self.notify(told.clone(), metrics).await {
                report_of(&told, &failure, metrics);
                failed.push(Failed::by(id, &failure));
            }
        }
        failed
    }

    async fn notify(&self, mut told: Told, metrics: &mut Metrics) -> Result<(), Failure> {
        const CLAIMING: &str = "claiming an alert";
        let mut send = Vec::new();
        let mut superseded = 0;
        for (key, number) in told.tells() {
            match self.outbox.claim(&key, number).await.map_err(|error| Failure::of_store(CLAIMING, &error))? {
                Claim::Send => send.push((key, number)),
                Claim::Superseded => superseded += 1,
                Claim::AlreadyPublished => metrics.dropped("already_published", 1),
            }
        }
        if superseded > 0 {
            metrics.dropped("superseded", superseded);
        }
        if send.is_empty() {
            return Ok(());
        }
        told.also
            .retain(|also| send.iter().any(|(key, number)| (&key.resource, number) == (&also.resource, &also.number)));
        self.publisher.publish(&Publication::of(&told)).await?;
        metrics.count("Published", 1);
        metrics.count("Told", send.len() as u64);
        metrics.took("ToldToPublished", milliseconds(clock::now().since(told.told_at)));
        metrics.took("EventToPublished", milliseconds(clock::now().since(told.alert.time)));
        for (key, number) in &send {
            let mut noted = self.outbox.published(key, *number).await;
            for _ in 1..NOTES {
                if noted.is_ok() {
                    break;
                }
                noted = self.outbox.published(key, *number).await;
            }
            noted.map_err(|error| Failure::of_store("noting that an alert was published", &error))?;
        }
        Ok(())
    }
}

fn milliseconds(seconds: i64) -> u64 {
    u64::try_from(seconds).unwrap_or_default().saturating_mul(1_000)
}

fn parse(body: &str) -> Result<Told, Failure> {
    const DOING: &str = "reading an alert";
    let told: Told = serde_json::from_str(body).map_err(|error| {
        // Without the message's text, which may quote the input.
        Failure::permanent(DOING, format!("not an alert, line {} column {}", error.line(), error.column()))
    })?;
    match told.version {
        Told::VERSION => Ok(told),
        other => Err(Failure::permanent(DOING, format!("version {other} is not known"))),
    }
}

/// Notes that an alert was not published, and which.
fn report_of(told: &Told, failure: &Failure, metrics: &mut Metrics) {
    metrics.count(if failure.passes() { "Failed" } else { "Refused" }, 1);
    let (error, error_code) = (failure.to_string(), failure.code());
    tracing::error!(function = "notifier", rule = %told.finding.rule, number = told.alert.number, error_code, error, "alert not published");
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Mutex;

    use trailhound_engine::port::StoreError;
    use trailhound_engine::{Also, FindingKey, Work};
    use trailhound_model::Second;
    use trailhound_store::Memory;

    use super::*;
    use crate::fixture;

    /// Remembers what it published, and fails as scripted.
    #[derive(Default)]
    struct Paper {
        published: Mutex<Vec<Publication>>,
        faults: Mutex<VecDeque<Option<Failure>>>,
    }

    impl Publisher for &Paper {
        async fn publish(&self, publication: &Publication) -> Result<(), Failure> {
            match self.faults.lock().unwrap().pop_front().flatten() {
                Some(failure) => Err(failure),
                None => {
                    self.published.lock().unwrap().push(publication.clone());
                    Ok(())
                }
            }
        }
    }

    fn message(id: &str, told: &Told) -> Message {
        Message { id: id.to_owned(), body: serde_json::to_string(told).unwrap(), times: 1 }
    }

    fn key(told: &Told) -> FindingKey {
        told.tells().next().unwrap().0
    }

    async fn handle(store: &Memory, paper: &Paper, batch: Vec<Message>) -> (Vec<Failed>, Metrics) {
        let mut metrics = Metrics::new("notifier");
        let notifier = Notifier::new(Borrowed(store), paper);
        let failed = notifier.handle(batch, || Duration::from_secs(60), &mut metrics).await;
        (failed, metrics)
    }

    /// A store that several notifiers share.
    struct Borrowed<'a>(&'a Memory);

    impl Outbox for Borrowed<'_> {
        async fn pending(&self, before: Second, limit: usize) -> Result<Vec<Told>, StoreError> {
            self.0.pending(before, limit).await
        }

        async fn claim(&self, finding: &FindingKey, number: u64) -> Result<Claim, StoreError> {
            self.0.claim(finding, number).await
        }

        async fn published(&self, finding: &FindingKey, number: u64) -> Result<(), StoreError> {
            self.0.published(finding, number).await
        }

        async fn overdue(&self, before: Second, limit: usize) -> Result<Vec<Work>, StoreError> {
            self.0.overdue(before, limit).await
        }

        async fn forget(&self, work: &Work) -> Result<(), StoreError> {
            self.0.forget(work).await
        }
    }

    #[tokio::test]
    async fn a_batch_is_published_in_the_order_told_and_a_repetition_is_not() {
        let (store, paper) = (Memory::default(), Paper::default());
        let (first, second) = (fixture::told("sg-1", 1), fixture::told("sg-1", 2));
        let (failed, metrics) = handle(&store, &paper, vec![message("b", &second), message("a", &first)]).await;
        assert!(failed.is_empty());
        assert_eq!(metrics.counted("Published"), 2);
        let numbers: Vec<bool> =
            paper.published.lock().unwrap().iter().map(|p| p.message.contains("Alert 1 of this finding")).collect();
        assert_eq!(numbers, [true, false]);
        let (failed, metrics) = handle(&store, &paper, vec![message("b", &second), message("a", &first)]).await;
        assert!(failed.is_empty());
        assert_eq!(metrics.counted("Published"), 0);
        assert_eq!((metrics.dropped_for("already_published"), metrics.dropped_for("superseded")), (1, 1));
    }

    #[tokio::test]
    async fn a_failed_publication_is_neither_noted_nor_lost() {
        let (store, paper) = (Memory::default(), Paper::default());
        paper.faults.lock().unwrap().push_back(Some(Failure::retryable("publishing an alert", "Throttled (HTTP 400)")));
        let told = fixture::told("sg-1", 1);
        let (failed, metrics) =
            handle(&store, &paper, vec![message("a", &told), message("b", &fixture::told("sg-2", 1))]).await;
        assert_eq!(failed, ["a"], "the other is published");
        assert_eq!((metrics.counted("Failed"), metrics.counted("Published")), (1, 1));
        assert_eq!(store.claim(&key(&told), 1).await.unwrap(), Claim::Send);
        let (failed, _) = handle(&store, &paper, vec![message("a", &told)]).await;
        assert!(failed.is_empty());
        assert_eq!(store.claim(&key(&told), 1).await.unwrap(), Claim::AlreadyPublished);
    }

    #[tokio::test]
    async fn what_cannot_be_read_does_not_hold_up_the_rest() {
        let (store, paper) = (Memory::default(), Paper::default());
        let mut newer = fixture::told("sg-1", 1);
        newer.version = 2;
        let batch = vec![
            Message { id: "x".to_owned(), body: "{\"secret\": ".to_owned(), times: 1 },
            message("y", &newer),
            message("a", &fixture::told("sg-2", 1)),
        ];
        let (failed, metrics) = handle(&store, &paper, batch).await;
        assert_eq!(failed, ["x", "y"]);
        assert_eq!((metrics.counted("Refused"), metrics.counted("Published")), (2, 1));
    }

    #[tokio::test]
    async fn a_message_about_many_is_sent_once_for_those_it_is_news_to() {
        let (store, paper) = (Memory::default(), Paper::default());
        let mut told = fixture::told("sg-1", 1);
        let other = |id: &str| fixture::told(id, 1).finding.resource;
        told.also = vec![Also { resource: other("sg-2"), number: 1 }, Also { resource: other("sg-3"), number: 1 }];
        store.published(&key(&fixture::told("sg-2", 1)), 4).await.unwrap();
        let (failed, metrics) = handle(&store, &paper, vec![message("a", &told)]).await;
        assert!(failed.is_empty());
        assert_eq!((metrics.counted("Published"), metrics.counted("Told")), (1, 2));
        assert_eq!(metrics.dropped_for("superseded"), 1);
        assert!(paper.published.lock().unwrap()[0].subject.ends_with("2 resources"));
        assert_eq!(store.claim(&key(&fixture::told("sg-3", 1)), 1).await.unwrap(), Claim::AlreadyPublished);
    }

    #[tokio::test]
    async fn without_time_everything_comes_again() {
        let (store, paper) = (Memory::default(), Paper::default());
        let notifier = Notifier::new(Borrowed(&store), &paper);
        let mut metrics = Metrics::new("notifier");
        let batch = vec![message("a", &fixture::told("sg-1", 1))];
        assert_eq!(notifier.handle(batch, || Duration::from_secs(1), &mut metrics).await, ["a"]);
        assert_eq!(metrics.counted("Deferred"), 1);
        assert!(paper.published.lock().unwrap().is_empty());
    }
}

//! What owners accept, as the table holds it: read when a function starts, and again every minute that it works.

use std::sync::{Arc, Mutex, PoisonError};

use trailhound_engine::port::Accepted;
use trailhound_model::Second;
use trailhound_rules::Exceptions;

use crate::failure::Failure;
use crate::metrics::Metrics;

/// For how many seconds what was read is believed.
const FRESH: i64 = 60;

/// The exceptions that were read last.
#[derive(Debug, Default)]
pub struct Known(Mutex<(Option<Second>, Arc<Exceptions>)>);

impl Known {
    /// The exceptions as of now. What cannot be read or understood leaves those that were read before, at first none: then
    /// more is told than need be, not less. It is counted and said.
    pub async fn now(&self, store: &impl Accepted, now: Second, metrics: &mut Metrics) -> Arc<Exceptions> {
        let (at, known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if at.is_some_and(|at| now.since(at) < FRESH) {
            return known;
        }
        let read = match store.exceptions().await {
            Ok(text) => match Exceptions::from_toml(&text.unwrap_or_default()) {
                Ok(exceptions) => Arc::new(exceptions),
                Err(faults) => {
                    metrics.count("ExceptionsUnread", 1);
                    let error = format!("line {}", faults.first().map_or(0, |fault| fault.line));
                    tracing::warn!(function = metrics.function(), error, "exceptions not understood");
                    known
                }
            },
            Err(error) => {
                metrics.count("ExceptionsUnread", 1);
                let error = Failure::of_store("reading the exceptions", &error);
                tracing::warn!(function = metrics.function(), error = %error, "exceptions not read");
                known
            }
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (Some(now), Arc::clone(&read));
        read
    }
}

#[cfg(test)]
mod tests {
    use trailhound_store::Memory;

    use super::*;

    const TEXT: &str = "[[exception]]\nrule = \"s3-bucket-versioning\"\nresource = \"b\"\nowner = \"o\"\nreason = \"r\"\n\
                        expires = 2027-01-31\n";

    #[tokio::test]
    async fn exceptions_are_read_again_and_kept_when_they_cannot_be() {
        let (store, known, mut metrics) = (Memory::new(), Known::default(), Metrics::new("evaluator"));
        for (at, text, count, unread) in [
            (0, None, 0, 0),
            (30, Some(TEXT), 0, 0),
            (60, Some(TEXT), 1, 0),
            (120, Some("[[exception]]\nrule = \"no-such-rule\""), 1, 1),
            (180, None, 0, 1),
        ] {
            store.keep_exceptions(text).await.unwrap();
            let exceptions = known.now(&store, Second(at), &mut metrics).await;
            assert_eq!((exceptions.all().len(), metrics.counted("ExceptionsUnread")), (count, unread), "at {at}");
        }
    }
}

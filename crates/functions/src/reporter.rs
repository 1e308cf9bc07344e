//! The reporter: on a schedule, tells of all that is open, so that what is not told at once is not forgotten.

use trailhound_alert::digest;
use trailhound_engine::port::{FindingQuery, Store};
use trailhound_model::{Second, Status};

use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::notifier::Publisher;

/// Tells of all that is open in this store, as of now. Findings that another one covers are not told, as in alerts.
///
/// # Errors
/// When the store does not answer or the message is not taken.
pub async fn report(
    store: &impl Store,
    publisher: &impl Publisher,
    now: Second,
    metrics: &mut Metrics,
) -> Result<(), Failure> {
    let query = FindingQuery { status: vec![Status::Open], ..FindingQuery::default() };
    let open = store.findings(&query).await;
    let mut open = open.map_err(|error| Failure::of_store("listing what is open", &error))?;
    open.retain(|finding| finding.covered_by.is_empty());
    metrics.count("Open", open.len() as u64);
    publisher.publish(&digest(&open, now)).await
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use trailhound_alert::Publication;
    use trailhound_store::Memory;

    use super::*;

    struct Paper(Mutex<Vec<String>>);

    impl Publisher for Paper {
        async fn publish(&self, publication: &Publication) -> Result<(), Failure> {
            self.0.lock().unwrap().push(publication.subject.clone());
            Ok(())
        }
    }

    #[tokio::test]
    async fn an_empty_table_is_told_of_too() {
        let (store, paper) = (Memory::default(), Paper(Mutex::default()));
        let mut metrics = Metrics::new("reporter");
        report(&store, &paper, Second(0), &mut metrics).await.unwrap();
        assert_eq!(*paper.0.lock().unwrap(), ["Trailhound, nothing is open"]);
        assert_eq!(metrics.counted("Open"), 0);
    }
}

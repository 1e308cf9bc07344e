//! The reporter: on a schedule, tells of all that is open, so that what is not told at once is not forgotten.

use trailhound_alert::digest;
use trailhound_engine::except::{except, is_concerned};
use trailhound_engine::port::{Accepted, FindingQuery, Store};
use trailhound_model::{Second, Status};

use crate::accepted::Known;
use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::notifier::Publisher;

/// Tells of all that is open in this store, as of now. Findings that another one covers are not told, as in alerts, nor are
/// those that their owners accept; these are counted.
///
/// # Errors
/// When the store does not answer or the message is not taken.
pub async fn report(
    store: &(impl Store + Accepted),
    publisher: &impl Publisher,
    now: Second,
    metrics: &mut Metrics,
) -> Result<(), Failure> {
    let query = FindingQuery { status: vec![Status::Open], ..FindingQuery::default() };
    let open = store.findings(&query).await;
    let mut open = open.map_err(|error| Failure::of_store("listing what is open", &error))?;
    open.retain(|finding| finding.covered_by.is_empty());
    let exceptions = Known::default().now(store, now, metrics).await;
    for finding in open.iter_mut().filter(|finding| is_concerned(finding, &exceptions)) {
        let records = store.load(std::slice::from_ref(&finding.resource)).await;
        let records = records.map_err(|error| Failure::of_store("loading what may be accepted", &error))?;
        if let Some(record) = records.first() {
            except(finding, &record.ledger, &exceptions, now);
        }
    }
    let all = open.len();
    open.retain(|finding| finding.accepted().is_none());
    metrics.count("Accepted", (all - open.len()) as u64);
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

//! The sweeper: what is pending goes out again, and what no event told is seen within a day.

use std::collections::BTreeSet;

use serde::Deserialize;
use trailhound_engine::Work;
use trailhound_engine::port::{Outbox, Store, StoreError};
use trailhound_model::{Kind, ResourceId, Second, kinds};

use crate::clock;
use crate::dispatch::Dispatch;
use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::queue::Queue;

/// After how many seconds what is committed and not done counts as lost.
const LOST: i64 = 600;

/// How much that was lost is sent again at once.
const AGAIN: usize = 200;

/// The seconds between two pieces of work, so that reads are spread.
const APART: i64 = 7;

/// What the schedule orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "sweep", rename_all = "snake_case", deny_unknown_fields)]
pub enum Order {
    /// Send again what was committed and not sent.
    Pending,
    /// Have everything read and judged that is known.
    Resources,
}

/// Sweeps.
pub struct Sweeper<S, W, A> {
    store: S,
    dispatch: Dispatch<W, A>,
}

impl<S: Store + Outbox, W: Queue, A: Queue> Sweeper<S, W, A> {
    /// With the store, and the queues for work and for alerts.
    pub const fn new(store: S, dispatch: Dispatch<W, A>) -> Self {
        Self { store, dispatch }
    }

    /// Does what is ordered.
    ///
    /// # Errors
    /// When the store does not answer, or a queue takes nothing: the schedule repeats it.
    pub async fn handle(&self, order: Order, metrics: &mut Metrics) -> Result<(), Failure> {
        match order {
            Order::Pending => self.pending(clock::now(), metrics).await,
            Order::Resources => self.resources(clock::now(), metrics).await,
        }
    }

    async fn pending(&self, now: Second, metrics: &mut Metrics) -> Result<(), Failure> {
        let failed = |error: StoreError| Failure::of_store("looking for what was not sent", &error);
        let before = now.plus(-LOST);
        let pending = self.store.pending(before, AGAIN).await.map_err(failed)?;
        let overdue = self.store.overdue(before, AGAIN).await.map_err(failed)?;
        metrics.count("PendingAlerts", pending.len() as u64);
        metrics.count("OverdueWork", overdue.len() as u64);
        self.dispatch.send(overdue.clone(), pending, metrics).await?;
        // The others are struck out by the commit that follows them; a fan-out leaves no trace on its lender.
        for fan_out in overdue.iter().filter(|work| matches!(work, Work::FanOut { .. })) {
            self.store.forget(fan_out).await.map_err(failed)?;
        }
        Ok(())
    }

    async fn resources(&self, now: Second, metrics: &mut Metrics) -> Result<(), Failure> {
        let all: Vec<Kind> = kinds::ALL.iter().map(|def| Kind::of(def)).collect();
        let stored = self.store.of_kinds(&all, None).await;
        let stored = stored.map_err(|error| Failure::of_store("listing resources", &error))?;
        metrics.count("Resources", stored.len() as u64);
        self.dispatch.send(sweeps(&stored, now), Vec::new(), metrics).await
    }
}

/// A piece of work for every kind and account that is stored, spread over what a queue can hold back.
fn sweeps(stored: &[ResourceId], now: Second) -> Vec<Work> {
    let groups: BTreeSet<_> = stored.iter().map(|id| (id.kind, id.account.clone())).collect();
    let mut wait = 0;
    let sweep = |(kind, account)| {
        wait = (wait + APART) % Work::MAX_DELAY;
        Work::Sweep { kind, account, due: now.plus(wait), after: None }
    };
    groups.into_iter().map(sweep).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use trailhound_engine::port::{Commit, Revision};
    use trailhound_engine::{ResourceView, Told};
    use trailhound_model::{Ledger, Life};
    use trailhound_store::Memory;

    use super::*;
    use crate::fixture;
    use crate::queue::Post;

    /// Keeps what is put in, or refuses it.
    #[derive(Default)]
    struct Basket {
        posts: Mutex<Vec<Post>>,
        closed: bool,
    }

    impl Queue for &Basket {
        async fn put(&self, posts: Vec<Post>) -> Result<(), Failure> {
            if self.closed {
                return Err(Failure::retryable("putting", "closed"));
            }
            self.posts.lock().unwrap().extend(posts);
            Ok(())
        }
    }

    /// When what a store holds was due.
    const DUE: Second = Second(1_000);

    /// A store with an alert and two pieces of work of long ago.
    async fn store(told: &Told) -> Memory {
        let resource = told.finding.resource.clone();
        let settle =
            Work::Settle { resource: resource.clone(), due: DUE, since: Second(970), attempt: 0, confirms: false };
        let fan_out = Work::FanOut { lender: resource, version: 1, cause: None, due: DUE, again: false, after: None };
        store_with(told, vec![settle, fan_out]).await
    }

    async fn store_with(told: &Told, outbox: Vec<Work>) -> Memory {
        let store = Memory::default();
        let resource = told.finding.resource.clone();
        let revision = Revision {
            view: ResourceView::of(&resource, &Life::unseen(resource.kind)),
            resource,
            expected: 0,
            ledger: Ledger::default(),
            findings: Vec::new(),
            announced: Vec::new(),
            seen: Vec::new(),
            outbox,
        };
        let commit = Commit { resources: vec![revision], alerts: vec![told.clone()], ..Commit::default() };
        store.commit(commit).await.unwrap();
        store
    }

    #[tokio::test]
    async fn what_was_lost_goes_out_again_and_stays_pending_until_it_does() {
        let told = fixture::told("sg-1", 1);
        for closed in [true, false] {
            let (work, alerts) = (Basket::default(), Basket { closed, ..Basket::default() });
            let dispatch = Dispatch { function: "sweeper", work: &work, alerts: &alerts };
            let sweeper = Sweeper::new(store(&told).await, dispatch);
            let mut metrics = Metrics::new("sweeper");
            assert_eq!(sweeper.handle(Order::Pending, &mut metrics).await.is_err(), closed);
            assert_eq!((metrics.counted("PendingAlerts"), metrics.counted("OverdueWork")), (1, 2));
            assert_eq!(alerts.posts.lock().unwrap().len(), usize::from(!closed));
            let left = sweeper.store.overdue(clock::now(), 9).await.unwrap();
            assert_eq!(left.len(), if closed { 2 } else { 1 }, "a fan-out that is on its way is struck out");
        }
    }

    /// The work does nothing where the record does not wait for it any more.
    #[tokio::test]
    async fn what_waits_to_be_told_together_still_waits_when_it_is_sent_again() {
        let told = fixture::told("sg-1", 1);
        let first = Work::FirstSight { resource: told.finding.resource.clone(), due: DUE };
        let (work, alerts) = (Basket::default(), Basket::default());
        let dispatch = Dispatch { function: "sweeper", work: &work, alerts: &alerts };
        let sweeper = Sweeper::new(store_with(&told, vec![first.clone()]).await, dispatch);
        sweeper.handle(Order::Pending, &mut Metrics::new("sweeper")).await.unwrap();
        assert_eq!(work.posts.lock().unwrap().len(), 1);
        assert_eq!(sweeper.store.overdue(clock::now(), 9).await.unwrap(), [first]);
    }

    #[tokio::test]
    async fn everything_that_is_stored_is_read_by_kind_and_account() {
        let (work, alerts) = (Basket::default(), Basket::default());
        let dispatch = Dispatch { function: "sweeper", work: &work, alerts: &alerts };
        let sweeper = Sweeper::new(store(&fixture::told("sg-1", 1)).await, dispatch);
        let mut metrics = Metrics::new("sweeper");
        let order: Order = serde_json::from_str(r#"{"sweep": "resources"}"#).unwrap();
        sweeper.handle(order, &mut metrics).await.unwrap();
        let posts = work.posts.lock().unwrap();
        assert_eq!((posts.len(), metrics.counted("Resources")), (1, 1));
        assert!(posts[0].body.contains(r#""work":"sweep","kind":"AWS::EC2::SecurityGroup""#), "{}", posts[0].body);
    }
}

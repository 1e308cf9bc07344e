//! How fast a service is asked. AWS counts calls per account and region, and others in the account need their share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

use super::call::Service;

/// The limits of all services.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    lanes: Mutex<HashMap<Way, Arc<Lane>>>,
}

/// A service, an account and a region: what has a quota of its own.
type Way = (&'static str, String, String);

/// The calls to one service in one account and region.
#[derive(Debug)]
struct Lane {
    at_once: Arc<Semaphore>,
    /// When the next call may start if calls came evenly.
    next: Mutex<Instant>,
}

/// The right to make a call, until dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _permit: OwnedSemaphorePermit,
}

impl Limits {
    /// Waits for a turn. `None` if it would take longer than `patience`.
    pub(crate) async fn turn(
        &self,
        service: &Service,
        account: &str,
        region: &str,
        patience: Duration,
    ) -> Option<Turn> {
        let lane = self.lane(service, account, region);
        let permit = tokio::time::timeout(patience, Arc::clone(&lane.at_once).acquire_owned()).await.ok()?.ok()?;
        sleep_until(lane.start(service.rate, patience)?).await;
        Some(Turn { _permit: permit })
    }

    fn lane(&self, service: &Service, account: &str, region: &str) -> Arc<Lane> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let lane = lanes.entry((service.name, account.to_owned(), region.to_owned())).or_insert_with(|| {
            Arc::new(Lane { at_once: Arc::new(Semaphore::new(service.at_once)), next: Mutex::new(Instant::now()) })
        });
        Arc::clone(lane)
    }
}

impl Lane {
    /// When a call may start. A second's worth of calls may start at once; after that they are evenly spaced.
    fn start(&self, rate: f64, patience: Duration) -> Option<Instant> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let even = (*next).max(now);
        let start = even.checked_sub(Duration::from_secs(1)).map_or(even, |early| early.max(now));
        if start > now + patience {
            return None;
        }
        *next = even + Duration::from_secs_f64(1.0 / rate);
        Some(start)
    }
}

#[cfg(test)]
mod tests {
    use super::super::call::Protocol;
    use super::*;

    static SLOW: Service = Service::new("slow", Protocol::RestJson).limited(2.0, 8);
    static NARROW: Service = Service::new("narrow", Protocol::RestJson).limited(1000.0, 1);

    #[tokio::test(start_paused = true)]
    async fn a_second_of_calls_starts_at_once_and_the_rest_evenly() {
        let (limits, start) = (Limits::default(), Instant::now());
        let mut waited = Vec::new();
        for _ in 0..5 {
            assert!(limits.turn(&SLOW, "1", "r", Duration::from_secs(9)).await.is_some());
            waited.push(start.elapsed().as_millis());
        }
        assert_eq!(waited, [0, 0, 0, 500, 1000]);
        // Another account has a quota of its own.
        assert!(limits.turn(&SLOW, "2", "r", Duration::ZERO).await.is_some());
        assert!(limits.turn(&SLOW, "1", "r", Duration::ZERO).await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_many_run_at_a_time() {
        let limits = Limits::default();
        let turn = limits.turn(&NARROW, "1", "r", Duration::ZERO).await;
        assert!(turn.is_some());
        assert!(limits.turn(&NARROW, "1", "r", Duration::from_secs(1)).await.is_none());
        drop(turn);
        assert!(limits.turn(&NARROW, "1", "r", Duration::from_secs(1)).await.is_some());
    }
}

//! What the engine gives, on its way into the queues.

use trailhound_engine::told::group;
use trailhound_engine::{Told, Work};

use crate::clock;
use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::queue::{BODY_MAX, Post, Queue};

/// The queues for later work and for alerts.
#[derive(Clone, Debug)]
pub struct Dispatch<W, A> {
    /// Who sends.
    pub function: &'static str,
    /// Takes work.
    pub work: W,
    /// Takes alerts.
    pub alerts: A,
}

impl<W: Queue, A: Queue> Dispatch<W, A> {
    /// Puts work and alerts into their queues. Says whether all are in.
    pub async fn send(&self, works: Vec<Work>, told: Vec<Told>, metrics: &mut Metrics) -> bool {
        let now = clock::now();
        let told = group(told);
        metrics.count("Alerts", told.len() as u64);
        let told = told.iter().filter_map(fitting).map(|body| Post { body, delay: 0 }).collect();
        let post = |work: &Work| {
            let body = serde_json::to_string(work).ok()?;
            Some(Post { body, delay: i32::try_from(work.delay(now)).unwrap_or(0) })
        };
        let works = works.iter().filter_map(post).collect();
        let mut sent = true;
        // Alerts first: they are why all this exists.
        for result in [self.alerts.put(told).await, self.work.put(works).await] {
            if let Err(failure) = result {
                report(self.function, "message not sent", &failure, metrics);
                sent = false;
            }
        }
        sent
    }
}

/// A message's text; where it is too long for a queue, without what changed, and with the first entries of evidence.
fn fitting(told: &Told) -> Option<String> {
    const EVIDENCE: usize = 50;
    let body = serde_json::to_string(told).ok()?;
    if body.len() <= BODY_MAX / 4 {
        return Some(body);
    }
    let mut short = told.clone();
    short.finding.evidence.truncate(EVIDENCE);
    if let Some(transition) = &mut short.transition {
        transition.before = "(too long to send)".into();
        transition.after = "(too long to send)".into();
        transition.evidence.truncate(EVIDENCE);
    }
    serde_json::to_string(&short).ok()
}

/// Logs and counts a failure.
pub(crate) fn report(function: &'static str, what: &'static str, failure: &Failure, metrics: &mut Metrics) {
    metrics.count(if failure.passes() { "Failed" } else { "Refused" }, 1);
    let (error, error_code) = (failure.to_string(), failure.code());
    tracing::error!(function, error_code, error, "{what}");
}

//! What the engine gives, on its way into the queues.

use aws_config::SdkConfig;
use trailhound_engine::told::group;
use trailhound_engine::{Told, Work};

use crate::clock;
use crate::environment::{Environment, Misconfigured, name};
use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::queue::{BODY_MAX, Post, Queue, Sqs};
use crate::telemetry::report;

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

impl Dispatch<Sqs, Sqs> {
    /// The queues that a function's environment names.
    ///
    /// # Errors
    /// When it names one of them not.
    pub fn of(function: &'static str, environment: &Environment, config: &SdkConfig) -> Result<Self, Misconfigured> {
        let client = aws_sdk_sqs::Client::new(config);
        let queue = |name| Ok(Sqs::new(client.clone(), environment.need(name)?.to_owned()));
        Ok(Self { function, work: queue(name::WORK_QUEUE_URL)?, alerts: queue(name::ALERT_QUEUE_URL)? })
    }
}

impl<W: Queue, A: Queue> Dispatch<W, A> {
    /// Puts work and alerts into their queues, what fits into one of them even if the other takes nothing.
    ///
    /// # Errors
    /// What the first queue that did not take everything said.
    pub async fn send(&self, works: Vec<Work>, told: Vec<Told>, metrics: &mut Metrics) -> Result<(), Failure> {
        let now = clock::now();
        let told = group(told);
        metrics.count("Alerts", told.len() as u64);
        let told = told.iter().filter_map(fitting).map(|body| Post { body, delay: 0 }).collect();
        let post = |work: &Work| {
            let body = serde_json::to_string(work).ok()?;
            Some(Post { body, delay: i32::try_from(work.delay(now)).unwrap_or(0) })
        };
        let works = works.iter().filter_map(post).collect();
        let mut sent = Ok(());
        // Alerts first: they are why all this exists.
        for result in [self.alerts.put(told).await, self.work.put(works).await] {
            if let Err(failure) = result {
                report(self.function, "message not sent", &failure, metrics);
                sent = sent.and(Err(failure));
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

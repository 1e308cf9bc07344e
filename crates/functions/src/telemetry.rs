//! Logs: one JSON object a line, whose keys are few and always mean the same.
//!
//! | key | meaning |
//! |---|---|
//! | `timestamp`, `level`, `message` | when, how bad, and what happened: a noun and a verb |
//! | `span` | the invocation, with its `requestId` |
//! | `function` | which function |
//! | `rule`, `number` | the alert it is about |
//! | `error_code` | `retryable` or `permanent` |
//! | `error` | what was being done and why it failed; no value from an event |
//! | `reason` | why something was let go |

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::layer;
use tracing_subscriber::prelude::*;

use crate::environment::{Environment, name};
use crate::failure::Failure;
use crate::metrics::Metrics;

/// Starts logging for this process. The level is `info`, or what `RUST_LOG` says.
pub fn start(environment: &Environment) {
    let usual = Targets::new().with_default(LevelFilter::INFO).with_target("aws_config", LevelFilter::WARN);
    let filter = environment.may(name::LOG).and_then(|wanted| wanted.parse().ok()).unwrap_or(usual);
    let json = layer().json().flatten_event(true).with_span_list(false).with_target(false).with_ansi(false);
    tracing_subscriber::registry().with(json).with(filter).init();
}

/// Logs and counts a failure of a function; `what` says what did not happen.
pub fn report(function: &'static str, what: &'static str, failure: &Failure, metrics: &mut Metrics) {
    metrics.count(if failure.passes() { "Failed" } else { "Refused" }, 1);
    let (error, error_code) = (failure.to_string(), failure.code());
    tracing::error!(function, error_code, error, "{what}");
}

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
//! | `count` | how many |

use tracing_subscriber::EnvFilter;

/// Starts logging for this process. The level is `info`, or what `RUST_LOG` says.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,aws_config=warn"));
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_target(false)
        .with_ansi(false)
        .with_env_filter(filter)
        .init();
}

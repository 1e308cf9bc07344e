//! What runs in an account: the handlers of the Lambda functions, and what they share.
//!
//! A binary reads its configuration and makes its clients once, fails loudly if it cannot, and hands events to a handler
//! here. Handlers work on ports, so that tests run them against memory.

pub mod accepted;
pub mod batch;
pub mod clock;
pub mod dead_letters;
pub mod dispatch;
pub mod environment;
pub mod evaluator;
pub mod failure;
pub mod https;
pub mod metrics;
pub mod notifier;
pub mod queue;
pub mod reporter;
pub mod sdk;
pub mod secret;
pub mod slack;
pub mod staged;
pub mod sweeper;
pub mod telemetry;
pub mod webhook;

#[cfg(test)]
mod fixture;

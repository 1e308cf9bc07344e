//! SQS queues.

mod queue_encryption;
mod queue_policy_private;
mod queue_tls_only;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&queue_encryption::RULE, &queue_policy_private::RULE, &queue_tls_only::RULE];

//! Kinesis data streams.

mod stream_encryption;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&stream_encryption::RULE];

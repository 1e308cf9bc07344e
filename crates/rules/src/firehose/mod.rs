//! Amazon Data Firehose: delivery streams.

mod delivery_stream_encryption;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&delivery_stream_encryption::RULE];

//! Amazon MSK: Kafka clusters.

mod cluster_encryption_in_transit;
mod cluster_private;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&cluster_encryption_in_transit::RULE, &cluster_private::RULE];

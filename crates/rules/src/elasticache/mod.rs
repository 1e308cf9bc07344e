//! ElastiCache replication groups.

mod replication_group_encryption_at_rest;
mod replication_group_encryption_in_transit;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] =
    &[&replication_group_encryption_at_rest::RULE, &replication_group_encryption_in_transit::RULE];

//! Database Migration Service: replication instances.

mod replication_instance_private;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&replication_instance_private::RULE];

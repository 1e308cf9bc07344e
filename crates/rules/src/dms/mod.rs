//! Database Migration Service: replication instances and endpoints.

mod endpoint_tls_required;
mod replication_instance_private;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&endpoint_tls_required::RULE, &replication_instance_private::RULE];

//! Redshift provisioned clusters.

mod cluster_encryption;
mod cluster_private;
mod cluster_tls_required;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&cluster_encryption::RULE, &cluster_private::RULE, &cluster_tls_required::RULE];

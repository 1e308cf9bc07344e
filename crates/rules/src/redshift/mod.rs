//! Redshift provisioned clusters.

mod cluster_encryption;
mod cluster_private;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&cluster_encryption::RULE, &cluster_private::RULE];

//! Neptune: its clusters, which are made by the calls of RDS.

mod cluster_encryption;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&cluster_encryption::RULE];

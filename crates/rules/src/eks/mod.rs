//! EKS clusters.

mod cluster_endpoint_private;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&cluster_endpoint_private::RULE];

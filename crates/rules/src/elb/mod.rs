//! Load balancers.

mod listener_tls;
mod listener_tls_policy;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&listener_tls::RULE, &listener_tls_policy::RULE];

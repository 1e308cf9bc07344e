//! Load balancers.

mod classic_listener_tls;
mod listener_tls;
mod listener_tls_policy;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&classic_listener_tls::RULE, &listener_tls::RULE, &listener_tls_policy::RULE];

//! Amazon MQ: message brokers.

mod broker_private;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&broker_private::RULE];

//! CloudFormation stacks.

mod stack_parameters_secret_free;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&stack_parameters_secret_free::RULE];

//! SageMaker: notebook instances.

mod notebook_private;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&notebook_private::RULE];

//! Systems Manager parameters and documents.

mod document_private;
mod parameter_secure_string;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&document_private::RULE, &parameter_secure_string::RULE];

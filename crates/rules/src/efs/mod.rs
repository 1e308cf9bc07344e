//! EFS file systems.

mod file_system_encryption;
mod file_system_policy_private;
mod file_system_tls_only;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] =
    &[&file_system_encryption::RULE, &file_system_policy_private::RULE, &file_system_tls_only::RULE];

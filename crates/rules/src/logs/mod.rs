//! CloudWatch log groups.

mod log_group_kms_encryption;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&log_group_kms_encryption::RULE];

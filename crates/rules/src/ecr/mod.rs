//! ECR repositories.

mod repository_kms_encryption;
mod repository_policy_private;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&repository_kms_encryption::RULE, &repository_policy_private::RULE];

//! DynamoDB tables.

mod table_kms_encryption;
mod table_policy_private;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&table_kms_encryption::RULE, &table_policy_private::RULE];

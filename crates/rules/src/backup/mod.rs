//! AWS Backup: vaults.

mod vault_policy_private;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&vault_policy_private::RULE];

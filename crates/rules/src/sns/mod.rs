//! SNS topics.

mod topic_encryption;
mod topic_policy_private;
mod topic_tls_only;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&topic_encryption::RULE, &topic_policy_private::RULE, &topic_tls_only::RULE];

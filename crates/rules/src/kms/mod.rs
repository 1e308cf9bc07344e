//! KMS keys.

mod key_policy_private;
mod key_retained;
mod key_rotation;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&key_policy_private::RULE, &key_retained::RULE, &key_rotation::RULE];

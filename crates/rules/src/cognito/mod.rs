//! Amazon Cognito: identity pools.

mod identity_pool_authenticated;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&identity_pool_authenticated::RULE];

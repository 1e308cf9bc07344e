//! Lambda functions.

mod function_env_secret_free;
mod function_in_vpc;
mod function_policy_private;
mod function_url_auth;
mod layer_policy_private;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[
    &function_env_secret_free::RULE,
    &function_in_vpc::RULE,
    &function_policy_private::RULE,
    &function_url_auth::RULE,
    &layer_policy_private::RULE,
];

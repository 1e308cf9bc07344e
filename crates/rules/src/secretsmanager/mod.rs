//! Secrets Manager secrets.

mod schedule;
mod secret_policy_private;
mod secret_rotation;
mod secret_rotation_working;

use trailhound_model::Snapshot;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] =
    &[&secret_policy_private::RULE, &secret_rotation::RULE, &secret_rotation_working::RULE];

/// Whether an AWS service made the secret and looks after it. Only services may use a `!` in names.
fn is_service_made(secret: &Snapshot<'_>) -> bool {
    secret.resource.id.contains('!')
}

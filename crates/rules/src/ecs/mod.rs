//! ECS task definitions and services.

mod service_public_ip_off;
mod task_definition_efs_encryption_in_transit;
mod task_definition_env_secret_free;

use trailhound_model::kinds::ecs::{STATUS, SUCCESSOR, SUPERSEDED_BY};
use trailhound_model::{Snapshot, Why};

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[
    &service_public_ip_off::RULE,
    &task_definition_efs_encryption_in_transit::RULE,
    &task_definition_env_secret_free::RULE,
];

/// Why a revision does not matter any more: it is deregistered, or a later one is active.
fn retired(definition: &Snapshot<'_>) -> Result<Option<&'static str>, Why> {
    let status = definition.get(&STATUS).known();
    if status.as_ref().is_ok_and(|status| status.as_deref() != Some("ACTIVE")) {
        return Ok(Some("it is deregistered"));
    }
    if definition.get(&SUPERSEDED_BY).known()?.is_some() {
        let later = definition.related(&SUCCESSOR).any(|successor| {
            // The next one may be gone while one after it is active.
            let superseded = successor.get(&SUPERSEDED_BY).known()?.is_some();
            Ok(superseded || successor.get(&STATUS).known()?.as_deref() == Some("ACTIVE"))
        });
        if later.known()? {
            return Ok(Some("a later revision is active"));
        }
    }
    status.map(|_| None)
}

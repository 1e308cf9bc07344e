//! ECS task definitions.

use trailhound_model::Value;
use trailhound_model::kinds::ecs;

use super::Variables;
use crate::life::{Said, Writer, at};
use crate::resolve::is_open;

pub(super) fn task_definition(writer: &mut Writer<'_>) {
    let mut variables = Variables::default();
    match writer.said("ContainerDefinitions") {
        Said::Nothing => {}
        Said::Value(Value::List(containers)) => {
            for container in &containers {
                let prefix = format!("{}/", container.get("Name").and_then(Value::as_str).unwrap_or_default());
                variables.look_at(&prefix, at(container, "Environment"), |_| true);
            }
        }
        Said::Value(_) | Said::Open => variables.look_at("", Said::Open, |_| true),
    }
    writer.state(&ecs::ENVIRONMENT_SECRETS, variables.state());
    volumes(writer);
}

/// Volumes, of which only what EFS needs is kept: the options of a driver may hold a password.
fn volumes(writer: &mut Writer<'_>) {
    writer.list(&ecs::VOLUMES, ecs::VOLUMES.name, |_, volume| {
        let name = volume.get("Name")?.as_str()?;
        let efs = volume.get("EFSVolumeConfiguration");
        if efs.is_some_and(is_open) && efs.and_then(|efs| efs.get("TransitEncryption")).is_none_or(is_open) {
            return None;
        }
        let kept = efs.map(|efs| {
            Value::map([
                ("FilesystemId", efs.get("FilesystemId").filter(|id| !is_open(id)).cloned()),
                ("TransitEncryption", efs.get("TransitEncryption").cloned()),
            ])
        });
        Some((name.into(), Value::map([("Name", Some(name.into())), ("EFSVolumeConfiguration", kept)])))
    });
}

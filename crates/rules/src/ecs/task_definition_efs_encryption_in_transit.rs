use trailhound_model::kinds::ecs::{STATUS, SUCCESSOR, SUPERSEDED_BY, TASK_DEFINITION, VOLUMES};
use trailhound_model::{Evidence, Verdict};

use super::retired;
use crate::rule;
use crate::signs::listed;

rule! {
    /// Tasks reach their EFS volumes over TLS.
    ///
    /// ## Why
    /// NFS has no encryption of its own: without TLS everything that a container reads from the volume or writes to it crosses
    /// the network in the clear.
    ///
    /// ## Fix
    /// - Console: task definition → Create new revision → Volumes → Transit encryption enabled.
    /// - CLI: `aws ecs register-task-definition` with `efsVolumeConfiguration={fileSystemId=ID,transitEncryption=ENABLED}`.
    /// - CloudFormation: `TransitEncryption: ENABLED` in `EFSVolumeConfiguration` of each volume.
    ///
    /// ## Limits
    /// The latest active revision of a family is judged.
    item: EncryptionInTransit,
    severity: Medium,
    kinds: [TASK_DEFINITION],
    reads: [STATUS, SUPERSEDED_BY, VOLUMES],
    borrows: [SUCCESSOR => [STATUS, SUPERSEDED_BY]],
    opens_on: ["DeregisterTaskDefinition", "RegisterTaskDefinition"],
    closes_on: ["DeregisterTaskDefinition", "RegisterTaskDefinition"],
    controls: [(SecurityHub, "ECS.18"), (PciDss, "4.2.1"), (Nist80053, "AC-17(2)"), (Nist80053, "SC-8")],
    judge: |definition, _| {
        if let Some(why) = retired(definition)? {
            return Ok(Verdict::not_applicable(why));
        }
        let volumes = definition.entries(&VOLUMES)?;
        if !volumes.any(|_, volume| volume.efs.is_some()).known()? {
            return Ok(Verdict::not_applicable("it has no EFS volume"));
        }
        let plain = volumes.matching(|_, volume| {
            volume.efs.as_ref().is_some_and(|efs| efs.transit_encryption.as_deref() != Some("ENABLED"))
        })?;
        let plain = plain.into_iter().map(|(name, _)| Evidence::new(name, "transit encryption is not enabled"));
        Ok(Verdict::unless(plain.collect(), |plain| {
            format!("EFS volumes are reached without TLS: {}", listed(plain.iter().map(|entry| &*entry.key)))
        }))
    },
}

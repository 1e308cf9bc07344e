use trailhound_model::Verdict;
use trailhound_model::kinds::ecs::{ENVIRONMENT_SECRETS, STATUS, SUCCESSOR, SUPERSEDED_BY, TASK_DEFINITION};

use super::retired;
use crate::rule;
use crate::secret::named;
use crate::signs::listed;

rule! {
    /// Containers get no secrets in environment variables.
    ///
    /// ## Why
    /// Everyone who may describe the task definition reads its variables, every old revision keeps them, and so do templates
    /// and consoles. A secret that the agent fetches from Secrets Manager can be rotated, and its use is logged.
    ///
    /// ## Fix
    /// - Console: Secrets Manager → Store a new secret; task definition → Create new revision → container → Environment
    ///   variables → ValueFrom, the secret's ARN. Deregister the old revision and rotate the secret: the old value was seen.
    /// - CLI: `aws ecs register-task-definition` with `secrets=[{name=DB_PASSWORD,valueFrom=ARN}]` in place of the entry in
    ///   `environment`.
    /// - CloudFormation: `Secrets` with `ValueFrom` in place of `Environment` in `ContainerDefinitions`.
    ///
    /// ## Limits
    /// The latest active revision of a family is judged. A value is taken for a secret by its format, by a telling name, or by
    /// a hinting name and a random value; only the name is kept. Environment files in S3 are not read.
    item: SecretsManaged,
    severity: High,
    kinds: [TASK_DEFINITION],
    reads: [STATUS, SUPERSEDED_BY, ENVIRONMENT_SECRETS],
    borrows: [SUCCESSOR => [STATUS, SUPERSEDED_BY]],
    opens_on: ["DeregisterTaskDefinition", "RegisterTaskDefinition"],
    closes_on: ["DeregisterTaskDefinition", "RegisterTaskDefinition"],
    controls: [
        (SecurityHub, "ECS.8"),
        (PciDss, "8.6.2"),
        (Nist80053, "IA-5(7)"),
        (AwsConfig, "ecs-no-environment-secrets"),
    ],
    judge: |definition, _| {
        if let Some(why) = retired(definition)? {
            return Ok(Verdict::not_applicable(why));
        }
        let secrets = named(&definition.entries(&ENVIRONMENT_SECRETS)?)?;
        Ok(Verdict::unless(secrets, |secrets| {
            format!("environment variables look like secrets: {}", listed(secrets.iter().map(|entry| &*entry.key)))
        }))
    },
}

use trailhound_model::Verdict;
use trailhound_model::kinds::codebuild::{ENVIRONMENT_SECRETS, PROJECT};

use crate::rule;
use crate::secret::named;
use crate::signs::listed;

rule! {
    /// Build projects hold no secrets in plaintext variables.
    ///
    /// ## Why
    /// Everyone who may read the project reads its plaintext variables, every build shows them, and a build script that prints
    /// its environment writes them into the log. Variables of type `SECRETS_MANAGER` are fetched at build time and masked.
    ///
    /// ## Fix
    /// - Console: project → Edit → Environment → Environment variables → Type `Secrets Manager`, the secret's name. Then rotate
    ///   the secret: the old value was seen.
    /// - CLI: `aws codebuild update-project --name NAME --environment` with `type=SECRETS_MANAGER` for the variable.
    /// - CloudFormation: `Type: SECRETS_MANAGER` and the secret's name as `Value` in `EnvironmentVariables`.
    ///
    /// ## Limits
    /// Variables in a build specification, and those given when a build is started, are not looked at. A value is taken for a
    /// secret by its format, by a telling name, or by a hinting name and a random value; only the name is kept.
    item: SecretsManaged,
    severity: High,
    kinds: [PROJECT],
    reads: [ENVIRONMENT_SECRETS],
    opens_on: ["CreateProject", "UpdateProject"],
    closes_on: ["DeleteProject", "UpdateProject"],
    controls: [
        (SecurityHub, "CodeBuild.2"),
        (PciDss, "8.6.2"),
        (Nist80053, "IA-5(7)"),
        (AwsConfig, "codebuild-project-envvar-awscred-check"),
    ],
    judge: |project, _| {
        let secrets = named(&project.entries(&ENVIRONMENT_SECRETS)?)?;
        Ok(Verdict::unless(secrets, |secrets| {
            format!("plaintext variables look like secrets: {}", listed(secrets.iter().map(|entry| &*entry.key)))
        }))
    },
}

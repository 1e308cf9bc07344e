use trailhound_model::kinds::ec2::instance::{DEFAULT_VERSION, LAUNCH_TEMPLATE, TemplateUserData, VERSIONS};
use trailhound_model::{Verdict, Why};

use super::{default_version, keys, secret_looking};
use crate::rule;

rule! {
    /// Launch templates hold no secrets in the user data of their default version.
    ///
    /// ## Why
    /// Everyone who may describe the template reads its user data, every instance started from it hands it out, and old versions
    /// keep it. A secret that is fetched when needed can be rotated, and its use is logged.
    ///
    /// ## Fix
    /// - Console: Secrets Manager → Store a new secret; EC2 → Launch templates → the template → Modify template → Advanced details →
    ///   User data → fetch the secret by its name. Set the new version as default, delete the old ones, rotate the secret.
    /// - CLI: `aws ec2 create-launch-template-version`, `aws ec2 modify-launch-template --default-version` and
    ///   `aws ec2 delete-launch-template-versions`.
    /// - CloudFormation: no secret in `LaunchTemplateData.UserData`, also not by `{{resolve:…}}`: that would write the value in.
    ///
    /// ## Limits
    /// User data is never read from events, so that a log tells only of templates that have none. The default version is judged; a
    /// value is taken for a secret by its format, by a telling name, or by a hinting name and a random value.
    item: SecretsManaged,
    severity: High,
    kinds: [LAUNCH_TEMPLATE],
    reads: [DEFAULT_VERSION, VERSIONS],
    opens_on: ["ModifyLaunchTemplate"],
    closes_on: ["CreateLaunchTemplate", "ModifyLaunchTemplate"],
    controls: [(PciDss, "8.6.2"), (Nist80053, "IA-5(7)")],
    judge: |template, _| {
        let version = default_version(template)?;
        let signs = match version.user_data {
            None if version.inherits => return Err(Why::DependsOn("the version it was made from".into())),
            None => return Ok(Verdict::Pass),
            Some(TemplateUserData { signs: None }) => return Err(Why::Hidden),
            Some(TemplateUserData { signs: Some(signs) }) => signs,
        };
        let found = signs.iter().map(secret_looking).collect();
        Ok(Verdict::unless(found, |found| format!("the user data holds what looks like secrets: {}", keys(found))))
    },
}

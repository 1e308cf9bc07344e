use trailhound_model::Verdict;
use trailhound_model::kinds::lambda::{ENVIRONMENT_SECRETS, FUNCTION};

use crate::rule;
use crate::secret::named;
use crate::signs::listed;

rule! {
    /// Functions hold no secrets in environment variables.
    ///
    /// ## Why
    /// Everyone who may read the function's configuration reads its variables, and consoles, templates and crash reports
    /// repeat them. A secret that is fetched when needed can be rotated, and its use is logged.
    ///
    /// ## Fix
    /// - Console: Secrets Manager → Store a new secret; function → Configuration → Environment variables → replace the value
    ///   by the secret's ARN, and fetch it in code. Then rotate the secret: the old value was seen.
    /// - CLI: `aws lambda update-function-configuration --function-name NAME --environment 'Variables={DB_SECRET_ARN=ARN}'`
    /// - CloudFormation: put the secret's ARN (`!Ref Secret`) into `Environment.Variables`, not a `{{resolve:…}}` reference:
    ///   that would write the value into the function.
    ///
    /// ## Limits
    /// CloudTrail hides variables, so a log alone never answers this. A value is taken for a secret by its format, by a
    /// telling name, or by a hinting name and a random value; only the name is kept.
    item: SecretsManaged,
    severity: High,
    kinds: [FUNCTION],
    reads: [ENVIRONMENT_SECRETS],
    opens_on: ["CreateFunction20150331", "UpdateFunctionConfiguration20150331v2"],
    closes_on: ["UpdateFunctionConfiguration20150331v2"],
    controls: [(PciDss, "8.6.2"), (Nist80053, "IA-5(7)")],
    judge: |function, _| {
        let secrets = named(&function.entries(&ENVIRONMENT_SECRETS)?)?;
        Ok(Verdict::unless(secrets, |secrets| {
            format!("environment variables look like secrets: {}", listed(secrets.iter().map(|entry| &*entry.key)))
        }))
    },
}

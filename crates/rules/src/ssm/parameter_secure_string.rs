use trailhound_model::Verdict;
use trailhound_model::kinds::ssm::{PARAMETER, TYPE};
use trailhound_model::secret::is_secret_name;

use crate::rule;

rule! {
    /// Parameters with the name of a secret are SecureString.
    ///
    /// ## Why
    /// The value of a `String` parameter is stored in the clear and shown to everyone who may read parameters. A
    /// `SecureString` needs a KMS key as well, whose use leaves a trail.
    ///
    /// ## Fix
    /// - Console: Parameter Store → create the parameter anew with the type SecureString.
    /// - CLI: `aws ssm delete-parameter --name NAME`, which also ends its history, then `aws ssm put-parameter --name NAME
    ///   --type SecureString --value VALUE` with a new secret: the old value was seen.
    /// - CloudFormation: CloudFormation cannot create SecureString parameters: use Secrets Manager
    ///   (`AWS::SecretsManager::Secret`).
    ///
    /// ## Limits
    /// The value is never looked at: a secret under a harmless name passes, and a harmless value under the name of a
    /// secret fails. Only the last part of a name with slashes counts.
    item: SecretsManaged,
    severity: Medium,
    kinds: [PARAMETER],
    reads: [TYPE],
    opens_on: ["PutParameter"],
    closes_on: ["PutParameter", "DeleteParameter", "DeleteParameters"],
    controls: [],
    judge: |parameter, _| {
        let name = parameter.resource.id.rsplit('/').next().unwrap_or_default();
        if !is_secret_name(name) {
            return Ok(Verdict::not_applicable("its name is not that of a secret"));
        }
        Ok(match parameter.get(&TYPE).known()?.as_deref() {
            Some("SecureString") => Verdict::Pass,
            kind => Verdict::fail("Type", format!("a secret is kept as `{}`", kind.unwrap_or("String"))),
        })
    },
}

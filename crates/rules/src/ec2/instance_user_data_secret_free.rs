use trailhound_model::Verdict;
use trailhound_model::kinds::ec2::instance::{INSTANCE, USER_DATA};

use super::{keys, secret_looking};
use crate::rule;

rule! {
    /// Instances hold no secrets in their user data.
    ///
    /// ## Why
    /// Everyone who may describe the instance reads its user data, and so does every process on it, from the metadata service. A
    /// secret that is fetched when needed can be rotated, and its use is logged.
    ///
    /// ## Fix
    /// - Console: Secrets Manager → Store a new secret; stop the instance → Actions → Instance settings → Edit user data → fetch the
    ///   secret by its name. Then rotate it: the old value was seen.
    /// - CLI: `aws ec2 modify-instance-attribute --instance-id ID --user-data Value=...` on the stopped instance; in the script
    ///   `aws secretsmanager get-secret-value --secret-id NAME` with the instance's role.
    /// - CloudFormation: no secret in `UserData`, also not by `{{resolve:…}}`: that would write the value into the instance.
    ///
    /// ## Limits
    /// CloudTrail hides user data, so that a log tells only of instances that have none. Lines are looked at after base64 and gzip;
    /// a value is taken for a secret by its format, by a telling name, or by a hinting name and a random value; only the name is
    /// kept.
    item: SecretsManaged,
    severity: High,
    kinds: [INSTANCE],
    reads: [USER_DATA],
    opens_on: ["ModifyInstanceAttribute"],
    closes_on: ["RunInstances"],
    controls: [(PciDss, "8.6.2"), (Nist80053, "IA-5(7)")],
    judge: |instance, _| {
        let data = instance.entries(&USER_DATA)?;
        let found = data.matching(|_, _| true)?.into_iter().map(|(_, sign)| secret_looking(sign)).collect();
        Ok(Verdict::unless(found, |found| format!("the user data holds what looks like secrets: {}", keys(found))))
    },
}

use trailhound_model::Verdict;
use trailhound_model::kinds::secretsmanager::{ROTATION, SECRET};

use super::is_service_made;
use super::schedule::longest_interval;
use crate::rule;

/// The longest time between rotations, in days.
const DAYS_MAX: i64 = 90;

rule! {
    /// Secrets are rotated at least every 90 days.
    ///
    /// ## Why
    /// The longer a secret lives, the more places it has been copied to. Rotation makes what leaks worthless, and
    /// proves that the secret can be changed.
    ///
    /// ## Fix
    /// - Console: secret → Rotation → Edit rotation → Automatic rotation.
    /// - CLI: `aws secretsmanager rotate-secret --secret-id ID --rotation-lambda-arn ARN --rotation-rules
    ///   AutomaticallyAfterDays=30`
    /// - CloudFormation: `AWS::SecretsManager::RotationSchedule` with `RotationRules`.
    ///
    /// ## Limits
    /// Secrets that a service made (their names hold a `!`) are rotated by it and not judged. Of `cron()` schedules the
    /// months decide, and a quarter is longer than 90 days; those whose months are not understood are unknown. Rotation
    /// by hand does not count.
    item: SecretsManaged,
    severity: Medium,
    kinds: [SECRET],
    reads: [ROTATION],
    opens_on: ["CreateSecret", "CancelRotateSecret", "RotateSecret"],
    closes_on: ["RotateSecret"],
    controls: [
        (SecurityHub, "SecretsManager.1"),
        (SecurityHub, "SecretsManager.4"),
        (PciDss, "8.3.9"),
        (PciDss, "8.6.3"),
        (PciDss, "8.3.10.1"),
        (Nist80053, "AC-2(1)"),
        (Nist80053, "AC-3(15)"),
        (AwsConfig, "secretsmanager-rotation-enabled-check"),
        (AwsConfig, "secretsmanager-secret-periodic-rotation"),
    ],
    judge: |secret, _| {
        if is_service_made(secret) {
            return Ok(Verdict::not_applicable("the service that made it rotates it"));
        }
        let Some(rules) = secret.get(&ROTATION).known()? else {
            return Ok(Verdict::fail("rotation", "the secret is not rotated"));
        };
        let days = longest_interval(&rules)?;
        Ok(if days <= DAYS_MAX {
            Verdict::Pass
        } else {
            Verdict::fail("rotation", format!("up to `{days}` days pass between rotations"))
        })
    },
}

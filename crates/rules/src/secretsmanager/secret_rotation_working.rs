use trailhound_model::Verdict;
use trailhound_model::kinds::secretsmanager::{FAILED, LAST_ROTATION, SECRET};

use crate::rule;

rule! {
    /// The last rotation of a secret did not fail.
    ///
    /// ## Why
    /// A rotation that fails leaves the old secret in use for longer than anybody believes, or a new one that the
    /// database does not know.
    ///
    /// ## Fix
    /// - Console: the rotation function → Monitor → Logs shows why; then secret → Rotation → Rotate secret immediately.
    /// - CLI: `aws secretsmanager rotate-secret --secret-id ID`
    /// - CloudFormation: there is nothing to set: mend the rotation function.
    ///
    /// ## Limits
    /// Knows how a rotation ended only from what Secrets Manager reports in the log.
    item: SecretsManaged,
    severity: Medium,
    kinds: [SECRET],
    reads: [LAST_ROTATION],
    opens_on: ["RotationFailed"],
    closes_on: ["RotationSucceeded", "CancelRotateSecret"],
    controls: [(SecurityHub, "SecretsManager.2"), (AwsConfig, "secretsmanager-scheduled-rotation-success-check")],
    judge: |secret, _| {
        Ok(match secret.get(&LAST_ROTATION).known()?.as_deref() {
            Some(FAILED) => Verdict::fail("rotation", "the last rotation failed"),
            Some(_) => Verdict::Pass,
            None => Verdict::not_applicable("it was not rotated yet"),
        })
    },
}

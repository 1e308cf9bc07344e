use trailhound_model::Verdict;
use trailhound_model::kinds::kms::{KEY, MANAGER, ORIGIN, ROTATION, SPEC, STATE};

use crate::rule;

rule! {
    /// KMS rotates the material of customer keys by itself.
    ///
    /// ## Why
    /// The longer key material is in use, the more data is lost with it if it leaks. KMS replaces it every year without
    /// anybody noticing, and keeps the old for old data.
    ///
    /// ## Fix
    /// - Console: key → Key material and rotations → Edit → Enable.
    /// - CLI: `aws kms enable-key-rotation --key-id ID`
    /// - CloudFormation: `EnableKeyRotation: true` on `AWS::KMS::Key`.
    ///
    /// ## Limits
    /// Applies to enabled symmetric customer keys whose material KMS made: others cannot be rotated by KMS. The period
    /// is not judged. Replicas of a multi-Region key follow their primary, which a log does not show.
    item: EncryptionAtRest,
    severity: Medium,
    kinds: [KEY],
    reads: [MANAGER, ORIGIN, ROTATION, SPEC, STATE],
    opens_on: ["CreateKey", "DisableKeyRotation", "EnableKey"],
    closes_on: ["EnableKeyRotation", "DisableKey"],
    controls: [
        (SecurityHub, "KMS.4"),
        (CisV3, "3.6"),
        (CisV5, "3.6"),
        (PciDss, "3.7.4"),
        (PciDss, "3.7.5"),
        (Nist80053, "SC-12"),
        (Nist80053, "SC-12(2)"),
        (Nist80053, "SC-28(3)"),
        (AwsConfig, "cmk-backing-key-rotation-enabled"),
    ],
    judge: |key, _| {
        for (facet, wanted, otherwise) in [
            (&MANAGER, "CUSTOMER", "AWS rotates the keys it manages"),
            (&SPEC, "SYMMETRIC_DEFAULT", "only symmetric encryption keys can be rotated by KMS"),
            (&ORIGIN, "AWS_KMS", "its material is not made by KMS"),
            (&STATE, "Enabled", "the key is not enabled"),
        ] {
            if key.get(facet).known()?.is_some_and(|found| found != wanted) {
                return Ok(Verdict::not_applicable(otherwise));
            }
        }
        Ok(match key.get(&ROTATION).known()? {
            Some(true) => Verdict::Pass,
            Some(false) | None => Verdict::fail("EnableKeyRotation", "the key is not rotated"),
        })
    },
}

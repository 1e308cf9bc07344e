use trailhound_model::Verdict;
use trailhound_model::kinds::ecr::{ENCRYPTION, REPOSITORY};

use crate::rule;

rule! {
    /// Repositories are encrypted with a KMS key.
    ///
    /// ## Why
    /// Images are always encrypted. With a KMS key the key's policy says who can read them, and each use of the key is
    /// logged.
    ///
    /// ## Fix
    /// - Console: the encryption of a repository cannot be changed: create another with AWS KMS, copy the images, delete
    ///   this one.
    /// - CLI: `aws ecr create-repository --repository-name NAME --encryption-configuration encryptionType=KMS`
    /// - CloudFormation: `EncryptionConfiguration` with `EncryptionType: KMS` on `AWS::ECR::Repository`; the repository is
    ///   replaced.
    ///
    /// ## Limits
    /// AWS's own key for ECR is enough. The rule is off until switched on.
    item: EncryptionAtRest,
    severity: Low,
    kinds: [REPOSITORY],
    reads: [ENCRYPTION],
    opens_on: ["CreateRepository"],
    closes_on: ["DeleteRepository"],
    controls: [(SecurityHub, "ECR.5"), (Nist80053, "SC-28"), (Nist80053, "SC-28(1)")],
    optional: true,
    judge: |repository, _| {
        let kind = repository.get(&ENCRYPTION).known()?.map(|encryption| encryption.encryption_type);
        Ok(match kind.as_deref() {
            Some("KMS" | "KMS_DSSE") => Verdict::Pass,
            other => Verdict::fail(
                "EncryptionConfiguration",
                format!("the repository is encrypted with `{}`, not with a KMS key", other.unwrap_or("AES256")),
            ),
        })
    },
}

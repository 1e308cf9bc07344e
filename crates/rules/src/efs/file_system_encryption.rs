use trailhound_model::Verdict;
use trailhound_model::kinds::efs::{ENCRYPTED, FILE_SYSTEM};

use crate::rule;

rule! {
    /// EFS file systems are encrypted at rest.
    ///
    /// ## Why
    /// A file system is encrypted from its creation or never. The console does it by default; the API and most tools do
    /// not.
    ///
    /// ## Fix
    /// - Console: create an encrypted file system and move the files to it with DataSync.
    /// - CLI: `aws efs create-file-system --encrypted`
    /// - CloudFormation: `Encrypted: true` on `AWS::EFS::FileSystem`; the change replaces the file system.
    ///
    /// ## Limits
    /// Any key will do.
    item: EncryptionAtRest,
    severity: High,
    kinds: [FILE_SYSTEM],
    reads: [ENCRYPTED],
    opens_on: ["CreateFileSystem"],
    closes_on: ["DeleteFileSystem"],
    controls: [
        (SecurityHub, "EFS.8"),
        (SecurityHub, "EFS.1"),
        (CisV3, "2.4.1"),
        (CisV5, "2.3.1"),
        (PciDss, "3.5.1"),
        (PciDss, "8.3.2"),
        (Nist80053, "SC-13"),
        (Nist80053, "SC-28"),
        (AwsConfig, "efs-encrypted-check"),
    ],
    judge: |system, _| {
        Ok(match system.get(&ENCRYPTED).known()? {
            Some(true) => Verdict::Pass,
            Some(false) | None => Verdict::fail("Encrypted", "the file system is not encrypted"),
        })
    },
}

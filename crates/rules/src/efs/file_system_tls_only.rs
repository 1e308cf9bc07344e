use trailhound_model::Verdict;
use trailhound_model::kinds::efs::{FILE_SYSTEM, POLICY};

use crate::policy::{Policy, Transport};
use crate::rule;

rule! {
    /// EFS file systems refuse clients that mount them without TLS.
    ///
    /// ## Why
    /// NFS is not encrypted by itself. Without a Deny, a client that forgets the `tls` option sends files readable for
    /// everyone on the way.
    ///
    /// ## Fix
    /// - Console: file system → File system policy → Edit → Enforce in-transit encryption for all clients.
    /// - CLI: `aws efs put-file-system-policy --file-system-id ID --policy file://policy.json`
    /// - CloudFormation: `FileSystemPolicy` on `AWS::EFS::FileSystem` with a Deny where `aws:SecureTransport` is
    ///   `false`.
    ///
    /// ## Limits
    /// The Deny has to cover mounting for everyone, with no other condition.
    item: EncryptionInTransit,
    severity: Low,
    kinds: [FILE_SYSTEM],
    reads: [POLICY],
    opens_on: ["PutFileSystemPolicy", "DeleteFileSystemPolicy"],
    closes_on: ["PutFileSystemPolicy"],
    controls: [],
    optional: true,
    judge: |system, _| {
        let Some(document) = system.get(&POLICY).known()? else {
            return Ok(Verdict::fail("resource", "the file system has no policy that refuses clients without TLS"));
        };
        let open = Policy::from_value(&document)?.plaintext(Transport::FileSystem);
        open.answer(|_| "the policy does not refuse requests without TLS".to_owned())
    },
}

use trailhound_model::Verdict;
use trailhound_model::kinds::efs::{FILE_SYSTEM, POLICY};

use crate::policy::{Flavour, Policy};
use crate::rule;
use crate::signs::keys;

rule! {
    /// The policies of EFS file systems let in named principals, or only through mount targets.
    ///
    /// ## Why
    /// A policy for everyone lets any principal of any account that can reach the service use the file system, whatever
    /// network it comes from.
    ///
    /// ## Fix
    /// - Console: file system → File system policy → Edit → Prevent anonymous access.
    /// - CLI: `aws efs put-file-system-policy --file-system-id ID --policy file://policy.json`
    /// - CloudFormation: `FileSystemPolicy` on `AWS::EFS::FileSystem` with the condition
    ///   `elasticfilesystem:AccessedViaMountTarget`.
    ///
    /// ## Limits
    /// Without a policy every client that reaches a mount target may use the file system: security groups decide then,
    /// and this rule does not apply.
    item: S3PublicAccess,
    severity: High,
    kinds: [FILE_SYSTEM],
    reads: [POLICY],
    opens_on: ["PutFileSystemPolicy"],
    closes_on: ["PutFileSystemPolicy", "DeleteFileSystemPolicy"],
    controls: [],
    judge: |system, _| {
        let Some(document) = system.get(&POLICY).known()? else { return Ok(Verdict::not_applicable("it has no policy")) };
        let open = Policy::from_value(&document)?.public(Flavour::Resource);
        open.answer(|open| format!("the file system policy lets everyone in: {}", keys(open)))
    },
}

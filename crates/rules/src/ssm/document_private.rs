use trailhound_model::Verdict;
use trailhound_model::kinds::ssm::{DOCUMENT, DOCUMENT_PUBLIC};

use crate::rule;

rule! {
    /// Systems Manager documents are not shared with everyone.
    ///
    /// ## Why
    /// A document is code that runs on instances. Public ones give away account numbers, paths and sometimes passwords,
    /// and what others run as theirs can be changed under them.
    ///
    /// ## Fix
    /// - Console: Documents → document → Details → Permissions → Private.
    /// - CLI: `aws ssm modify-document-permission --name NAME --permission-type Share --account-ids-to-remove all`
    /// - CloudFormation: there is no property for it; block public sharing for the account in the Systems Manager
    ///   preferences.
    ///
    /// ## Limits
    /// Sharing with single accounts is not judged.
    item: S3PublicAccess,
    severity: Critical,
    kinds: [DOCUMENT],
    reads: [DOCUMENT_PUBLIC],
    opens_on: ["ModifyDocumentPermission"],
    closes_on: ["ModifyDocumentPermission", "DeleteDocument"],
    controls: [
        (SecurityHub, "SSM.4"),
        (PciDss, "10.3.2"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-21"),
        (Nist80053, "SC-7"),
        (AwsConfig, "ssm-document-not-public"),
    ],
    judge: |document, _| {
        Ok(match document.get(&DOCUMENT_PUBLIC).known()? {
            Some(true) => Verdict::fail("all", "every AWS account may read and run it"),
            Some(false) | None => Verdict::Pass,
        })
    },
}

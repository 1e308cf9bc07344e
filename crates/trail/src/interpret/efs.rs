//! `elasticfilesystem.amazonaws.com`: EFS file systems.

use trailhound_model::kinds::efs::{self, FILE_SYSTEM};
use trailhound_model::{Birth, ResourceId};

use super::Event;
use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};

const WRITES_POLICY: &[Does] = &[Does { verb: Verb::Sets, kind: &FILE_SYSTEM, facets: &[&efs::POLICY.def] }];

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateFileSystem",
        does: &[Does { verb: Verb::Creates, kind: &FILE_SYSTEM, facets: &[] }],
        interpret: |event, draft| {
            let encrypted = event.response.flag("encrypted").or_else(|| event.request.flag("encrypted"));
            let stated = Stated::new().value_if(&efs::ENCRYPTED, encrypted);
            draft.on(file_system(event)?).create(Birth::Certain, stated);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteFileSystem",
        does: &[Does { verb: Verb::Deletes, kind: &FILE_SYSTEM, facets: &[] }],
        interpret: |event, draft| {
            draft.on(file_system(event)?).delete();
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteFileSystemPolicy",
        does: WRITES_POLICY,
        interpret: |event, draft| {
            draft.on(file_system(event)?).clear(&efs::POLICY);
            Ok(())
        },
    },
    EventSpec {
        name: "PutFileSystemPolicy",
        does: WRITES_POLICY,
        interpret: |event, draft| {
            draft.on(file_system(event)?).set_document_of(&efs::POLICY, event.request, "policy");
            Ok(())
        },
    },
];

/// The file system, by id or ARN.
fn file_system(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let named = event.request.text("fileSystemId").or_else(|| event.response.text("fileSystemId"));
    let named = named.ok_or(Unplaced { missing: "fileSystemId" })?;
    Ok(match named.split_once(":file-system/") {
        Some((_, id)) => event.resource_of_arn(&FILE_SYSTEM, named, id),
        None => event.resource(&FILE_SYSTEM, named),
    })
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing::meaning;

    // Derived from the API model: these were not observed.

    fn told(name: &str, rest: &str) -> Vec<String> {
        meaning(&format!(r#"{{"eventSource":"elasticfilesystem.amazonaws.com","eventName":"{name}",{rest}}}"#))
    }

    #[test]
    fn creation() {
        assert_eq!(
            told(
                "CreateFileSystem",
                r#""requestParameters":{"creationToken":"t","encrypted":true},
                   "responseElements":{"fileSystemId":"fs-01","encrypted":true,"kmsKeyId":"arn:aws:kms:eu-west-1:111122223333:key/k"}"#
            ),
            ["FileSystem fs-01 create Certain; Encrypted true"]
        );
        assert_eq!(
            told(
                "CreateFileSystem",
                r#""requestParameters":{"creationToken":"t"},"responseElements":{"fileSystemId":"fs-01"}"#
            ),
            ["FileSystem fs-01 create Certain"]
        );
        assert_eq!(
            told("CreateFileSystem", r#""requestParameters":{"creationToken":"t"}"#),
            ["nothing: the record does not name its resource: `fileSystemId` is missing"]
        );
    }

    #[test]
    fn policies_and_deletion() {
        assert_eq!(
            told(
                "PutFileSystemPolicy",
                r#""requestParameters":{"fileSystemId":"fs-01","policy":"{\"Statement\":[]}"}"#
            ),
            [r#"FileSystem fs-01 set FileSystemPolicy {"Statement":[]}"#]
        );
        assert_eq!(
            told("DeleteFileSystemPolicy", r#""requestParameters":{"fileSystemId":"fs-01"}"#),
            ["FileSystem fs-01 clear FileSystemPolicy"]
        );
        assert_eq!(
            told(
                "DeleteFileSystem",
                r#""requestParameters":{"fileSystemId":"arn:aws:elasticfilesystem:eu-west-1:444455556666:file-system/fs-01"}"#
            ),
            ["FileSystem fs-01@444455556666/eu-west-1 delete"]
        );
    }
}

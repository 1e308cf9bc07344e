//! `backup.amazonaws.com`: vaults. Shapes derived from the API model.

use trailhound_model::kinds::backup::{self, VAULT};
use trailhound_model::{Birth, ResourceId};

use super::Event;
use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};

const WRITES_POLICY: &[Does] = &[Does { verb: Verb::Sets, kind: &VAULT, facets: &[&backup::POLICY.def] }];

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateBackupVault",
        does: &[Does { verb: Verb::Creates, kind: &VAULT, facets: &[] }],
        interpret: |event, draft| {
            draft.on(vault(event)?).create(Birth::Certain, Stated::new());
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteBackupVault",
        does: &[Does { verb: Verb::Deletes, kind: &VAULT, facets: &[] }],
        interpret: |event, draft| {
            draft.on(vault(event)?).delete();
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteBackupVaultAccessPolicy",
        does: WRITES_POLICY,
        interpret: |event, draft| {
            draft.on(vault(event)?).clear(&backup::POLICY);
            Ok(())
        },
    },
    EventSpec {
        name: "PutBackupVaultAccessPolicy",
        does: WRITES_POLICY,
        interpret: |event, draft| {
            draft.on(vault(event)?).set_document_of(&backup::POLICY, event.request, "policy");
            Ok(())
        },
    },
];

fn vault(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let name = event.request.text("backupVaultName").ok_or(Unplaced { missing: "backupVaultName" })?;
    Ok(event.resource(&VAULT, name))
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing;

    fn told(name: &str, more: &str) -> Vec<String> {
        testing::told(&format!(
            r#"{{"eventSource":"backup.amazonaws.com","eventName":"{name}","requestParameters":{{"backupVaultName":"kept"{more}}}}}"#
        ))
    }

    #[test]
    fn a_vault_and_its_policy() {
        for (name, more, expected) in [
            (
                "CreateBackupVault",
                r#","encryptionKeyArn":"arn:aws:kms:eu-west-1:111122223333:key/1""#,
                "create Certain",
            ),
            ("PutBackupVaultAccessPolicy", r#","policy":"{\"Statement\":[]}""#, r#"set AccessPolicy {"Statement":[]}"#),
            ("PutBackupVaultAccessPolicy", r#","policy":"{""#, "stale AccessPolicy not_understood"),
            ("DeleteBackupVaultAccessPolicy", "", "clear AccessPolicy"),
            ("DeleteBackupVault", "", "delete"),
        ] {
            assert_eq!(told(name, more), [format!("BackupVault kept {expected}")], "{name}");
        }
    }
}

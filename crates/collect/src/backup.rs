//! Backup vaults.

use trailhound_model::kinds::backup::{POLICY, VAULT};

use crate::client::{Call, Protocol, Service};
use crate::read::{KindReads, Read, document};

static BACKUP: Service = Service::new("backup", Protocol::RestJson).limited(2.0, 2);

// A vault that does not exist is answered as one that may not be read.
static GET_POLICY: Call = Call::get(
    &BACKUP,
    "GetBackupVaultAccessPolicy",
    "backup:GetBackupVaultAccessPolicy",
    "/backup-vaults/{BackupVaultName}/access-policy",
)
.absent(&[("ResourceNotFoundException", "")]);

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &VAULT,
    reads: &[Read {
        facets: &[&POLICY.def],
        calls: &[&GET_POLICY],
        run: |reader| {
            Box::pin(async move {
                let answer = reader.ask(&GET_POLICY, [("BackupVaultName", reader.id().into())]).await?;
                Ok(vec![(&POLICY.def, document(answer.body(), "Policy"))])
            })
        },
    }],
}];

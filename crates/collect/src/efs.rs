//! EFS file systems.

use trailhound_model::kinds::efs::{self, FILE_SYSTEM};

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, document, known, needed};

static EFS: Service = Service::new("elasticfilesystem", Protocol::RestJson).limited(5.0, 4);

static DESCRIBE: Call = Call::get(
    &EFS,
    "DescribeFileSystems",
    "elasticfilesystem:DescribeFileSystems",
    "/2015-02-01/file-systems?FileSystemId={FileSystemId}",
)
.gone(&[("FileSystemNotFound", "")]);
static DESCRIBE_POLICY: Call = Call::get(
    &EFS,
    "DescribeFileSystemPolicy",
    "elasticfilesystem:DescribeFileSystemPolicy",
    "/2015-02-01/file-systems/{FileSystemId}/policy",
)
.absent(&[("PolicyNotFound", "")])
.gone(&[("FileSystemNotFound", "")]);

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &FILE_SYSTEM,
    reads: &[
        Read {
            facets: &[&efs::ENCRYPTED.def],
            calls: &[&DESCRIBE],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&DESCRIBE, [("FileSystemId", reader.id().into())]).await?;
                    let system = answer.only(&["FileSystems"])?;
                    if matches!(system.text("LifeCycleState"), Some("deleting" | "deleted")) {
                        return Err(Error::Deleting);
                    }
                    Ok(vec![(&efs::ENCRYPTED.def, known(needed(system.flag("Encrypted"))?))])
                })
            },
        },
        Read {
            facets: &[&efs::POLICY.def],
            calls: &[&DESCRIBE_POLICY],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&DESCRIBE_POLICY, [("FileSystemId", reader.id().into())]).await?;
                    Ok(vec![(&efs::POLICY.def, document(answer.body(), "Policy"))])
                })
            },
        },
    ],
}];

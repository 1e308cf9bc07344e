//! Volumes, snapshots and images.

use trailhound_model::State;
use trailhound_model::kinds::ec2::disk::{
    IMAGE, IMAGE_PERMISSIONS, SNAPSHOT, SNAPSHOT_ENCRYPTED, SNAPSHOT_MAKER, SNAPSHOT_PERMISSIONS, VOLUME,
    VOLUME_ENCRYPTED, VOLUME_KEY, VOLUME_SOURCE,
};
use trailhound_trail::interpret::ec2::disk::{SCHEDULERS, named_grantee};

use super::{call, one};
use crate::client::{Call, Error};
use crate::read::{KindReads, Read, Reader, entries, known, needed, stated};

static DESCRIBE_VOLUMES: Call = call("DescribeVolumes", "ec2:DescribeVolumes")
    .gone(&[("InvalidVolume.NotFound", ""), ("InvalidParameterValue", "volume")]);
static DESCRIBE_SNAPSHOTS: Call = call("DescribeSnapshots", "ec2:DescribeSnapshots")
    .gone(&[("InvalidSnapshot.NotFound", ""), ("InvalidSnapshotID.Malformed", "")]);
static DESCRIBE_SNAPSHOT_ATTRIBUTE: Call = call("DescribeSnapshotAttribute", "ec2:DescribeSnapshotAttribute")
    .gone(&[("InvalidSnapshot.NotFound", ""), ("InvalidSnapshotID.Malformed", "")]);
static DESCRIBE_IMAGE_ATTRIBUTE: Call = call("DescribeImageAttribute", "ec2:DescribeImageAttribute").gone(&[
    ("InvalidAMIID.NotFound", ""),
    ("InvalidAMIID.Unavailable", ""),
    ("InvalidAMIID.Malformed", ""),
]);

pub(crate) static READS: &[KindReads] = &[
    KindReads {
        kind: &VOLUME,
        reads: &[Read {
            facets: &[&VOLUME_ENCRYPTED.def, &VOLUME_KEY.def, &VOLUME_SOURCE.def],
            calls: &[&DESCRIBE_VOLUMES],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&DESCRIBE_VOLUMES, [("VolumeId", one(reader.id()))]).await?;
                    let volume = answer.only(&["volumeSet"])?;
                    if matches!(volume.text("status"), Some("deleting" | "deleted")) {
                        return Err(Error::Deleting);
                    }
                    let source = volume.text("snapshotId").filter(|id| !id.is_empty());
                    Ok(vec![
                        (&VOLUME_ENCRYPTED.def, known(needed(volume.flag("encrypted"))?)),
                        (&VOLUME_KEY.def, stated(volume.text("kmsKeyId"))),
                        (&VOLUME_SOURCE.def, stated(source)),
                    ])
                })
            },
        }],
    },
    KindReads {
        kind: &SNAPSHOT,
        reads: &[
            Read {
                facets: &[&SNAPSHOT_ENCRYPTED.def, &SNAPSHOT_MAKER.def],
                calls: &[&DESCRIBE_SNAPSHOTS],
                run: |reader| {
                    Box::pin(async move {
                        let answer = reader.ask(&DESCRIBE_SNAPSHOTS, [("SnapshotId", one(reader.id()))]).await?;
                        let snapshot = answer.only(&["snapshotSet"])?;
                        // Both services tag what they make: `aws:backup:…`, `aws:dlm:…`.
                        let tags = snapshot.list("tagSet");
                        let maker = SCHEDULERS.iter().find(|service| {
                            let name = service.trim_end_matches(".amazonaws.com");
                            let own = |key: &str| key.starts_with(&format!("aws:{name}:"));
                            tags.iter().any(|tag| tag.text("key").is_some_and(own))
                        });
                        Ok(vec![
                            (&SNAPSHOT_ENCRYPTED.def, known(needed(snapshot.flag("encrypted"))?)),
                            (&SNAPSHOT_MAKER.def, stated(maker.copied())),
                        ])
                    })
                },
            },
            Read {
                facets: &[&SNAPSHOT_PERMISSIONS.def],
                calls: &[&DESCRIBE_SNAPSHOT_ATTRIBUTE],
                run: |reader| {
                    Box::pin(async move {
                        let with = [("SnapshotId", reader.id().into()), ("Attribute", "createVolumePermission".into())];
                        let shared =
                            grantees(reader, &DESCRIBE_SNAPSHOT_ATTRIBUTE, with, "createVolumePermission").await?;
                        Ok(vec![(&SNAPSHOT_PERMISSIONS.def, shared)])
                    })
                },
            },
        ],
    },
    KindReads {
        kind: &IMAGE,
        reads: &[Read {
            facets: &[&IMAGE_PERMISSIONS.def],
            calls: &[&DESCRIBE_IMAGE_ATTRIBUTE],
            run: |reader| {
                Box::pin(async move {
                    let with = [("ImageId", reader.id().into()), ("Attribute", "launchPermission".into())];
                    let shared = grantees(reader, &DESCRIBE_IMAGE_ATTRIBUTE, with, "launchPermission").await?;
                    Ok(vec![(&IMAGE_PERMISSIONS.def, shared)])
                })
            },
        }],
    },
];

/// Whom a disk is shared with.
async fn grantees(
    reader: &Reader<'_>,
    call: &'static Call,
    with: [(&str, trailhound_model::Value); 2],
    list: &str,
) -> Result<State, Error> {
    let answer = reader.ask(call, with).await?;
    let all = answer.body().list(list).into_iter().map(|item| named_grantee(item).ok_or(NOBODY));
    Ok(entries(all.collect::<Result<Vec<_>, _>>()?))
}

const NOBODY: Error = Error::malformed("the answer has a permission for nobody");

//! What EC2 keeps once per account and region.

use trailhound_model::kinds::account::REGION;
use trailhound_model::kinds::ec2::region::{EBS_ENCRYPTION, HTTP_TOKENS_DEFAULT, IMAGE_BLOCK, SNAPSHOT_BLOCK};

use super::call;
use crate::client::Call;
use crate::read::{KindReads, Read, known, needed, stated};

static GET_EBS_ENCRYPTION: Call = call("GetEbsEncryptionByDefault", "ec2:GetEbsEncryptionByDefault");
static GET_SNAPSHOT_BLOCK: Call = call("GetSnapshotBlockPublicAccessState", "ec2:GetSnapshotBlockPublicAccessState");
static GET_IMAGE_BLOCK: Call = call("GetImageBlockPublicAccessState", "ec2:GetImageBlockPublicAccessState");
static GET_METADATA_DEFAULTS: Call = call("GetInstanceMetadataDefaults", "ec2:GetInstanceMetadataDefaults");

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &REGION,
    reads: &[
        Read {
            facets: &[&EBS_ENCRYPTION.def],
            calls: &[&GET_EBS_ENCRYPTION],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&GET_EBS_ENCRYPTION, []).await?;
                    let on = needed(answer.body().flag("ebsEncryptionByDefault"))?;
                    Ok(vec![(&EBS_ENCRYPTION.def, known(on))])
                })
            },
        },
        Read {
            facets: &[&SNAPSHOT_BLOCK.def],
            calls: &[&GET_SNAPSHOT_BLOCK],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&GET_SNAPSHOT_BLOCK, []).await?;
                    Ok(vec![(&SNAPSHOT_BLOCK.def, known(needed(answer.body().text("state"))?))])
                })
            },
        },
        Read {
            facets: &[&IMAGE_BLOCK.def],
            calls: &[&GET_IMAGE_BLOCK],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&GET_IMAGE_BLOCK, []).await?;
                    let state = needed(answer.body().text("imageBlockPublicAccessState"))?;
                    Ok(vec![(&IMAGE_BLOCK.def, known(state))])
                })
            },
        },
        Read {
            facets: &[&HTTP_TOKENS_DEFAULT.def],
            calls: &[&GET_METADATA_DEFAULTS],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&GET_METADATA_DEFAULTS, []).await?;
                    // An account without a wish of its own has no such member.
                    let tokens = answer.body().at(&["accountLevel"]).text("httpTokens");
                    Ok(vec![(&HTTP_TOKENS_DEFAULT.def, stated(tokens))])
                })
            },
        },
    ],
}];

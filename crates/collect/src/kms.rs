//! KMS keys.

use trailhound_model::kinds::kms::{self, KEY};

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, Reader, document, known, needed};

static KMS: Service = Service::new("kms", Protocol::Json11("TrentService")).limited(10.0, 4);

static DESCRIBE_KEY: Call = Call::new(&KMS, "DescribeKey", "kms:DescribeKey").gone(&[("NotFoundException", "")]);
static GET_POLICY: Call = Call::new(&KMS, "GetKeyPolicy", "kms:GetKeyPolicy").gone(&[("NotFoundException", "")]);
// Asymmetric keys and keys in stores of one's own cannot be rotated by KMS.
static GET_ROTATION: Call = Call::new(&KMS, "GetKeyRotationStatus", "kms:GetKeyRotationStatus")
    .absent(&[("UnsupportedOperationException", "")])
    .gone(&[("NotFoundException", "")]);

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &KEY,
    reads: &[
        Read {
            facets: &[&kms::MANAGER.def, &kms::ORIGIN.def, &kms::SPEC.def, &kms::STATE.def],
            calls: &[&DESCRIBE_KEY],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&DESCRIBE_KEY, [key(reader)]).await?;
                    let key = answer.body().at(&["KeyMetadata"]);
                    let text = |member: &str| Ok::<_, Error>(known(needed(key.text(member))?));
                    Ok(vec![
                        (&kms::MANAGER.def, text("KeyManager")?),
                        (&kms::ORIGIN.def, text("Origin")?),
                        (&kms::SPEC.def, text("KeySpec")?),
                        (&kms::STATE.def, text("KeyState")?),
                    ])
                })
            },
        },
        Read {
            facets: &[&kms::POLICY.def],
            calls: &[&GET_POLICY],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&GET_POLICY, [key(reader), ("PolicyName", "default".into())]).await?;
                    Ok(vec![(&kms::POLICY.def, document(answer.body(), "Policy"))])
                })
            },
        },
        Read {
            facets: &[&kms::ROTATION.def],
            calls: &[&GET_ROTATION],
            run: |reader| {
                Box::pin(async move {
                    let on = match reader.ask(&GET_ROTATION, [key(reader)]).await {
                        Ok(answer) => needed(answer.body().flag("KeyRotationEnabled"))?,
                        Err(Error::Absent) => false,
                        Err(error) => return Err(error),
                    };
                    Ok(vec![(&kms::ROTATION.def, known(on))])
                })
            },
        },
    ],
}];

fn key(reader: &Reader<'_>) -> (&'static str, trailhound_model::Value) {
    ("KeyId", reader.id().into())
}

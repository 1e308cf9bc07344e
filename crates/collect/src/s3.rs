//! S3: buckets, access points, the account's block.

use trailhound_model::kinds::account::{self, ACCOUNT};
use trailhound_model::kinds::s3::{self, ACCESS_POINT, BUCKET, MULTI_REGION_ACCESS_POINT};
use trailhound_model::{State, Value};
use trailhound_trail::interpret::s3::{block, encryption, granted, logging, ownership, versioning, vpc_origin};

use crate::client::{Call, Endpoint, Error, Protocol, Service};
use crate::read::{Answer, KindReads, Read, Reader, document, needed, stated};

static S3: Service = Service::new("s3", Protocol::S3).limited(50.0, 16);
static CONTROL: Service =
    Service::new("s3", Protocol::S3).at("s3-control", "s3").endpoint(Endpoint::PerAccount).limited(10.0, 4);
/// Multi-region access points are kept in one region.
static MULTI_REGION: Service = Service::new("s3", Protocol::S3)
    .at("s3-control", "s3")
    .endpoint(Endpoint::PerAccountIn("us-west-2"))
    .limited(5.0, 2);

const fn of_bucket(name: &'static str, action: &'static str, path: &'static str) -> Call {
    Call::get(&S3, name, action, path).gone(&[("NoSuchBucket", "")])
}

static GET_ENCRYPTION: Call = of_bucket("GetBucketEncryption", "s3:GetEncryptionConfiguration", "/{Bucket}?encryption")
    .absent(&[("ServerSideEncryptionConfigurationNotFoundError", "")]);
static GET_ACL: Call = of_bucket("GetBucketAcl", "s3:GetBucketAcl", "/{Bucket}?acl");
static GET_LOGGING: Call = of_bucket("GetBucketLogging", "s3:GetBucketLogging", "/{Bucket}?logging");
static GET_VERSIONING: Call = of_bucket("GetBucketVersioning", "s3:GetBucketVersioning", "/{Bucket}?versioning");
static GET_OBJECT_LOCK: Call =
    of_bucket("GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration", "/{Bucket}?object-lock")
        .absent(&[("ObjectLockConfigurationNotFoundError", "")]);
static GET_OWNERSHIP: Call =
    of_bucket("GetBucketOwnershipControls", "s3:GetBucketOwnershipControls", "/{Bucket}?ownershipControls")
        .absent(&[("OwnershipControlsNotFoundError", "")]);
static GET_POLICY: Call =
    of_bucket("GetBucketPolicy", "s3:GetBucketPolicy", "/{Bucket}?policy").absent(&[("NoSuchBucketPolicy", "")]);
static GET_BLOCK: Call =
    of_bucket("GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock", "/{Bucket}?publicAccessBlock")
        .absent(&[("NoSuchPublicAccessBlockConfiguration", "")]);
static GET_ACCOUNT_BLOCK: Call = Call::get(
    &CONTROL,
    "GetPublicAccessBlock",
    "s3:GetAccountPublicAccessBlock",
    "/v20180820/configuration/publicAccessBlock",
)
.absent(&[("NoSuchPublicAccessBlockConfiguration", "")]);
static GET_ACCESS_POINT: Call =
    Call::get(&CONTROL, "GetAccessPoint", "s3:GetAccessPoint", "/v20180820/accesspoint/{Name}")
        .gone(&[("NoSuchAccessPoint", "")]);
static GET_ACCESS_POINT_POLICY: Call =
    Call::get(&CONTROL, "GetAccessPointPolicy", "s3:GetAccessPointPolicy", "/v20180820/accesspoint/{Name}/policy")
        .absent(&[("NoSuchAccessPointPolicy", "")])
        .gone(&[("NoSuchAccessPoint", "")]);
static GET_MULTI_REGION: Call = Call::get(
    &MULTI_REGION,
    "GetMultiRegionAccessPoint",
    "s3:GetMultiRegionAccessPoint",
    "/v20180820/mrap/instances/{Name}",
)
.gone(&[("NoSuchMultiRegionAccessPoint", "")]);

pub(crate) static READS: &[KindReads] = &[
    KindReads {
        kind: &BUCKET,
        reads: &[
            Read {
                facets: &[&s3::ENCRYPTION.def],
                calls: &[&GET_ENCRYPTION],
                run: |reader| {
                    Box::pin(async move {
                        let answer = bucket(reader, &GET_ENCRYPTION).await?;
                        Ok(vec![(&s3::ENCRYPTION.def, stated(encryption(answer.body())))])
                    })
                },
            },
            Read {
                facets: &[&s3::GRANTS.def],
                calls: &[&GET_ACL],
                run: |reader| {
                    Box::pin(async move {
                        let answer = bucket(reader, &GET_ACL).await?;
                        needed(answer.body().at(&["AccessControlList"]).to_value())?;
                        Ok(vec![(&s3::GRANTS.def, State::Known(granted(answer.body())))])
                    })
                },
            },
            Read {
                facets: &[&s3::LOGGING.def],
                calls: &[&GET_LOGGING],
                run: |reader| {
                    Box::pin(async move {
                        let answer = bucket(reader, &GET_LOGGING).await?;
                        Ok(vec![(&s3::LOGGING.def, stated(logging(answer.body())))])
                    })
                },
            },
            Read {
                facets: &[&s3::MFA_DELETE.def, &s3::VERSIONING.def],
                calls: &[&GET_VERSIONING],
                run: |reader| {
                    Box::pin(async move {
                        let answer = bucket(reader, &GET_VERSIONING).await?;
                        Ok(vec![
                            (&s3::MFA_DELETE.def, stated(answer.body().text("MfaDelete"))),
                            (&s3::VERSIONING.def, stated(versioning(answer.body()))),
                        ])
                    })
                },
            },
            Read {
                facets: &[&s3::OBJECT_LOCK.def],
                calls: &[&GET_OBJECT_LOCK],
                run: |reader| {
                    Box::pin(async move {
                        let enabled = match bucket(reader, &GET_OBJECT_LOCK).await {
                            Ok(answer) => answer.body().text("ObjectLockEnabled") == Some("Enabled"),
                            Err(Error::Absent) => false,
                            Err(error) => return Err(error),
                        };
                        Ok(vec![(&s3::OBJECT_LOCK.def, State::Known(enabled.into()))])
                    })
                },
            },
            Read {
                facets: &[&s3::OWNERSHIP.def],
                calls: &[&GET_OWNERSHIP],
                run: |reader| {
                    Box::pin(async move {
                        let answer = bucket(reader, &GET_OWNERSHIP).await?;
                        Ok(vec![(&s3::OWNERSHIP.def, stated(ownership(answer.body())))])
                    })
                },
            },
            Read {
                facets: &[&s3::POLICY.def],
                calls: &[&GET_POLICY],
                run: |reader| {
                    Box::pin(async move {
                        let answer = bucket(reader, &GET_POLICY).await?;
                        // Anything else that answers would be a policy that grants nothing.
                        needed(answer.body().at(&["Statement"]).to_value())?;
                        Ok(vec![(&s3::POLICY.def, stated(answer.body().to_value()))])
                    })
                },
            },
            Read {
                facets: &[&s3::PUBLIC_ACCESS_BLOCK.def],
                calls: &[&GET_BLOCK],
                run: |reader| {
                    Box::pin(async move {
                        let answer = bucket(reader, &GET_BLOCK).await?;
                        Ok(vec![(&s3::PUBLIC_ACCESS_BLOCK.def, stated(block(answer.body())))])
                    })
                },
            },
        ],
    },
    KindReads {
        kind: &ACCOUNT,
        reads: &[Read {
            facets: &[&account::PUBLIC_ACCESS_BLOCK.def],
            calls: &[&GET_ACCOUNT_BLOCK],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&GET_ACCOUNT_BLOCK, [of_account(reader)]).await?;
                    Ok(vec![(&account::PUBLIC_ACCESS_BLOCK.def, stated(block(answer.body())))])
                })
            },
        }],
    },
    KindReads {
        kind: &ACCESS_POINT,
        reads: &[
            Read {
                facets: &[
                    &s3::ACCESS_POINT_BUCKET.def,
                    &s3::ACCESS_POINT_PUBLIC_ACCESS_BLOCK.def,
                    &s3::ACCESS_POINT_VPC.def,
                ],
                calls: &[&GET_ACCESS_POINT],
                run: |reader| {
                    Box::pin(async move {
                        let answer = control(reader, &GET_ACCESS_POINT).await?;
                        let point = answer.body();
                        let own = block(point.at(&["PublicAccessBlockConfiguration"]));
                        Ok(vec![
                            (&s3::ACCESS_POINT_BUCKET.def, stated(point.text("Bucket"))),
                            (&s3::ACCESS_POINT_PUBLIC_ACCESS_BLOCK.def, stated(own)),
                            (&s3::ACCESS_POINT_VPC.def, stated(vpc_origin(point))),
                        ])
                    })
                },
            },
            Read {
                facets: &[&s3::ACCESS_POINT_POLICY.def],
                calls: &[&GET_ACCESS_POINT_POLICY],
                run: |reader| {
                    Box::pin(async move {
                        let answer = control(reader, &GET_ACCESS_POINT_POLICY).await?;
                        Ok(vec![(&s3::ACCESS_POINT_POLICY.def, document(answer.body(), "Policy"))])
                    })
                },
            },
        ],
    },
    KindReads {
        kind: &MULTI_REGION_ACCESS_POINT,
        reads: &[Read {
            facets: &[&s3::MULTI_REGION_PUBLIC_ACCESS_BLOCK.def],
            calls: &[&GET_MULTI_REGION],
            run: |reader| {
                Box::pin(async move {
                    let answer = control(reader, &GET_MULTI_REGION).await?;
                    let own = block(answer.body().at(&["AccessPoint", "PublicAccessBlock"]));
                    Ok(vec![(&s3::MULTI_REGION_PUBLIC_ACCESS_BLOCK.def, stated(own))])
                })
            },
        }],
    },
];

/// Asks about the bucket, if it still belongs to the account that it is known to belong to: after a deletion anybody may
/// have taken its name.
async fn bucket(reader: &Reader<'_>, call: &'static Call) -> Result<Answer, Error> {
    let owner = Value::from(&*reader.resource.account);
    reader.ask(call, [("Bucket", reader.id().into()), ("x-amz-expected-bucket-owner", owner)]).await
}

async fn control(reader: &Reader<'_>, call: &'static Call) -> Result<Answer, Error> {
    reader.ask(call, [("Name", reader.id().into()), of_account(reader)]).await
}

fn of_account(reader: &Reader<'_>) -> (&'static str, Value) {
    ("x-amz-account-id", Value::from(&*reader.resource.account))
}

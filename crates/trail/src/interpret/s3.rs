//! `s3.amazonaws.com`: buckets and the account's public access block.

use trailhound_model::kinds::account::{self, ACCOUNT};
use trailhound_model::kinds::s3::{self, BUCKET, SWITCHES};
use trailhound_model::{Birth, Map, ResourceId, Value};

use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};
use super::{Body, Event};

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateBucket",
        does: &[Does { verb: Verb::Creates, kind: &BUCKET, facets: &[] }],
        interpret: |event, draft| {
            // Idempotent for the owner in us-east-1 only; a first sight is taken as the creation anywhere.
            let birth = if event.region == "us-east-1" { Birth::Repeatable } else { Birth::Certain };
            draft.on(bucket(event)?).create(birth, Stated::new());
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteBucket",
        does: &[Does { verb: Verb::Deletes, kind: &BUCKET, facets: &[] }],
        interpret: |event, draft| {
            draft.on(bucket(event)?).delete();
            Ok(())
        },
    },
    EventSpec {
        name: "PutBucketVersioning",
        does: &[Does { verb: Verb::Sets, kind: &BUCKET, facets: &[&s3::VERSIONING.def] }],
        interpret: |event, draft| {
            let configuration = event.request.at(&["VersioningConfiguration"]);
            draft.on(bucket(event)?).set(
                &s3::VERSIONING,
                Value::map([
                    ("Status", configuration.text("Status").map(Value::from)),
                    ("MfaDelete", configuration.text("MfaDelete").map(Value::from)),
                ]),
            );
            Ok(())
        },
    },
    EventSpec {
        name: "PutBucketPublicAccessBlock",
        does: &[Does { verb: Verb::Sets, kind: &BUCKET, facets: &[&s3::PUBLIC_ACCESS_BLOCK.def] }],
        interpret: |event, draft| {
            draft.on(bucket(event)?).set(&s3::PUBLIC_ACCESS_BLOCK, switches(event.request));
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteBucketPublicAccessBlock",
        does: &[Does { verb: Verb::Sets, kind: &BUCKET, facets: &[&s3::PUBLIC_ACCESS_BLOCK.def] }],
        interpret: |event, draft| {
            draft.on(bucket(event)?).clear(&s3::PUBLIC_ACCESS_BLOCK);
            Ok(())
        },
    },
    EventSpec {
        name: "PutBucketPolicy",
        does: &[Does { verb: Verb::Sets, kind: &BUCKET, facets: &[&s3::POLICY.def] }],
        interpret: |event, draft| {
            let document = event.request.document("bucketPolicy");
            draft.on(bucket(event)?).set_document(&s3::POLICY, document);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteBucketPolicy",
        does: &[Does { verb: Verb::Sets, kind: &BUCKET, facets: &[&s3::POLICY.def] }],
        interpret: |event, draft| {
            draft.on(bucket(event)?).clear(&s3::POLICY);
            Ok(())
        },
    },
    EventSpec {
        name: "PutAccountPublicAccessBlock",
        does: &[Does { verb: Verb::Sets, kind: &ACCOUNT, facets: &[&account::PUBLIC_ACCESS_BLOCK.def] }],
        interpret: |event, draft| {
            draft.on(event.account_resource()).set(&account::PUBLIC_ACCESS_BLOCK, switches(event.request));
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteAccountPublicAccessBlock",
        does: &[Does { verb: Verb::Sets, kind: &ACCOUNT, facets: &[&account::PUBLIC_ACCESS_BLOCK.def] }],
        interpret: |event, draft| {
            draft.on(event.account_resource()).clear(&account::PUBLIC_ACCESS_BLOCK);
            Ok(())
        },
    },
];

/// The bucket, owned by the account that the record's resource list names: a call on another account's bucket is
/// recorded in both.
fn bucket(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let name = event.request.text("bucketName").ok_or(Unplaced { missing: "requestParameters.bucketName" })?;
    let mut id = event.resource(&BUCKET, name);
    if let Some(owner) = event.resource_owner("AWS::S3::Bucket") {
        id.account = owner.into();
    }
    Ok(id)
}

/// The four switches. A member left out is off, as the API says.
fn switches(request: Body<'_>) -> Value {
    let block = request.at(&["PublicAccessBlockConfiguration"]);
    let switch = |name: &&'static str| ((*name).into(), Value::Bool(block.flag(name).unwrap_or(false)));
    Value::Map(SWITCHES.iter().map(switch).collect::<Map>())
}

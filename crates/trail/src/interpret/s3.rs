//! `s3.amazonaws.com`: buckets, access points and the account's public access block.
//!
//! S3 writes its records unlike other services: headers under their own names, the XML body as JSON under the name of its
//! root element, one child as an object and several as a list. Old records wrap texts in lists of one. Some records show
//! no body at all.

use trailhound_model::kinds::account::{self, ACCOUNT};
use trailhound_model::kinds::s3::{self, ACCESS_POINT, BUCKET, MULTI_REGION_ACCESS_POINT, SWITCHES};
use trailhound_model::{Birth, FacetDef, Map, ResourceId, Value, Why};

use super::body::BadDocument;
use super::draft::{Does, EventSpec, On, Stated, Unplaced, Verb};
use super::{Body, Event};

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateBucket",
        does: &[Does { verb: Verb::Creates, kind: &BUCKET, facets: &[] }],
        interpret: |event, draft| {
            // Idempotent for the owner in us-east-1 only; a first sight is taken as the creation anywhere.
            let birth = if event.region == "us-east-1" { Birth::Repeatable } else { Birth::Certain };
            let lock = header(event, "x-amz-bucket-object-lock-enabled").map(|on| on.eq_ignore_ascii_case("true"));
            let stated = Stated::new()
                .value_if(&s3::OWNERSHIP, header(event, "x-amz-object-ownership").map(s3::ownership))
                .value_if(&s3::OBJECT_LOCK, lock)
                .value_if(&s3::GRANTS, grants(event));
            draft.on(bucket(event)?).create(birth, stated);
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
        does: &[Does { verb: Verb::Sets, kind: &BUCKET, facets: &[&s3::MFA_DELETE.def, &s3::VERSIONING.def] }],
        interpret: |event, draft| {
            let configuration = event.request.at(&["VersioningConfiguration"]);
            let mut on = draft.on(bucket(event)?);
            if configuration.is_present() {
                on.set_if(&s3::VERSIONING, versioning(configuration));
                on.set_if(&s3::MFA_DELETE, configuration.text("MfaDelete"));
            } else {
                on.stale(&s3::VERSIONING, Why::Touched).stale(&s3::MFA_DELETE, Why::Touched);
            }
            Ok(())
        },
    },
    EventSpec {
        name: "PutBucketPublicAccessBlock",
        does: &[Does { verb: Verb::Sets, kind: &BUCKET, facets: &[&s3::PUBLIC_ACCESS_BLOCK.def] }],
        interpret: |event, draft| {
            set_or_stale(&mut draft.on(bucket(event)?), &s3::PUBLIC_ACCESS_BLOCK, switches(event.request));
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
            set_policy(&mut draft.on(bucket(event)?), &s3::POLICY, event.request.document("bucketPolicy"));
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
        name: "PutBucketAcl",
        does: &[Does { verb: Verb::Sets, kind: &BUCKET, facets: &[&s3::GRANTS.def] }],
        interpret: |event, draft| {
            set_or_stale(&mut draft.on(bucket(event)?), &s3::GRANTS, grants(event));
            Ok(())
        },
    },
    EventSpec {
        name: "PutBucketOwnershipControls",
        does: &[Does { verb: Verb::Sets, kind: &BUCKET, facets: &[&s3::OWNERSHIP.def] }],
        // Derived from the API model.
        interpret: |event, draft| {
            let ownership = ownership(event.request.at(&["OwnershipControls"]));
            set_or_stale(&mut draft.on(bucket(event)?), &s3::OWNERSHIP, ownership);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteBucketOwnershipControls",
        does: &[Does { verb: Verb::Sets, kind: &BUCKET, facets: &[&s3::OWNERSHIP.def] }],
        interpret: |event, draft| {
            draft.on(bucket(event)?).clear(&s3::OWNERSHIP);
            Ok(())
        },
    },
    EventSpec {
        name: "PutBucketEncryption",
        does: &[Does { verb: Verb::Sets, kind: &BUCKET, facets: &[&s3::ENCRYPTION.def] }],
        interpret: |event, draft| {
            let encryption = encryption(event.request.at(&["ServerSideEncryptionConfiguration"]));
            set_or_stale(&mut draft.on(bucket(event)?), &s3::ENCRYPTION, encryption);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteBucketEncryption",
        does: &[Does { verb: Verb::Sets, kind: &BUCKET, facets: &[&s3::ENCRYPTION.def] }],
        interpret: |event, draft| {
            let mut on = draft.on(bucket(event)?);
            if event.time >= s3::SSE_S3_EVERYWHERE {
                on.set(&s3::ENCRYPTION, s3::sse_s3());
            } else {
                on.clear(&s3::ENCRYPTION);
            }
            Ok(())
        },
    },
    EventSpec {
        name: "PutBucketLogging",
        does: &[Does { verb: Verb::Sets, kind: &BUCKET, facets: &[&s3::LOGGING.def] }],
        interpret: |event, draft| {
            let status = event.request.at(&["BucketLoggingStatus"]);
            let mut on = draft.on(bucket(event)?);
            match logging(status) {
                Some(logging) => on.set(&s3::LOGGING, logging),
                None if status.is_present() => on.clear(&s3::LOGGING),
                None => on.stale(&s3::LOGGING, Why::Touched),
            };
            Ok(())
        },
    },
    EventSpec {
        name: "PutBucketObjectLockConfiguration",
        does: &[Does { verb: Verb::Sets, kind: &BUCKET, facets: &[&s3::OBJECT_LOCK.def] }],
        interpret: |event, draft| {
            // The call turns locking on or changes the default retention; nothing turns locking off.
            draft.on(bucket(event)?).set(&s3::OBJECT_LOCK, true);
            Ok(())
        },
    },
    EventSpec {
        name: "PutAccountPublicAccessBlock",
        does: &[Does { verb: Verb::Sets, kind: &ACCOUNT, facets: &[&account::PUBLIC_ACCESS_BLOCK.def] }],
        interpret: |event, draft| {
            let mut on = draft.on(event.account_resource());
            set_or_stale(&mut on, &account::PUBLIC_ACCESS_BLOCK, switches(event.request));
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
    EventSpec {
        name: "CreateAccessPoint",
        does: &[Does { verb: Verb::Creates, kind: &ACCESS_POINT, facets: &[] }],
        // Derived from the API model.
        interpret: |event, draft| {
            let body = event.request.at(&["CreateAccessPointRequest"]);
            let body = if body.is_present() { body } else { event.request };
            let stated = Stated::new()
                .value_if(&s3::ACCESS_POINT_BUCKET, body.text("Bucket"))
                .value_if(&s3::ACCESS_POINT_PUBLIC_ACCESS_BLOCK, switches(body))
                .value_if(&s3::ACCESS_POINT_VPC, vpc_origin(body));
            draft.on(access_point(event)?).create(Birth::Certain, stated);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteAccessPoint",
        does: &[Does { verb: Verb::Deletes, kind: &ACCESS_POINT, facets: &[] }],
        interpret: |event, draft| {
            draft.on(access_point(event)?).delete();
            Ok(())
        },
    },
    EventSpec {
        name: "PutAccessPointPolicy",
        does: &[Does { verb: Verb::Sets, kind: &ACCESS_POINT, facets: &[&s3::ACCESS_POINT_POLICY.def] }],
        // Derived from the API model.
        interpret: |event, draft| {
            let body = event.request.at(&["PutAccessPointPolicyRequest"]);
            let body = if body.is_present() { body } else { event.request };
            set_policy(&mut draft.on(access_point(event)?), &s3::ACCESS_POINT_POLICY, body.document("Policy"));
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteAccessPointPolicy",
        does: &[Does { verb: Verb::Sets, kind: &ACCESS_POINT, facets: &[&s3::ACCESS_POINT_POLICY.def] }],
        interpret: |event, draft| {
            draft.on(access_point(event)?).clear(&s3::ACCESS_POINT_POLICY);
            Ok(())
        },
    },
    EventSpec {
        name: "CreateMultiRegionAccessPoint",
        does: &[Does { verb: Verb::Creates, kind: &MULTI_REGION_ACCESS_POINT, facets: &[] }],
        // Derived from the API model.
        interpret: |event, draft| {
            let details = event.request.at(&["CreateMultiRegionAccessPointRequest", "Details"]);
            let id = multi_region_access_point(event, details)?;
            let block = block(details.at(&["PublicAccessBlock"]));
            let stated = Stated::new().value_if(&s3::MULTI_REGION_PUBLIC_ACCESS_BLOCK, block);
            draft.on(id).create(Birth::Certain, stated);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteMultiRegionAccessPoint",
        does: &[Does { verb: Verb::Deletes, kind: &MULTI_REGION_ACCESS_POINT, facets: &[] }],
        // Derived from the API model.
        interpret: |event, draft| {
            let details = event.request.at(&["DeleteMultiRegionAccessPointRequest", "Details"]);
            draft.on(multi_region_access_point(event, details)?).delete();
            Ok(())
        },
    },
];

/// The bucket, owned by the account that the record's resource list names: a call on another account's bucket is
/// recorded in both.
fn bucket(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let Some(name) = event.request.text("bucketName") else {
        return event.listed_resource(&BUCKET).ok_or(Unplaced { missing: "requestParameters.bucketName" });
    };
    let mut id = event.resource(&BUCKET, name);
    if let Some(owner) = event.resource_owner("AWS::S3::Bucket") {
        id.account = owner.into();
    }
    Ok(id)
}

/// The access point, by the ARN of the response or by its name.
fn access_point(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let name = event.response.text("accessPointArn").or_else(|| event.request.text("name"));
    let name = name.ok_or(Unplaced { missing: "requestParameters.name" })?;
    Ok(match name.split_once(":accesspoint/") {
        Some((_, id)) => event.resource_of_arn(&ACCESS_POINT, name, id),
        None => event.resource(&ACCESS_POINT, name),
    })
}

/// The multi-region access point: requests to create and delete one are queued, and name it in their details.
fn multi_region_access_point(event: &Event<'_>, details: Body<'_>) -> Result<ResourceId, Unplaced> {
    let name = details.text("Name").ok_or(Unplaced { missing: "requestParameters.Details.Name" })?;
    Ok(event.resource(&MULTI_REGION_ACCESS_POINT, name))
}

/// What a call states, or that it stated something CloudTrail does not show.
fn set_or_stale(on: &mut On<'_>, facet: &'static FacetDef, value: Option<Value>) {
    match value {
        Some(value) => on.set(facet, value),
        None => on.stale(facet, Why::Touched),
    };
}

/// A policy that a call puts.
fn set_policy(on: &mut On<'_>, facet: &'static FacetDef, document: Result<Option<Value>, BadDocument>) {
    match document {
        Ok(None) => on.stale(facet, Why::Touched),
        document => on.set_document(facet, document),
    };
}

/// A header of the request; old records wrap it in a list.
fn header<'a>(event: &Event<'a>, name: &str) -> Option<&'a str> {
    event.request.texts(name).first().copied()
}

/// The four switches, if they are shown. A member left out is off, as the API says.
fn switches(body: Body<'_>) -> Option<Value> {
    block(body.at(&["PublicAccessBlockConfiguration"]))
}

/// The four switches of a block, if there is one.
#[must_use]
pub fn block(block: Body<'_>) -> Option<Value> {
    let switch = |name: &&'static str| ((*name).into(), Value::Bool(block.flag(name).unwrap_or(false)));
    block.is_present().then(|| Value::Map(SWITCHES.iter().map(switch).collect::<Map>()))
}

/// The ACL that a request states as a canned ACL, in grant headers or in its body. What the owner grants to itself is
/// left out where the request tells who the owner is.
fn grants(event: &Event<'_>) -> Option<Value> {
    if let Some(canned) = header(event, "x-amz-acl") {
        return s3::canned_grants(canned);
    }
    let policy = event.request.at(&["AccessControlPolicy"]);
    if policy.is_present() {
        return Some(granted(policy));
    }
    let mut listed = Vec::new();
    let mut any = false;
    for (name, permission) in [
        ("x-amz-grant-full-control", "FULL_CONTROL"),
        ("x-amz-grant-read", "READ"),
        ("x-amz-grant-read-acp", "READ_ACP"),
        ("x-amz-grant-write", "WRITE"),
        ("x-amz-grant-write-acp", "WRITE_ACP"),
    ] {
        // `uri="http://...", id="..."`, in one text or one per list element.
        for grantee in event.request.texts(name).into_iter().flat_map(|header| header.split(',')) {
            any = true;
            if let Some((_, grantee)) = grantee.split_once('=') {
                listed.push((grantee.trim().trim_matches('"'), permission));
            }
        }
    }
    any.then(|| s3::grants(listed))
}

/// What an ACL (`AccessControlPolicy`) gives to others than its owner.
#[must_use]
pub fn granted(policy: Body<'_>) -> Value {
    let owner = policy.at(&["Owner"]).text("ID");
    let grants = policy.at(&["AccessControlList"]).list("Grant");
    s3::grants(grants.iter().filter_map(|grant| {
        let grantee = grant.at(&["Grantee"]);
        let id = grantee.text("ID").filter(|id| Some(*id) != owner);
        let grantee = grantee.text("URI").or(id).or_else(|| grantee.text("EmailAddress"))?;
        Some((grantee, grant.text("Permission")?))
    }))
}

/// Where a `BucketLoggingStatus` sends logs, if it does.
#[must_use]
pub fn logging(status: Body<'_>) -> Option<Value> {
    let enabled = status.at(&["LoggingEnabled"]);
    enabled.is_present().then(|| {
        Value::map([
            ("DestinationBucketName", enabled.text("TargetBucket").map(Value::from)),
            ("LogFilePrefix", enabled.text("TargetPrefix").map(Value::from)),
        ])
    })
}

/// The status of a `VersioningConfiguration`, if it ever had one.
#[must_use]
pub fn versioning(configuration: Body<'_>) -> Option<Value> {
    configuration.text("Status").map(|status| Value::map([("Status", Some(status.into()))]))
}

/// What `OwnershipControls` say.
#[must_use]
pub fn ownership(controls: Body<'_>) -> Option<Value> {
    controls.list("Rule").iter().find_map(|rule| rule.text("ObjectOwnership")).map(s3::ownership)
}

/// The network of an access point, if it is bound to one.
#[must_use]
pub fn vpc_origin(access_point: Body<'_>) -> Option<Value> {
    let vpc = access_point.at(&["VpcConfiguration"]).text("VpcId");
    vpc.map(|id| Value::map([("VpcId", Some(id.into()))]))
}

/// A `ServerSideEncryptionConfiguration` in CloudFormation's names. Derived from the API model: no record with a body was
/// observed.
#[must_use]
pub fn encryption(configuration: Body<'_>) -> Option<Value> {
    let rules = configuration.list("Rule");
    let rules = rules.iter().map(|rule| {
        let default = rule.at(&["ApplyServerSideEncryptionByDefault"]);
        let names = default.is_present().then(|| {
            Value::map([
                ("SSEAlgorithm", default.text("SSEAlgorithm").map(Value::from)),
                ("KMSMasterKeyID", default.text("KMSMasterKeyID").map(Value::from)),
            ])
        });
        Value::map([
            ("ServerSideEncryptionByDefault", names),
            ("BucketKeyEnabled", rule.flag("BucketKeyEnabled").map(Value::from)),
        ])
    });
    let rules: Vec<Value> = rules.collect();
    (!rules.is_empty()).then(|| Value::map([("ServerSideEncryptionConfiguration", Some(rules.into()))]))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{attack, collected, told};

    /// Asserts what a call with this request means.
    fn check(name: &str, request: &str, expected: &[&str]) {
        let event = format!(
            r#"{{"eventSource":"s3.amazonaws.com","eventName":"{name}","requestParameters":{request},"responseElements":null}}"#
        );
        assert_eq!(told(&event), expected, "{name} {request}");
    }

    #[test]
    fn a_bucket_is_created_with_what_the_headers_state() {
        check(
            "CreateBucket",
            r#"{"bucketName":"acme","Host":"acme.s3.eu-west-1.amazonaws.com",
                "CreateBucketConfiguration":{"LocationConstraint":"eu-west-1","xmlns":"http://s3.amazonaws.com/doc/2006-03-01/"}}"#,
            &["Bucket acme create Certain"],
        );
        check(
            "CreateBucket",
            r#"{"bucketName":"acme","x-amz-acl":"public-read","x-amz-object-ownership":"ObjectWriter",
                "x-amz-bucket-object-lock-enabled":"true"}"#,
            &[
                "Bucket acme create Certain",
                r#"Bucket acme   OwnershipControls {"Rules":[{"ObjectOwnership":"ObjectWriter"}]}"#,
                "Bucket acme   ObjectLockEnabled true",
                concat!(
                    r#"Bucket acme   Grants {"AllUsers/READ":{"Grantee":"http://acs.amazonaws.com/groups/global/AllUsers","#,
                    r#""Permission":"READ"}}"#
                ),
            ],
        );
        assert_eq!(
            told(
                r#"{"eventSource":"s3.amazonaws.com","eventName":"CreateBucket","awsRegion":"us-east-1",
                    "requestParameters":{"bucketName":"acme","x-amz-acl":["private"]}}"#
            ),
            ["Bucket acme create Repeatable", "Bucket acme   Grants {}"]
        );
        check("DeleteBucket", r#"{"bucketName":"acme"}"#, &["Bucket acme delete"]);
    }

    #[test]
    fn a_call_on_the_bucket_of_another_account_is_about_that_account() {
        assert_eq!(
            told(
                r#"{"eventSource":"s3.amazonaws.com","eventName":"DeleteBucketPolicy",
                    "requestParameters":{"bucketName":"acme","policy":""},
                    "resources":[{"accountId":"444455556666","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::acme"}]}"#
            ),
            ["Bucket acme@444455556666/global clear PolicyDocument"]
        );
    }

    #[test]
    fn a_call_whose_body_is_not_shown_leaves_its_facet_unknown() {
        for (name, facets) in [
            ("PutBucketVersioning", &["VersioningConfiguration", "MfaDelete"][..]),
            ("PutBucketPublicAccessBlock", &["PublicAccessBlockConfiguration"]),
            ("PutBucketPolicy", &["PolicyDocument"]),
            ("PutBucketAcl", &["Grants"]),
            ("PutBucketOwnershipControls", &["OwnershipControls"]),
            ("PutBucketEncryption", &["BucketEncryption"]),
            ("PutBucketLogging", &["LoggingConfiguration"]),
        ] {
            let expected: Vec<_> = facets.iter().map(|f| format!("Bucket acme stale {f} touched")).collect();
            let expected: Vec<_> = expected.iter().map(String::as_str).collect();
            check(name, r#"{"bucketName":"acme","Host":"acme.s3.amazonaws.com"}"#, &expected);
            // Without any request, the resource list names the bucket.
            let event = format!(
                r#"{{"eventSource":"s3.amazonaws.com","eventName":"{name}","requestParameters":null,
                    "resources":[{{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::acme"}}]}}"#
            );
            assert_eq!(told(&event), expected);
            check(
                name,
                "null",
                &["nothing: the record does not name its resource: `requestParameters.bucketName` is missing"],
            );
        }
    }

    #[test]
    fn versioning_and_mfa_delete_are_set_apart() {
        check(
            "PutBucketVersioning",
            r#"{"bucketName":"acme","versioning":[""],"VersioningConfiguration":{"Status":"Enabled","MfaDelete":"Enabled"}}"#,
            &[
                r#"Bucket acme set VersioningConfiguration {"Status":"Enabled"}"#,
                r#"Bucket acme set MfaDelete "Enabled""#,
            ],
        );
        check(
            "PutBucketVersioning",
            r#"{"bucketName":"acme","versioning":"","VersioningConfiguration":{"Status":"Suspended"}}"#,
            &[r#"Bucket acme set VersioningConfiguration {"Status":"Suspended"}"#],
        );
    }

    #[test]
    fn a_switch_of_the_block_that_is_left_out_is_off() {
        let set = concat!(
            r#"set PublicAccessBlockConfiguration {"BlockPublicAcls":true,"BlockPublicPolicy":false,"#,
            r#""IgnorePublicAcls":false,"RestrictPublicBuckets":false}"#
        );
        let block = r#""publicAccessBlock":"","PublicAccessBlockConfiguration":{"BlockPublicAcls":true}"#;
        check(
            "PutBucketPublicAccessBlock",
            &format!(r#"{{"bucketName":"acme",{block}}}"#),
            &[&format!("Bucket acme {set}")],
        );
        check(
            "PutAccountPublicAccessBlock",
            &format!(r#"{{"Host":"111122223333.s3-control.eu-west-1.amazonaws.com",{block}}}"#),
            &[&format!("Account self {set}")],
        );
        check(
            "DeleteAccountPublicAccessBlock",
            r#"{"host":["111122223333.s3-control.eu-west-1.amazonaws.com"]}"#,
            &["Account self clear PublicAccessBlockConfiguration"],
        );
        check(
            "DeleteBucketPublicAccessBlock",
            r#"{"bucketName":"acme","publicAccessBlock":""}"#,
            &["Bucket acme clear PublicAccessBlockConfiguration"],
        );
    }

    #[test]
    fn an_acl_is_read_as_canned_name_grants_or_headers() {
        let everyone = concat!(
            r#"Bucket acme set Grants {"AllUsers/READ":"#,
            r#"{"Grantee":"http://acs.amazonaws.com/groups/global/AllUsers","Permission":"READ"}}"#
        );
        check("PutBucketAcl", r#"{"bucketName":"acme","acl":"","x-amz-acl":"public-read"}"#, &[everyone]);
        check("PutBucketAcl", r#"{"bucketName":"acme","acl":[""],"x-amz-acl":["public-read"]}"#, &[everyone]);
        // The owner's own grant says nothing; one grant is written as an object, several as a list.
        let uri = r#"{"Grantee":{"xsi:type":"Group","URI":"http://acs.amazonaws.com/groups/global/AllUsers"},"Permission":"READ"}"#;
        let own = r#"{"Grantee":{"xsi:type":"CanonicalUser","ID":"0123abcd"},"Permission":"FULL_CONTROL"}"#;
        for grants in [uri.to_owned(), format!("[{uri}]"), format!("[{own},{uri}]")] {
            check(
                "PutBucketAcl",
                &format!(
                    r#"{{"bucketName":"acme","acl":"","AccessControlPolicy":
                        {{"Owner":{{"ID":"0123abcd"}},"AccessControlList":{{"Grant":{grants}}}}}}}"#
                ),
                &[everyone],
            );
        }
        check(
            "PutBucketAcl",
            r#"{"bucketName":"acme","acl":"","x-amz-grant-write":"id=\"4567\", uri=\"http://acs.amazonaws.com/groups/s3/LogDelivery\""}"#,
            &[concat!(
                r#"Bucket acme set Grants {"4567/WRITE":{"Grantee":"4567","Permission":"WRITE"},"#,
                r#""LogDelivery/WRITE":{"Grantee":"http://acs.amazonaws.com/groups/s3/LogDelivery","Permission":"WRITE"}}"#
            )],
        );
    }

    #[test]
    fn policies_come_as_objects() {
        check(
            "PutBucketPolicy",
            r#"{"bucketName":"acme","policy":"","bucketPolicy":{"Version":"2012-10-17","Statement":[]}}"#,
            &[r#"Bucket acme set PolicyDocument {"Statement":[],"Version":"2012-10-17"}"#],
        );
        check("DeleteBucketPolicy", r#"{"bucketName":"acme","policy":""}"#, &["Bucket acme clear PolicyDocument"]);
    }

    #[test]
    fn ownership_encryption_logging_and_locks_are_read() {
        check(
            "PutBucketOwnershipControls",
            r#"{"bucketName":"acme","ownershipControls":"","OwnershipControls":{"Rule":{"ObjectOwnership":"BucketOwnerEnforced"}}}"#,
            &[r#"Bucket acme set OwnershipControls {"Rules":[{"ObjectOwnership":"BucketOwnerEnforced"}]}"#],
        );
        check(
            "DeleteBucketOwnershipControls",
            r#"{"bucketName":"acme","ownershipControls":""}"#,
            &["Bucket acme clear OwnershipControls"],
        );
        check(
            "PutBucketEncryption",
            r#"{"bucketName":"acme","encryption":"","ServerSideEncryptionConfiguration":{"Rule":
                {"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"alias/acme"},"BucketKeyEnabled":true}}}"#,
            &[concat!(
                r#"Bucket acme set BucketEncryption {"ServerSideEncryptionConfiguration":[{"BucketKeyEnabled":true,"#,
                r#""ServerSideEncryptionByDefault":{"KMSMasterKeyID":"alias/acme","SSEAlgorithm":"aws:kms"}}]}"#
            )],
        );
        check(
            "DeleteBucketEncryption",
            r#"{"bucketName":"acme","encryption":""}"#,
            &[concat!(
                r#"Bucket acme set BucketEncryption {"ServerSideEncryptionConfiguration":"#,
                r#"[{"ServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}"#
            )],
        );
        check(
            "PutBucketLogging",
            r#"{"bucketName":"acme","logging":"","BucketLoggingStatus":{"LoggingEnabled":{"TargetBucket":"logs","TargetPrefix":"acme/"}}}"#,
            &[r#"Bucket acme set LoggingConfiguration {"DestinationBucketName":"logs","LogFilePrefix":"acme/"}"#],
        );
        check(
            "PutBucketLogging",
            r#"{"bucketName":"acme","logging":"","BucketLoggingStatus":{"xmlns":"http://s3.amazonaws.com/doc/2006-03-01/"}}"#,
            &["Bucket acme clear LoggingConfiguration"],
        );
        check(
            "PutBucketObjectLockConfiguration",
            r#"{"bucketName":"acme","object-lock":"","ObjectLockConfiguration":{"ObjectLockEnabled":"Enabled"}}"#,
            &["Bucket acme set ObjectLockEnabled true"],
        );
    }

    #[test]
    fn before_2023_a_bucket_could_be_without_default_encryption() {
        let event = r#"{"eventSource":"s3.amazonaws.com","eventName":"DeleteBucketEncryption",
            "eventTime":"2022-12-31T23:59:59Z","requestParameters":{"bucketName":"acme","encryption":""}}"#;
        assert_eq!(told(event), ["Bucket acme clear BucketEncryption"]);
    }

    // Derived from the API model.
    #[test]
    fn an_access_point_is_named_by_arn_or_name() {
        check(
            "CreateAccessPoint",
            r#"{"name":"invoices","CreateAccessPointRequest":{"Bucket":"acme","VpcConfiguration":{"VpcId":"vpc-1"},
                "PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"IgnorePublicAcls":true}}}"#,
            &[
                "AccessPoint invoices create Certain",
                r#"AccessPoint invoices   Bucket "acme""#,
                concat!(
                    r#"AccessPoint invoices   PublicAccessBlockConfiguration {"BlockPublicAcls":true,"#,
                    r#""BlockPublicPolicy":false,"IgnorePublicAcls":true,"RestrictPublicBuckets":false}"#
                ),
                r#"AccessPoint invoices   VpcConfiguration {"VpcId":"vpc-1"}"#,
            ],
        );
        let event = r#"{"eventSource":"s3.amazonaws.com","eventName":"CreateAccessPoint","requestParameters":{"name":"invoices"},
            "responseElements":{"accessPointArn":"arn:aws:s3:eu-north-1:444455556666:accesspoint/invoices"}}"#;
        assert_eq!(told(event), ["AccessPoint invoices@444455556666/eu-north-1 create Certain"]);
        check(
            "PutAccessPointPolicy",
            r#"{"name":"invoices","PutAccessPointPolicyRequest":{"Policy":"{\"Statement\":[]}"}}"#,
            &[r#"AccessPoint invoices set Policy {"Statement":[]}"#],
        );
        check("DeleteAccessPointPolicy", r#"{"name":"invoices"}"#, &["AccessPoint invoices clear Policy"]);
        check("DeleteAccessPoint", r#"{"name":"invoices"}"#, &["AccessPoint invoices delete"]);
        check(
            "CreateMultiRegionAccessPoint",
            r#"{"CreateMultiRegionAccessPointRequest":{"ClientToken":"t","Details":{"Name":"invoices",
                "PublicAccessBlock":{"BlockPublicAcls":true},"Regions":{"Region":{"Bucket":"acme"}}}}}"#,
            &[
                "MultiRegionAccessPoint invoices create Certain",
                concat!(
                    r#"MultiRegionAccessPoint invoices   PublicAccessBlockConfiguration {"BlockPublicAcls":true,"#,
                    r#""BlockPublicPolicy":false,"IgnorePublicAcls":false,"RestrictPublicBuckets":false}"#
                ),
            ],
        );
        check(
            "DeleteMultiRegionAccessPoint",
            r#"{"DeleteMultiRegionAccessPointRequest":{"ClientToken":"t","Details":{"Name":"invoices"}}}"#,
            &["MultiRegionAccessPoint invoices delete"],
        );
    }

    #[test]
    fn calls_of_a_real_attack_are_read() {
        let Some(mut told) = attack("s3.amazonaws.com") else { return };
        told.retain(|(_, lines)| lines != &["nothing: failed"]);
        told.sort();
        let count = |name: &str| told.iter().filter(|(called, _)| called == name).count();
        assert_eq!(
            ["CreateBucket", "DeleteBucket", "DeleteBucketPolicy", "PutBucketPolicy"].map(count),
            [5, 5, 1, 3],
            "{told:?}"
        );
        assert_eq!(told.len(), 14, "nothing else is watched: {told:?}");
        let backdoor = "Bucket stratus-red-team-bdbp-lhfzvgcamn@123837392027/global";
        let of_backdoor: Vec<_> =
            told.iter().flat_map(|(_, lines)| lines).filter_map(|l| l.strip_prefix(backdoor)).collect();
        assert_eq!(of_backdoor.len(), 5, "{of_backdoor:?}");
        assert_eq!(of_backdoor[..4], [" create Repeatable", "   Grants {}", " delete", " clear PolicyDocument"]);
        assert!(
            of_backdoor[4].contains(r#""Principal":{"AWS":"arn:aws:iam::193672423079:root"}"#),
            "{}",
            of_backdoor[4]
        );
    }

    #[test]
    fn calls_collected_by_others_are_read_or_refused_for_a_reason() {
        let Some(mut told) = collected("s3.amazonaws.com") else { return };
        told.retain(|(name, _)| super::EVENTS.iter().any(|spec| spec.name == name));
        let refused: Vec<_> = told.iter().filter(|(_, lines)| lines[0].starts_with("nothing:")).collect();
        // Made up for tests of failed calls, or cut short.
        assert!(told.len() > 40 && refused.len() < 15, "{} of {}: {refused:?}", refused.len(), told.len());
        for (name, lines) in &told {
            let unread = lines.iter().filter(|line| line.contains(" stale ")).count();
            assert!(
                unread == 0
                    || ["PutBucketEncryption", "PutBucketLogging", "PutBucketPublicAccessBlock"].contains(&&**name)
            );
        }
    }
}

//! S3 buckets and access points.

use serde::Deserialize;

use crate::kinds::account::{self, ACCOUNT};
use crate::kinds::cloudtrail::{self, TRAIL};
use crate::{Facet, Initial, Keyed, KindDef, Link, Map, RelationDef, Scope, Second, Text, Value, keyed};

/// A bucket. Its id is its name, unique in the partition.
pub static BUCKET: KindDef = KindDef {
    name: "AWS::S3::Bucket",
    scope: Scope::Global,
    arn: Some("arn:{partition}:s3:::{id}"),
    facets: &[
        &ENCRYPTION.def,
        &GRANTS.def,
        &LOGGING.def,
        &MFA_DELETE.def,
        &OBJECT_LOCK.def,
        &OWNERSHIP.def,
        &POLICY.def,
        &PUBLIC_ACCESS_BLOCK.def,
        &VERSIONING.def,
    ],
    relations: &[&BUCKET_ACCOUNT, &BUCKET_TRAILS],
    parts: &["AWS::S3::BucketPolicy"],
    owner: None,
};

/// The bucket's account.
pub static BUCKET_ACCOUNT: RelationDef =
    RelationDef { name: "account", to: &ACCOUNT, link: Link::Account, borrows: &[&account::PUBLIC_ACCESS_BLOCK.def] };

/// The trails that deliver their log files to the bucket.
pub static BUCKET_TRAILS: RelationDef = RelationDef {
    name: "trails",
    to: &TRAIL,
    link: Link::NamedBy(&cloudtrail::BUCKET_NAME.def),
    borrows: &[&cloudtrail::BUCKET_NAME.def],
};

/// How new objects are encrypted when their writer does not say. Every bucket has had SSE-S3 since 2023-01-05.
pub static ENCRYPTION: Facet<Encryption> = Facet::property("BucketEncryption")
    .read_by(&["s3:GetEncryptionConfiguration"])
    .initially(Initial::Default(encryption_at_creation));

/// What the ACL gives to others than the owner, one entry per grantee and permission. CloudFormation's `AccessControl` can
/// only name a canned ACL and is never returned; [`canned_grants`] says what each one means.
pub static GRANTS: Keyed<Grant> = Keyed::observed("Grants").read_by(&["s3:GetBucketAcl"]).initially(Initial::Empty);

/// Where server access logs go; absent where nothing is logged.
pub static LOGGING: Facet<Logging> =
    Facet::property("LoggingConfiguration").read_by(&["s3:GetBucketLogging"]).initially(Initial::Absent);

/// `Enabled` where deleting a version needs the root user's MFA device. No template can set it.
pub static MFA_DELETE: Facet<Text> =
    Facet::observed("MfaDelete").read_by(&["s3:GetBucketVersioning"]).initially(Initial::Absent);

/// Whether objects can be locked against deletion. Once on, it stays on.
pub static OBJECT_LOCK: Facet<bool> = Facet::property("ObjectLockEnabled")
    .read_by(&["s3:GetBucketObjectLockConfiguration"])
    .initially(Initial::Default(|_| Value::Bool(false)));

/// Who owns new objects, which decides whether ACLs count. Buckets created since 2023-04-05 ignore them.
pub static OWNERSHIP: Facet<Ownership> = Facet::property("OwnershipControls")
    .read_by(&["s3:GetBucketOwnershipControls"])
    .initially(Initial::Default(ownership_at_creation));

/// The bucket policy.
pub static POLICY: Facet<Value> =
    Facet::part("AWS::S3::BucketPolicy", "PolicyDocument").read_by(&["s3:GetBucketPolicy"]).initially(Initial::Absent);

/// The bucket's own block on public access. All four are on for buckets created since 2023-04-05.
pub static PUBLIC_ACCESS_BLOCK: Facet<PublicAccessBlock> = Facet::property("PublicAccessBlockConfiguration")
    .read_by(&["s3:GetBucketPublicAccessBlock"])
    .initially(Initial::Default(|created| switches(created >= SAFER_BUCKETS)));

/// `PutBucketVersioning`; a bucket that never had it is not versioned.
pub static VERSIONING: Facet<Versioning> =
    Facet::property("VersioningConfiguration").read_by(&["s3:GetBucketVersioning"]).initially(Initial::Absent);

/// An access point: another door to a bucket, with a block and a policy of its own. Its id is its name.
pub static ACCESS_POINT: KindDef = KindDef {
    name: "AWS::S3::AccessPoint",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:s3:{region}:{account}:accesspoint/{id}"),
    facets: &[
        &ACCESS_POINT_BUCKET.def,
        &ACCESS_POINT_POLICY.def,
        &ACCESS_POINT_PUBLIC_ACCESS_BLOCK.def,
        &ACCESS_POINT_VPC.def,
    ],
    relations: &[&ACCESS_POINT_ACCOUNT, &BUCKET_BEHIND],
    parts: &[],
    owner: None,
};

/// The access point's account.
pub static ACCESS_POINT_ACCOUNT: RelationDef =
    RelationDef { name: "account", to: &ACCOUNT, link: Link::Account, borrows: &[&account::PUBLIC_ACCESS_BLOCK.def] };

/// The bucket behind it.
pub static BUCKET_BEHIND: RelationDef = RelationDef {
    name: "bucket",
    to: &BUCKET,
    link: Link::Named(&ACCESS_POINT_BUCKET.def),
    borrows: &[&PUBLIC_ACCESS_BLOCK.def],
};

/// The name of the bucket behind it.
pub static ACCESS_POINT_BUCKET: Facet<Text> = Facet::property("Bucket").read_by(&["s3:GetAccessPoint"]);

/// Its policy.
pub static ACCESS_POINT_POLICY: Facet<Value> =
    Facet::property("Policy").read_by(&["s3:GetAccessPointPolicy"]).initially(Initial::Absent);

/// Its block on public access, fixed at creation: all four on unless the creator says otherwise.
pub static ACCESS_POINT_PUBLIC_ACCESS_BLOCK: Facet<PublicAccessBlock> =
    Facet::property("PublicAccessBlockConfiguration")
        .read_by(&["s3:GetAccessPoint"])
        .initially(Initial::Default(|_| switches(true)));

/// The network it answers to; absent for one that answers to the internet. Fixed at creation.
pub static ACCESS_POINT_VPC: Facet<VpcOrigin> =
    Facet::property("VpcConfiguration").read_by(&["s3:GetAccessPoint"]).initially(Initial::Absent);

/// A multi-region access point: one name for buckets in several regions. Its id is its name; AWS generates another one
/// for its ARN.
pub static MULTI_REGION_ACCESS_POINT: KindDef = KindDef {
    name: "AWS::S3::MultiRegionAccessPoint",
    scope: Scope::Global,
    arn: None,
    facets: &[&MULTI_REGION_PUBLIC_ACCESS_BLOCK.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// Its block on public access, fixed at creation: all four on unless the creator says otherwise.
pub static MULTI_REGION_PUBLIC_ACCESS_BLOCK: Facet<PublicAccessBlock> =
    Facet::property("PublicAccessBlockConfiguration")
        .read_by(&["s3:GetMultiRegionAccessPoint"])
        .initially(Initial::Default(|_| switches(true)));

/// The network that an access point is bound to.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcOrigin {
    /// The VPC.
    pub vpc_id: Option<String>,
}

/// Default encryption.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Encryption {
    /// The rules; AWS takes one.
    #[serde(default)]
    pub server_side_encryption_configuration: Vec<EncryptionRule>,
}

impl Encryption {
    /// The algorithm: `AES256` (keys of S3), `aws:kms` or `aws:kms:dsse`.
    #[must_use]
    pub fn algorithm(&self) -> Option<&str> {
        self.server_side_encryption_configuration
            .iter()
            .filter_map(|rule| rule.server_side_encryption_by_default.as_ref())
            .find_map(|default| default.algorithm.as_deref())
    }
}

/// A rule of default encryption.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EncryptionRule {
    /// What is applied when the writer does not say.
    pub server_side_encryption_by_default: Option<EncryptionByDefault>,
}

/// What is applied when the writer does not say.
#[derive(Clone, Debug, Deserialize)]
pub struct EncryptionByDefault {
    /// The algorithm.
    #[serde(rename = "SSEAlgorithm")]
    pub algorithm: Option<String>,
}

/// One grant of an ACL.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Grant {
    /// A group's URI, a canonical user id or an e-mail address.
    pub grantee: String,
    /// `READ`, `WRITE`, `READ_ACP`, `WRITE_ACP` or `FULL_CONTROL`.
    pub permission: String,
}

impl Grant {
    /// Whether the grantee is everybody: the world, or everybody with any AWS account.
    #[must_use]
    pub fn is_public(&self) -> bool {
        group(&self.grantee).is_some_and(|group| matches!(group, "AllUsers" | "AuthenticatedUsers"))
    }
}

/// The last part of a predefined group's URI: `AllUsers`, `AuthenticatedUsers` or `LogDelivery`.
fn group(grantee: &str) -> Option<&str> {
    ["http://acs.amazonaws.com/groups/global/", "http://acs.amazonaws.com/groups/s3/"]
        .iter()
        .find_map(|prefix| grantee.strip_prefix(prefix))
}

/// Grants as entries of [`GRANTS`]. The key is the group or grantee, a slash and the permission.
pub fn grants<'a>(list: impl IntoIterator<Item = (&'a str, &'a str)>) -> Value {
    keyed(list.into_iter().map(|(grantee, permission)| {
        let key = format!("{}/{permission}", group(grantee).unwrap_or(grantee));
        (key.into(), Value::map([("Grantee", Some(grantee.into())), ("Permission", Some(permission.into()))]))
    }))
}

/// What a canned ACL gives to others than the owner, by its name in headers (`public-read`) or templates (`PublicRead`).
#[must_use]
pub fn canned_grants(canned: &str) -> Option<Value> {
    const EVERYONE: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
    const SIGNED_IN: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
    const LOGS: &str = "http://acs.amazonaws.com/groups/s3/LogDelivery";
    let list: &[(&str, &str)] = match &*canned.replace('-', "").to_ascii_lowercase() {
        // Amazon EC2 gets to read an image's bundle; it is a service, not the public.
        "private" | "awsexecread" | "bucketownerread" | "bucketownerfullcontrol" => &[],
        "publicread" => &[(EVERYONE, "READ")],
        "publicreadwrite" => &[(EVERYONE, "READ"), (EVERYONE, "WRITE")],
        "authenticatedread" => &[(SIGNED_IN, "READ")],
        "logdeliverywrite" => &[(LOGS, "READ_ACP"), (LOGS, "WRITE")],
        _ => return None,
    };
    Some(grants(list.iter().copied()))
}

/// Server access logging.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Logging {
    /// The bucket that gets the logs; CloudFormation means the bucket itself when it is left out.
    pub destination_bucket_name: Option<String>,
}

/// Object ownership.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Ownership {
    /// The rules; AWS takes one.
    #[serde(default)]
    pub rules: Vec<OwnershipRule>,
}

impl Ownership {
    /// `BucketOwnerEnforced`, `BucketOwnerPreferred` or `ObjectWriter`.
    #[must_use]
    pub fn object_ownership(&self) -> Option<&str> {
        self.rules.iter().find_map(|rule| rule.object_ownership.as_deref())
    }

    /// Whether ACLs are switched off.
    #[must_use]
    pub fn is_enforced(&self) -> bool {
        self.object_ownership() == Some("BucketOwnerEnforced")
    }
}

/// A rule of object ownership.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OwnershipRule {
    /// Who owns new objects.
    pub object_ownership: Option<String>,
}

/// The value of [`OWNERSHIP`] for one kind of ownership.
#[must_use]
pub fn ownership(of_objects: &str) -> Value {
    let rule = Value::map([("ObjectOwnership", Some(of_objects.into()))]);
    Value::map([("Rules", Some(vec![rule].into()))])
}

/// The value of [`ENCRYPTION`] with keys that S3 manages.
#[must_use]
pub fn sse_s3() -> Value {
    let default = Value::map([("SSEAlgorithm", Some("AES256".into()))]);
    let rule = Value::map([("ServerSideEncryptionByDefault", Some(default))]);
    Value::map([("ServerSideEncryptionConfiguration", Some(vec![rule].into()))])
}

/// When AWS began to create buckets with all public access blocked and ACLs off, region by region from this day on.
const SAFER_BUCKETS: Second = Second::date(2023, 4, 5);

/// When every bucket, old ones included, got SSE-S3 as the least default encryption.
pub const SSE_S3_EVERYWHERE: Second = Second::date(2023, 1, 5);

fn ownership_at_creation(created: Second) -> Value {
    ownership(if created >= SAFER_BUCKETS { "BucketOwnerEnforced" } else { "ObjectWriter" })
}

fn encryption_at_creation(created: Second) -> Value {
    if created >= SSE_S3_EVERYWHERE {
        return sse_s3();
    }
    Value::map([("ServerSideEncryptionConfiguration", Some(Value::List(Vec::new())))])
}

/// Versioning.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Versioning {
    /// `Enabled` or `Suspended`.
    pub status: Option<String>,
}

/// The four switches of a public access block. A member that a call left out is off.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase", default)]
pub struct PublicAccessBlock {
    /// Refuse calls that set a public ACL.
    pub block_public_acls: bool,
    /// Treat public ACLs as if they were not there.
    pub ignore_public_acls: bool,
    /// Refuse calls that set a public policy.
    pub block_public_policy: bool,
    /// Cut public policies down to the account and AWS services.
    pub restrict_public_buckets: bool,
}

/// The names of the four switches.
pub const SWITCHES: [&str; 4] = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];

/// All four switches on or off.
fn switches(on: bool) -> Value {
    Value::Map(SWITCHES.iter().map(|name| ((*name).into(), Value::Bool(on))).collect::<Map>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canned_acls_mean_the_same_in_headers_and_templates() {
        for (header, template, keys) in [
            ("private", "Private", &[][..]),
            ("public-read", "PublicRead", &["AllUsers/READ"]),
            ("public-read-write", "PublicReadWrite", &["AllUsers/READ", "AllUsers/WRITE"]),
            ("authenticated-read", "AuthenticatedRead", &["AuthenticatedUsers/READ"]),
            ("log-delivery-write", "LogDeliveryWrite", &["LogDelivery/READ_ACP", "LogDelivery/WRITE"]),
            ("bucket-owner-full-control", "BucketOwnerFullControl", &[]),
        ] {
            let grants = canned_grants(header).unwrap();
            assert_eq!(Some(&grants), canned_grants(template).as_ref(), "{header}");
            assert_eq!(grants.as_map().unwrap().keys().map(|key| &**key).collect::<Vec<_>>(), keys, "{header}");
        }
        assert_eq!(canned_grants("no-such-acl"), None);
    }

    #[test]
    fn only_the_two_groups_of_everybody_are_public() {
        for (grantee, public) in [
            ("http://acs.amazonaws.com/groups/global/AllUsers", true),
            ("http://acs.amazonaws.com/groups/global/AuthenticatedUsers", true),
            ("http://acs.amazonaws.com/groups/s3/LogDelivery", false),
            ("79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be", false),
        ] {
            let grant = Grant { grantee: grantee.into(), permission: "READ".into() };
            assert_eq!(grant.is_public(), public, "{grantee}");
        }
    }

    #[test]
    fn a_bucket_starts_as_its_time_had_it() {
        let old = ownership_at_creation(Second::date(2023, 4, 4)).decode::<Ownership>().unwrap();
        assert_eq!(old.object_ownership(), Some("ObjectWriter"));
        let new = ownership_at_creation(Second::date(2023, 4, 5)).decode::<Ownership>().unwrap();
        assert!(new.is_enforced());
        let old = encryption_at_creation(Second::date(2022, 12, 31)).decode::<Encryption>().unwrap();
        assert_eq!(old.algorithm(), None);
        let new = encryption_at_creation(Second::date(2023, 1, 5)).decode::<Encryption>().unwrap();
        assert_eq!(new.algorithm(), Some("AES256"));
    }
}

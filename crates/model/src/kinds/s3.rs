//! S3 buckets.

use serde::Deserialize;

use crate::kinds::account::{self, ACCOUNT};
use crate::{Facet, Initial, KindDef, Link, Map, RelationDef, Scope, Second, Value};

/// A bucket. Its id is its name, unique in the partition.
pub static BUCKET: KindDef = KindDef {
    name: "AWS::S3::Bucket",
    scope: Scope::Global,
    arn: Some("arn:{partition}:s3:::{id}"),
    facets: &[&VERSIONING.def, &PUBLIC_ACCESS_BLOCK.def, &POLICY.def],
    relations: &[&BUCKET_ACCOUNT],
    parts: &["AWS::S3::BucketPolicy"],
    owner: None,
};

/// The bucket's account.
pub static BUCKET_ACCOUNT: RelationDef =
    RelationDef { name: "account", to: &ACCOUNT, link: Link::Account, borrows: &[&account::PUBLIC_ACCESS_BLOCK.def] };

/// `PutBucketVersioning`; a bucket that never had it is not versioned.
pub static VERSIONING: Facet<Versioning> =
    Facet::property("VersioningConfiguration").read_by(&["s3:GetBucketVersioning"]).initially(Initial::Absent);

/// The bucket's own block on public access. All four are on for buckets created since 2023-04-05.
pub static PUBLIC_ACCESS_BLOCK: Facet<PublicAccessBlock> = Facet::property("PublicAccessBlockConfiguration")
    .read_by(&["s3:GetBucketPublicAccessBlock"])
    .initially(Initial::Default(public_access_block_at_creation));

/// The bucket policy.
pub static POLICY: Facet<Value> =
    Facet::part("AWS::S3::BucketPolicy", "PolicyDocument").read_by(&["s3:GetBucketPolicy"]).initially(Initial::Absent);

/// Versioning.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Versioning {
    /// `Enabled` or `Suspended`.
    pub status: Option<String>,
    /// `Enabled` or `Disabled`; no template can set it.
    pub mfa_delete: Option<String>,
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

fn public_access_block_at_creation(created: Second) -> Value {
    // AWS turned all four on for new buckets in April 2023, region by region from the 5th on.
    let on = created >= Second::date(2023, 4, 5);
    Value::Map(SWITCHES.iter().map(|name| ((*name).into(), Value::Bool(on))).collect::<Map>())
}

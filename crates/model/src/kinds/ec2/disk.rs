//! Volumes, their snapshots, and images.

use serde::Deserialize;

use super::region::EBS_ENCRYPTION;
use crate::kinds::account::REGION;
use crate::{Facet, Initial, Keyed, KindDef, Link, RelationDef, Scope, Value};

/// An EBS volume. Those that `RunInstances` makes have no event of their own.
pub static VOLUME: KindDef = KindDef {
    name: "AWS::EC2::Volume",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:ec2:{region}:{account}:volume/{id}"),
    facets: &[&VOLUME_ENCRYPTED.def, &VOLUME_KEY.def, &VOLUME_SOURCE.def],
    relations: &[&VOLUME_REGION],
    parts: &[],
    owner: None,
};

/// The region's defaults, for what a template does not say.
pub static VOLUME_REGION: RelationDef =
    RelationDef { name: "region", to: &REGION, link: Link::Region, borrows: &[&EBS_ENCRYPTION.def] };

/// Whether a volume is encrypted. The response of its creation tells; absent means that a template says nothing, and then it
/// hangs on the source and the region's default.
pub static VOLUME_ENCRYPTED: Facet<bool> =
    Facet::property("Encrypted").read_by(&["ec2:DescribeVolumes"]).initially(Initial::Absent);

/// The key that a volume is encrypted with.
pub static VOLUME_KEY: Facet<Value> =
    Facet::property("KmsKeyId").read_by(&["ec2:DescribeVolumes"]).initially(Initial::Absent);

/// The snapshot that a volume was made from.
pub static VOLUME_SOURCE: Facet<Value> =
    Facet::property("SnapshotId").read_by(&["ec2:DescribeVolumes"]).initially(Initial::Absent);

/// An EBS snapshot. CloudFormation has no type for it.
pub static SNAPSHOT: KindDef = KindDef {
    name: "Trailhound::EbsSnapshot",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:ec2:{region}::snapshot/{id}"),
    facets: &[&SNAPSHOT_ENCRYPTED.def, &SNAPSHOT_MAKER.def, &SNAPSHOT_PERMISSIONS.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// Whether a snapshot is encrypted: as its volume is.
pub static SNAPSHOT_ENCRYPTED: Facet<bool> = Facet::observed("Encrypted").read_by(&["ec2:DescribeSnapshots"]);

/// The AWS service that made a snapshot on a schedule; absent if a person or program asked for it.
pub static SNAPSHOT_MAKER: Facet<String> =
    Facet::observed("MadeBy").read_by(&["ec2:DescribeSnapshots"]).initially(Initial::Absent);

/// Who may make volumes from a snapshot, keyed by [`Grantee::key`].
pub static SNAPSHOT_PERMISSIONS: Keyed<Grantee> =
    Keyed::observed("CreateVolumePermissions").read_by(&["ec2:DescribeSnapshotAttribute"]).initially(Initial::Empty);

/// A machine image. CloudFormation has no type for it.
pub static IMAGE: KindDef = KindDef {
    name: "Trailhound::Ami",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:ec2:{region}::image/{id}"),
    facets: &[&IMAGE_PERMISSIONS.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// Who may launch an image, keyed by [`Grantee::key`].
pub static IMAGE_PERMISSIONS: Keyed<Grantee> =
    Keyed::observed("LaunchPermissions").read_by(&["ec2:DescribeImageAttribute"]).initially(Initial::Empty);

/// Whom a snapshot or an image is shared with. One member is set.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Grantee {
    /// `all`: everybody.
    pub group: Option<String>,
    /// An account.
    pub user_id: Option<String>,
    /// An organisation.
    pub organization_arn: Option<String>,
    /// A unit of an organisation.
    pub organizational_unit_arn: Option<String>,
}

/// The key of the grant to everybody.
pub const EVERYBODY: &str = "group/all";

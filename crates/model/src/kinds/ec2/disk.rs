//! Volumes, their snapshots, and images.

use serde::Deserialize;

use crate::{Facet, Initial, Keyed, KindDef, Scope};

/// An EBS volume. Those that `RunInstances` makes have no event of their own.
pub static VOLUME: KindDef = KindDef {
    name: "AWS::EC2::Volume",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:ec2:{region}:{account}:volume/{id}"),
    facets: &[&VOLUME_ENCRYPTED.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// Whether a volume is encrypted. At creation it hangs on the region's default and the source; the response tells.
pub static VOLUME_ENCRYPTED: Facet<bool> = Facet::property("Encrypted").read_by(&["ec2:DescribeVolumes"]);

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

//! What EC2 keeps once per account and region: facets of `Trailhound::Region`.

use crate::Facet;

/// Whether new volumes and snapshot copies are encrypted unasked. Off until switched on.
pub static EBS_ENCRYPTION: Facet<bool> =
    Facet::observed("EbsEncryptionByDefault").read_by(&["ec2:GetEbsEncryptionByDefault"]);

/// The block on public snapshots: `block-all-sharing`, `block-new-sharing` or `unblocked`.
pub static SNAPSHOT_BLOCK: Facet<String> =
    Facet::observed("SnapshotBlockPublicAccess").read_by(&["ec2:GetSnapshotBlockPublicAccessState"]);

/// The block on public images: `block-new-sharing` or `unblocked`.
pub static IMAGE_BLOCK: Facet<String> =
    Facet::observed("ImageBlockPublicAccess").read_by(&["ec2:GetImageBlockPublicAccessState"]);

/// What new instances' metadata service demands where the launch does not say: `required`, `optional` or `no-preference`.
pub static HTTP_TOKENS_DEFAULT: Facet<String> =
    Facet::observed("InstanceMetadataDefaults.HttpTokens").read_by(&["ec2:GetInstanceMetadataDefaults"]);

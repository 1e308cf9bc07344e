//! Instances and the launch templates that describe them.

use serde::Deserialize;

use super::region::EBS_ENCRYPTION;
use crate::kinds::account::REGION;
use crate::{Facet, Initial, Keyed, KindDef, Link, RelationDef, Scope, SecretLooking};

/// A virtual machine.
pub static INSTANCE: KindDef = KindDef {
    name: "AWS::EC2::Instance",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:ec2:{region}:{account}:instance/{id}"),
    facets: &[
        &FLEET.def,
        &HTTP_ENDPOINT.def,
        &HTTP_TOKENS.def,
        &INSTANCE_PROFILE.def,
        &PUBLIC_ADDRESSES.def,
        &USER_DATA.def,
    ],
    relations: &[],
    parts: &[],
    owner: None,
};

/// Whether the metadata service demands session tokens: `required` (version 2) or `optional`. At creation it hangs on the
/// image and the region's default; the response of `RunInstances` tells.
pub static HTTP_TOKENS: Facet<String> =
    Facet::property("MetadataOptions.HttpTokens").read_by(&["ec2:DescribeInstances"]);

/// Whether the metadata service answers: `enabled` or `disabled`.
pub static HTTP_ENDPOINT: Facet<String> =
    Facet::property("MetadataOptions.HttpEndpoint").read_by(&["ec2:DescribeInstances"]);

/// The instance profile, by name or ARN.
pub static INSTANCE_PROFILE: Facet<String> =
    Facet::property("IamInstanceProfile").read_by(&["ec2:DescribeInstances"]).initially(Initial::Absent);

/// What of its user data looks like a secret; never the data itself. Absent: it has no user data.
pub static USER_DATA: Keyed<SecretLooking> = Keyed::property("UserData").read_by(&["ec2:DescribeInstanceAttribute"]);

/// Its public IPv4 addresses, keyed by how it got them: [`ASSIGNED`] at launch, or the id of an elastic address's
/// association.
pub static PUBLIC_ADDRESSES: Keyed<PublicAddress> =
    Keyed::observed("PublicAddresses").read_by(&["ec2:DescribeAddresses", "ec2:DescribeInstances"]);

/// The key of the address that AWS assigns at launch.
pub const ASSIGNED: &str = "assigned";

/// The tag by which an Auto Scaling group or fleet marks an instance as its own.
pub static FLEET: Facet<String> =
    Facet::observed("Fleet").read_by(&["ec2:DescribeInstances"]).initially(Initial::Absent);

/// A public address.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublicAddress {
    /// The address, where it is known.
    pub public_ip: Option<String>,
}

/// A launch template.
pub static LAUNCH_TEMPLATE: KindDef = KindDef {
    name: "AWS::EC2::LaunchTemplate",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:ec2:{region}:{account}:launch-template/{id}"),
    facets: &[&DEFAULT_VERSION.def, &VERSIONS.def],
    relations: &[&TEMPLATE_REGION],
    parts: &[],
    owner: None,
};

/// The region's defaults, for what a template does not say.
pub static TEMPLATE_REGION: RelationDef =
    RelationDef { name: "region", to: &REGION, link: Link::Region, borrows: &[&EBS_ENCRYPTION.def] };

/// The number of the version that is used where none is named. The first is 1.
pub static DEFAULT_VERSION: Facet<String> =
    Facet::property("DefaultVersionNumber").read_by(&["ec2:DescribeLaunchTemplates"]);

/// The versions, keyed by number.
pub static VERSIONS: Keyed<TemplateVersion> =
    Keyed::observed("Versions").read_by(&["ec2:DescribeLaunchTemplateVersions"]).initially(Initial::Empty);

/// What is judged of a version of a launch template.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TemplateVersion {
    /// The metadata service.
    pub metadata_options: MetadataOptions,
    /// Whether some interface asks for a public address (true), some refuse it and none asks (false), or none says.
    pub associate_public_ip_address: Option<bool>,
    /// The disks that it describes.
    pub block_device_mappings: Vec<BlockDevice>,
    /// Its user data; `None` if it has none.
    pub user_data: Option<TemplateUserData>,
    /// What is not stated here comes from another version, and the event did not show it.
    pub inherits: bool,
}

/// A disk as a launch template describes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BlockDevice {
    /// The name that the instance knows it by.
    pub device_name: String,
    /// Whether the template asks for encryption; `None` if it says nothing.
    pub encrypted: Option<bool>,
}

/// The metadata service as a launch template states it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct MetadataOptions {
    /// `required` or `optional`.
    pub http_tokens: Option<String>,
    /// `enabled` or `disabled`.
    pub http_endpoint: Option<String>,
}

/// The user data of a launch template, reduced.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TemplateUserData {
    /// What looks like a secret; `None` where the data was hidden.
    pub signs: Option<Vec<SecretLooking>>,
}

//! The account, and the account in one region: what CloudFormation has no type for.

use serde::Deserialize;

use super::ec2::region as ec2;
use super::iam::{self, AccessKey};
use super::s3::PublicAccessBlock;
use super::{accessanalyzer, cloudtrail, config, guardduty, pipeline, securityhub};
use crate::{Facet, Initial, Keyed, KindDef, Link, RelationDef, Scope, Second, Value};

/// The id of the single account resource and of the single resource of a region.
pub const SELF: &str = "self";

/// The account. Its id is [`SELF`].
pub static ACCOUNT: KindDef = KindDef {
    name: "Trailhound::Account",
    scope: Scope::Global,
    arn: Some("arn:{partition}:iam::{account}:root"),
    facets: &[
        &PASSWORD_POLICY.def,
        &PUBLIC_ACCESS_BLOCK.def,
        &ROOT_ACCESS_KEYS.def,
        &ROOT_ACTIVITY.def,
        &ROOT_MFA_DEVICES.def,
        &ROOT_PASSWORD.def,
    ],
    relations: &[&ACCOUNT_USERS, &cloudtrail::ACCOUNT_TRAILS],
    parts: &[],
    owner: None,
};

/// The account in one region. Its id is [`SELF`].
pub static REGION: KindDef = KindDef {
    name: "Trailhound::Region",
    scope: Scope::Regional,
    arn: None,
    facets: &[
        &accessanalyzer::ANALYZERS.def,
        &config::DELIVERY_CHANNEL.def,
        &config::RECORDING.def,
        &ec2::EBS_ENCRYPTION.def,
        &ec2::HTTP_TOKENS_DEFAULT.def,
        &ec2::IMAGE_BLOCK.def,
        &ec2::SNAPSHOT_BLOCK.def,
        &guardduty::REGION_DETECTOR.def,
        &guardduty::REGION_MEMBERSHIP.def,
        &pipeline::PARTS.def,
        &securityhub::ENABLED.def,
    ],
    relations: &[],
    parts: &[],
    owner: None,
};

/// The account's IAM users.
pub static ACCOUNT_USERS: RelationDef =
    RelationDef { name: "users", to: &iam::USER, link: Link::All, borrows: &[&iam::user::LOGIN_PROFILE.def] };

/// The rules for users' passwords; absent means IAM's own (eight characters, no memory of former ones).
pub static PASSWORD_POLICY: Facet<PasswordPolicy> =
    Facet::observed("PasswordPolicy").read_by(&["iam:GetAccountPasswordPolicy"]).initially(Initial::Absent);

/// The account-wide block on public buckets (`PutAccountPublicAccessBlock`); absent means all four are off.
pub static PUBLIC_ACCESS_BLOCK: Facet<PublicAccessBlock> = Facet::observed("PublicAccessBlockConfiguration")
    .read_by(&["s3:GetAccountPublicAccessBlock"])
    .initially(Initial::Absent);

/// The root user's access keys by id. The account summary tells that there are some and not which.
pub static ROOT_ACCESS_KEYS: Keyed<AccessKey> =
    Keyed::observed("RootAccessKeys").read_by(&["iam:GetAccountSummary"]).initially(Initial::Empty);

/// Use of the root user, one entry per hour.
pub static ROOT_ACTIVITY: Keyed<Activity> = Keyed::observed("RootActivity").initially(Initial::Empty);

/// The root user's devices of the second factor by serial number.
pub static ROOT_MFA_DEVICES: Keyed<Value> =
    Keyed::observed("RootMFADevices").read_by(&["iam:GetAccountSummary"]).initially(Initial::Empty);

/// Whether the root user has a password. Member accounts of an organisation may have none.
pub static ROOT_PASSWORD: Facet<bool> = Facet::observed("RootPassword").read_by(&["iam:GetAccountSummary"]);

/// The rules for users' passwords, as far as they were stated.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PasswordPolicy {
    /// The fewest characters.
    pub minimum_password_length: Option<u32>,
    /// How many former passwords may not be used again.
    pub password_reuse_prevention: Option<u32>,
}

/// That somebody did something within an hour.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Activity {
    /// The start of the hour.
    pub hour: Second,
}

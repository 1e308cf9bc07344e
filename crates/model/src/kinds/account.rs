//! The account, and the account in one region: what CloudFormation has no type for.

use serde::Deserialize;

use super::s3::PublicAccessBlock;
use crate::{Facet, Initial, Keyed, KindDef, Scope, Second};

/// The id of the single account resource and of the single resource of a region.
pub const SELF: &str = "self";

/// The account. Its id is [`SELF`].
pub static ACCOUNT: KindDef = KindDef {
    name: "Trailhound::Account",
    scope: Scope::Global,
    arn: Some("arn:{partition}:iam::{account}:root"),
    facets: &[&PUBLIC_ACCESS_BLOCK.def, &ROOT_ACTIVITY.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// The account in one region. Its id is [`SELF`].
pub static REGION: KindDef = KindDef {
    name: "Trailhound::Region",
    scope: Scope::Regional,
    arn: None,
    facets: &[],
    relations: &[],
    parts: &[],
    owner: None,
};

/// The account-wide block on public buckets (`PutAccountPublicAccessBlock`); absent means all four are off.
pub static PUBLIC_ACCESS_BLOCK: Facet<PublicAccessBlock> = Facet::observed("PublicAccessBlockConfiguration")
    .read_by(&["s3:GetAccountPublicAccessBlock"])
    .initially(Initial::Absent);

/// Use of the root user, one entry per hour.
pub static ROOT_ACTIVITY: Keyed<Activity> = Keyed::observed("RootActivity").initially(Initial::Empty);

/// That somebody did something within an hour.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Activity {
    /// The start of the hour.
    pub hour: Second,
}

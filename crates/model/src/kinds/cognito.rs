//! Amazon Cognito: identity pools.

use crate::{Facet, Initial, KindDef, Scope};

/// A pool that gives AWS credentials to an application's users. Its id is the generated one, with its region in front.
pub static IDENTITY_POOL: KindDef = KindDef {
    name: "AWS::Cognito::IdentityPool",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:cognito-identity:{region}:{account}:identitypool/{id}"),
    facets: &[&ALLOW_GUESTS.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// Whether guests get credentials too.
pub static ALLOW_GUESTS: Facet<bool> = Facet::property("AllowUnauthenticatedIdentities")
    .read_by(&["cognito-identity:DescribeIdentityPool"])
    .initially(Initial::OFF);

//! Redshift Serverless: workgroups.

use crate::{Facet, Initial, KindDef, Scope};

/// A workgroup. Its id is its name; its ARN has a generated one.
pub static WORKGROUP: KindDef = KindDef {
    name: "AWS::RedshiftServerless::Workgroup",
    scope: Scope::Regional,
    arn: None,
    facets: &[&PUBLICLY_ACCESSIBLE.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// Whether the workgroup can be reached from outside its network.
pub static PUBLICLY_ACCESSIBLE: Facet<bool> =
    Facet::property("PubliclyAccessible").read_by(&["redshift-serverless:GetWorkgroup"]).initially(Initial::OFF);

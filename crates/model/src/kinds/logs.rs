//! CloudWatch log groups.

use crate::{Facet, Initial, KindDef, Scope};

/// A log group. Its id is its name.
pub static LOG_GROUP: KindDef = KindDef {
    name: "AWS::Logs::LogGroup",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:logs:{region}:{account}:log-group:{id}"),
    facets: &[&KMS_KEY.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// The key that encrypts the group's events; absent means AWS's own.
pub static KMS_KEY: Facet<String> =
    Facet::property("KmsKeyId").read_by(&["logs:DescribeLogGroups"]).initially(Initial::Absent);

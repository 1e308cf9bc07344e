//! DynamoDB tables.

use crate::{Facet, Initial, KindDef, Scope, Value};

/// A table. Its id is its name.
pub static TABLE: KindDef = KindDef {
    name: "AWS::DynamoDB::Table",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:dynamodb:{region}:{account}:table/{id}"),
    facets: &[&KMS_ENCRYPTION.def, &POLICY.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// Whether the table is encrypted with a KMS key of the account, AWS-managed or its own. Off, it is encrypted with a key
/// that AWS owns: a table is never in the clear.
pub static KMS_ENCRYPTION: Facet<bool> =
    Facet::property("SSESpecification.SSEEnabled").read_by(&["dynamodb:DescribeTable"]).initially(Initial::OFF);

/// The resource policy of the table; those of its streams are not kept.
pub static POLICY: Facet<Value> = Facet::property("ResourcePolicy.PolicyDocument")
    .read_by(&["dynamodb:GetResourcePolicy"])
    .initially(Initial::Absent);

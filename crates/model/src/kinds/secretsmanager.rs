//! Secrets Manager secrets.

use serde::Deserialize;

use crate::{Facet, Initial, KindDef, Scope, Value};

/// A secret. Its id is the name with the generated suffix, as in its ARN. The name alone is an alias ([`NAME`]).
pub static SECRET: KindDef = KindDef {
    name: "AWS::SecretsManager::Secret",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:secretsmanager:{region}:{account}:secret:{id}"),
    facets: &[&LAST_ROTATION.def, &POLICY.def, &ROTATION.def],
    relations: &[],
    parts: &["AWS::SecretsManager::ResourcePolicy", "AWS::SecretsManager::RotationSchedule"],
    owner: None,
};

/// The alias space of secrets' names.
pub const NAME: &str = "name";

/// The resource policy.
pub static POLICY: Facet<Value> = Facet::part("AWS::SecretsManager::ResourcePolicy", "ResourcePolicy")
    .read_by(&["secretsmanager:GetResourcePolicy"])
    .initially(Initial::Absent);

/// The schedule of automatic rotation; absent means that there is none.
pub static ROTATION: Facet<RotationRules> = Facet::part("AWS::SecretsManager::RotationSchedule", "RotationRules")
    .read_by(&["secretsmanager:DescribeSecret"])
    .initially(Initial::Absent);

/// How the last rotation ended, [`SUCCEEDED`] or [`FAILED`]; absent before the first. Only events tell: a read shows when
/// a rotation last succeeded, and no failure.
pub static LAST_ROTATION: Facet<String> = Facet::observed("LastRotation").initially(Initial::Absent);

/// A rotation that ended well.
pub const SUCCEEDED: &str = "Succeeded";

/// A rotation that did not.
pub const FAILED: &str = "Failed";

/// When a secret is rotated: every so many days, or by a `rate()` or `cron()` expression.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RotationRules {
    /// The days between rotations.
    pub automatically_after_days: Option<i64>,
    /// The expression.
    pub schedule_expression: Option<String>,
}

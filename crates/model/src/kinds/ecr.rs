//! ECR repositories.

use serde::Deserialize;

use crate::{Facet, Initial, KindDef, Scope, Second, Value};

/// A repository. Its id is its name.
pub static REPOSITORY: KindDef = KindDef {
    name: "AWS::ECR::Repository",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:ecr:{region}:{account}:repository/{id}"),
    facets: &[&POLICY.def, &ENCRYPTION.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// The repository policy.
pub static POLICY: Facet<Value> =
    Facet::property("RepositoryPolicyText").read_by(&["ecr:GetRepositoryPolicy"]).initially(Initial::Absent);

/// How images are encrypted; it cannot be changed later.
pub static ENCRYPTION: Facet<Encryption> = Facet::property("EncryptionConfiguration")
    .read_by(&["ecr:DescribeRepositories"])
    .initially(Initial::Default(encryption_at_creation));

/// How images are encrypted.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Encryption {
    /// `AES256`, `KMS` or `KMS_DSSE`.
    pub encryption_type: String,
}

fn encryption_at_creation(_: Second) -> Value {
    Value::map([("EncryptionType", Some("AES256".into()))])
}

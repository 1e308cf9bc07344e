//! Lambda functions, with what belongs to them and cannot outlive them: permissions and URLs.

use serde::Deserialize;

use crate::{Facet, Initial, Keyed, KindDef, Scope, SecretLooking, Value};

/// A function. Its id is its name.
pub static FUNCTION: KindDef = KindDef {
    name: "AWS::Lambda::Function",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:lambda:{region}:{account}:function:{id}"),
    facets: &[&PERMISSIONS.def, &URLS.def, &ENVIRONMENT_SECRETS.def, &VPC.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// A version of a layer. Its id is `layer:version`.
pub static LAYER_VERSION: KindDef = KindDef {
    name: "AWS::Lambda::LayerVersion",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:lambda:{region}:{account}:layer:{id}"),
    facets: &[&LAYER_PERMISSIONS.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// The statements of a layer version's policy, by `Sid`.
pub static LAYER_PERMISSIONS: Keyed<Value> =
    Keyed::observed("Policy").read_by(&["lambda:GetLayerVersionPolicy"]).initially(Initial::Empty);

/// The word for a function that is named without version or alias.
pub const LATEST: &str = "$LATEST";

/// The statements of the function's policies: the function, each version and each alias have one of their own. A key is
/// the statement's `Sid`, after the version or alias and a slash if it has one.
pub static PERMISSIONS: Keyed<Permission> = Keyed::observed("Policy")
    .read_by(&["lambda:GetPolicy", "lambda:ListAliases", "lambda:ListVersionsByFunction"])
    .initially(Initial::Empty);

/// Who may call the function's URLs, `NONE` (everyone) or `AWS_IAM`, by alias or [`LATEST`].
pub static URLS: Keyed<String> =
    Keyed::observed("FunctionUrls").read_by(&["lambda:ListFunctionUrlConfigs"]).initially(Initial::Empty);

/// The environment variables that look like secrets, by name. CloudTrail never shows any.
pub static ENVIRONMENT_SECRETS: Keyed<SecretLooking> =
    Keyed::observed("EnvironmentSecrets").read_by(&["lambda:GetFunctionConfiguration"]).initially(Initial::Empty);

/// The subnets that the function is attached to.
pub static VPC: Facet<Vpc> =
    Facet::property("VpcConfig").read_by(&["lambda:GetFunctionConfiguration"]).initially(Initial::Absent);

/// A statement of a function's policy.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Permission {
    /// The version or alias whose policy it is in, or [`LATEST`].
    pub qualifier: String,
    /// The statement as AWS keeps it.
    pub statement: Value,
}

/// A function's network.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Vpc {
    /// The subnets; none means that the function runs outside any network of the account.
    pub subnet_ids: Vec<String>,
}

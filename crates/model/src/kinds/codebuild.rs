//! CodeBuild projects.

use crate::{Initial, Keyed, KindDef, Scope, SecretLooking};

/// A project. Its id is its name.
pub static PROJECT: KindDef = KindDef {
    name: "AWS::CodeBuild::Project",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:codebuild:{region}:{account}:project/{id}"),
    facets: &[&ENVIRONMENT_SECRETS.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// The plaintext environment variables that look like secrets, by name.
pub static ENVIRONMENT_SECRETS: Keyed<SecretLooking> =
    Keyed::observed("EnvironmentSecrets").read_by(&["codebuild:BatchGetProjects"]).initially(Initial::Empty);

//! CodeBuild projects.

mod project_env_secret_free;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&project_env_secret_free::RULE];

//! IAM Access Analyzer.

mod region_analyzer;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&region_analyzer::RULE];

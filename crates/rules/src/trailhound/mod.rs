//! Trailhound's own pipeline.

mod pipeline_intact;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&pipeline_intact::RULE];

//! AWS Config.

mod region_recorder;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&region_recorder::RULE];

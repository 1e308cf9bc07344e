//! AWS Security Hub.

mod region_hub;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&region_hub::RULE];

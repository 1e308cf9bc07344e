//! GuardDuty: that it runs, what it looks at, and that nobody cuts it off or silences it.

mod account_membership;
mod detector_enabled;
mod detector_features;
mod detector_suppression_scoped;
mod region_detector;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[
    &account_membership::RULE,
    &detector_enabled::RULE,
    &detector_features::RULE,
    &detector_suppression_scoped::RULE,
    &region_detector::RULE,
];

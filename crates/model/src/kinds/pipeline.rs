//! Trailhound's own pipeline, as far as calls touch it: a facet of the region that it runs in.

use serde::Deserialize;

use crate::{Initial, Keyed};

/// The names of all parts of a pipeline hold this word, in any case. Calls on anything else are not kept, or every deployment
/// of every function would be written to its region.
pub const MARK: &str = "trailhound";

/// The last call that touched each part, by kind and name (`function/trailhound-evaluator`); whether a rule or trail is
/// switched on has an entry of its own (`rule/trailhound-events/state`).
/// Only events tell: a read shows a part as it is, not who touched it.
pub static PARTS: Keyed<Part> = Keyed::observed("PipelineParts").initially(Initial::Empty);

/// What was last done to a part.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Part {
    /// Its name.
    pub name: String,
    /// The call; none if the part was only read.
    pub event: Option<String>,
    /// Who made it.
    pub by: Option<String>,
    /// The role whose session it was, by name.
    pub role: Option<String>,
    /// The AWS service that made the call on somebody's behalf.
    pub via: Option<String>,
    /// Whether the call switched it on or off.
    pub enabled: Option<bool>,
}

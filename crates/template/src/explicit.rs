//! Passes that rest on a default of AWS which the template does not state.

use std::sync::Arc;

use trailhound_model::kinds::{kms, rds};
use trailhound_model::{Evidence, FacetDef, Initial, Life, Origin, Place, Slot, State, Verdict, Why};

/// Facets that begin without a value of their own and to which AWS gives one all the same.
static GIVEN: [&FacetDef; 2] = [&kms::POLICY.def, &rds::PUBLICLY_ACCESSIBLE.def];

/// A pass, or a failure that names the properties without whose default the rule that reads these facets would not pass: what
/// the template has to state so that the pass is its own.
pub(crate) fn judge(reads: &[&'static FacetDef], life: &Life, passes: impl Fn(&Life) -> bool) -> Verdict {
    let is_default = |facet: &FacetDef| life.slot(facet).is_some_and(|slot| slot.origin == Origin::Default);
    let defaults: Vec<&FacetDef> =
        reads.iter().copied().filter(|facet| can_be_stated(facet) && is_default(facet)).collect();
    let alone = |facet: &&FacetDef| !passes(&without(life, &[*facet]));
    let mut decisive: Vec<&FacetDef> = defaults.iter().copied().filter(alone).collect();
    // Where each of two defaults would do, none is decisive alone.
    if decisive.is_empty() && !defaults.is_empty() && !passes(&without(life, &defaults)) {
        decisive = defaults;
    }
    let unstated = decisive.iter().map(|facet| Evidence::new(facet.name, "AWS's default, not stated")).collect();
    Verdict::unless(unstated, |entries| {
        let names: Vec<String> = entries.iter().map(|entry| format!("`{}`", entry.key)).collect();
        format!("passes by AWS's default alone: the template does not state {}", names.join(" and "))
    })
}

/// The life as if nothing were known of these facets.
fn without(life: &Life, facets: &[&FacetDef]) -> Life {
    let mut life = life.clone();
    for facet in facets {
        let position = life.kind.position(facet.name);
        if let Some(slot) = position.and_then(|position| life.slots.get_mut(position)) {
            *slot = Arc::new(Slot { state: State::Unread(Why::NotStated), origin: Origin::Nothing });
        }
    }
    life
}

/// Whether a template can say in so many words what the default says for it. That there is no policy or no rule cannot be
/// stated, and nobody would want to.
fn can_be_stated(facet: &FacetDef) -> bool {
    matches!(facet.place, Place::Property)
        && (matches!(facet.initial, Initial::Default(_)) || GIVEN.iter().any(|given| std::ptr::eq(*given, facet)))
}

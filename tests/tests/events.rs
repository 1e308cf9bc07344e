//! Rules wait for events that exist and that touch what they read.

use std::ptr;

use trailhound_model::{FacetDef, KindDef};
use trailhound_rules::Rule;
use trailhound_trail::interpret::{Does, SERVICES, Verb};

/// Whether what an event does can change the answer of a rule.
fn can_change(rule: &Rule, does: &Does) -> bool {
    let is = |kind: &&'static KindDef| ptr::eq(*kind, does.kind);
    let shared =
        |facets: &[&'static FacetDef]| facets.iter().any(|facet| does.facets.iter().any(|f| ptr::eq(*f, *facet)));
    // A new life starts with every facet, stated or by default; the end of one is felt only by those who borrow from it.
    let (creates, deletes) = (matches!(does.verb, Verb::Creates), matches!(does.verb, Verb::Deletes));
    (rule.kinds.iter().any(is) && (creates || shared(rule.reads)))
        || rule.borrows.iter().any(|(relation, facets)| is(&relation.to) && (creates || deletes || shared(facets)))
}

#[test]
fn rules_wait_for_events_that_touch_what_they_read() {
    let mut faults = Vec::new();
    for (id, rule) in trailhound_rules::all() {
        for name in rule.opens_on.iter().chain(rule.closes_on) {
            let specs: Vec<_> =
                SERVICES.iter().flat_map(|(_, events)| events.iter()).filter(|spec| spec.name == *name).collect();
            if specs.is_empty() {
                faults.push(format!("{id}: `{name}` is in no interpreter's table"));
            } else if !specs.iter().any(|spec| spec.does.iter().any(|does| can_change(rule, does))) {
                faults.push(format!("{id}: `{name}` touches nothing that the rule reads or borrows"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

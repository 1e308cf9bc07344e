//! Tests of the whole crate: recorded answers, and what networks do to them.

mod answers;
mod aws;
mod faults;
mod refused;

use trailhound_engine::port::{Collector as _, Reading};
use trailhound_model::{FacetDef, GLOBAL, Kind, ResourceId, Scope, State};

use super::{Collector, Options};

/// A resource of the account and region that tests live in.
fn resource(kind: &str, id: &str) -> ResourceId {
    let kind = Kind::named(kind).unwrap_or_else(|| panic!("no kind is named {kind}"));
    ResourceId {
        partition: "aws".into(),
        account: "111122223333".into(),
        region: if kind.def().scope == Scope::Global { GLOBAL.into() } else { "us-east-1".into() },
        kind,
        id: id.into(),
    }
}

/// What a reading says, a line per facet.
fn lines(reading: &Reading) -> Vec<String> {
    let mut lines = vec![format!("{:?}", reading.presence)];
    let mut facets: Vec<_> = reading.facets.iter().map(|(facet, state)| line(facet, state)).collect();
    facets.sort();
    lines.append(&mut facets);
    lines
}

fn line(facet: &FacetDef, state: &State) -> String {
    match state {
        State::Known(value) => format!("{} = {}", facet.name, value.to_json()),
        State::Partial(map, why) => {
            format!("{} = {} and maybe others: {why}", facet.name, serde_json::to_string(map).unwrap())
        }
        State::Absent => format!("{} is absent", facet.name),
        State::Unread(why) => format!("{} is unread: {why}", facet.name),
    }
}

/// Reads all facets of a resource.
async fn read(collector: &Collector, resource: &ResourceId) -> Reading {
    collector.read(resource, resource.kind.def().facets).await
}

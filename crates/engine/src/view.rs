//! A resource as people list it: CloudFormation's properties, what is observed besides, and what is not known.

use serde::{Deserialize, Serialize};
use trailhound_model::{Life, Map, Place, Presence, ResourceId, Second, Shape, State, Text, Value};

/// What is known of a resource at the end of its ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceView {
    /// The identity.
    #[serde(flatten)]
    pub resource: ResourceId,
    /// The ARN, where it follows from the identity.
    pub arn: Option<String>,
    /// Whether it was deleted.
    pub gone: bool,
    /// When it was created, if that was seen.
    pub created_at: Option<Second>,
    /// By CloudFormation's names.
    pub properties: Map,
    /// What no CloudFormation schema has.
    pub observed: Map,
    /// The facets that are not known, with why.
    pub unread: std::collections::BTreeMap<Text, String>,
    /// The facets of which only some entries are known, with why.
    pub partial: std::collections::BTreeMap<Text, String>,
}

impl ResourceView {
    /// The view of a life.
    #[must_use]
    pub fn of(resource: &ResourceId, life: &Life) -> Self {
        let mut view = Self {
            resource: resource.clone(),
            arn: resource.arn(),
            gone: life.presence == Presence::Gone,
            created_at: life.born,
            properties: Map::new(),
            observed: Map::new(),
            unread: std::collections::BTreeMap::new(),
            partial: std::collections::BTreeMap::new(),
        };
        if view.gone {
            return view;
        }
        for (facet, slot) in life.kind.def().facets.iter().zip(&life.slots) {
            let value = match &slot.state {
                State::Known(value) => value,
                State::Partial(map, why) => {
                    view.partial.insert(facet.name.into(), why.to_string());
                    &Value::Map(map.clone())
                }
                State::Absent => continue,
                State::Unread(why) => {
                    view.unread.insert(facet.name.into(), why.to_string());
                    continue;
                }
            };
            // CloudFormation has lists where the ledger has keys, unless an entry is no more than a key and a text; the keys
            // of what is only observed are kept.
            let listed = match (facet.place, facet.shape, value) {
                (Place::Property | Place::Part(_), Shape::Keyed, Value::Map(map))
                    if !map.values().any(|entry| matches!(entry, Value::Text(_))) =>
                {
                    Value::List(map.values().cloned().collect())
                }
                _ => value.clone(),
            };
            match facet.place {
                Place::Property | Place::Part(_) => insert(&mut view.properties, facet.name, listed),
                Place::Observed => insert(&mut view.observed, facet.name, listed),
            }
        }
        view
    }
}

/// Inserts under a dotted path.
fn insert(map: &mut Map, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            map.insert(path.into(), value);
        }
        Some((first, rest)) => {
            let inner = map.entry(first.into()).or_insert_with(|| Value::Map(Map::new()));
            if let Value::Map(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

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
            match facet.place {
                Place::Property | Place::Part(_) => {
                    let (own, beside) = apart(value);
                    let own = if facet.shape == Shape::Keyed { listed(own) } else { own };
                    insert(&mut view.properties, facet.name, own);
                    if let Some(beside) = beside {
                        insert(&mut view.observed, facet.name, beside);
                    }
                }
                Place::Observed => insert(&mut view.observed, facet.name, value.clone()),
            }
        }
        view
    }
}

/// Members that entries carry although CloudFormation's schema of the property has none such: the id by which later calls
/// name a group's rule, and when a password was made.
const BESIDE: [&str; 2] = ["SecurityGroupRuleId", "CreateDate"];

/// A property's value as its schema has it, and what is known beside that.
fn apart(value: &Value) -> (Value, Option<Value>) {
    let Value::Map(map) = value else { return (value.clone(), None) };
    let (mut own, mut beside) = (Map::new(), Map::new());
    for (name, member) in map {
        if BESIDE.contains(&&**name) {
            beside.insert(name.clone(), member.clone());
            continue;
        }
        let (inner, apart) = apart(member);
        own.insert(name.clone(), inner);
        beside.extend(apart.map(|apart| (name.clone(), apart)));
    }
    (Value::Map(own), (!beside.is_empty()).then_some(Value::Map(beside)))
}

/// The entries of a keyed facet as CloudFormation writes them: a list, unless an entry is a name and a text of its own.
fn listed(value: Value) -> Value {
    match value {
        Value::Map(map) if !map.iter().any(|(key, entry)| entry.as_str().is_some_and(|text| *text != **key)) => {
            Value::List(map.into_iter().map(|(_, value)| value).collect())
        }
        other => other,
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

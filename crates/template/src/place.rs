//! Where in the template an answer points to: the line that a person would change.

use trailhound_model::kinds::ec2::group::{self, Direction};
use trailhound_model::kinds::ec2::instance;
use trailhound_model::kinds::{codebuild, ecs, iam, kms, lambda, s3};
use trailhound_model::{FacetDef, State, Text, Value, entries_of};

use crate::names::Names;
use crate::part::{self, Given};
use crate::source::{Content, Node};

/// What a resource of the template that is part of another gave to its owner.
pub(crate) struct Gift<'a> {
    /// The facet it wrote.
    pub(crate) facet: &'static FacetDef,
    /// The entries it gave; none for one that gave the whole facet, or what is decided at deployment.
    pub(crate) entries: Vec<Text>,
    /// The part.
    pub(crate) node: &'a Node,
}

impl<'a> Gift<'a> {
    pub(crate) fn of(facet: &'static FacetDef, given: &Given, node: &'a Node) -> Self {
        let entries = match given {
            Given::Entries(state) => entries_of(state).map(|map| map.keys().cloned().collect()).unwrap_or_default(),
            Given::Whole(_) | Given::Nothing => Vec::new(),
        };
        Self { facet, entries, node }
    }
}

/// Where a resource and its parts stand.
pub(crate) struct Places<'a> {
    node: &'a Node,
    gifts: Vec<Gift<'a>>,
}

impl<'a> Places<'a> {
    pub(crate) const fn of(node: &'a Node) -> Self {
        Self { node, gifts: Vec::new() }
    }

    pub(crate) fn give(&mut self, gift: Gift<'a>) {
        self.gifts.push(gift);
    }

    /// The node that an answer about these facets points to: the entry that the evidence names, else the property at fault
    /// or, if the template does not state it, the resource.
    pub(crate) fn at_fault(&self, facets: &[&FacetDef], evidence: &[&str], names: &Names<'_>) -> &'a Node {
        // Evidence that names a facet speaks of this one alone.
        let named = facets
            .iter()
            .find(|facet| evidence.iter().any(|key| facet.name == *key || facet.name.rsplit('.').next() == Some(key)));
        let facets = named.map_or(facets, std::slice::from_ref);
        let entry = facets
            .iter()
            .flat_map(|facet| evidence.iter().map(move |key| (facet, *key)))
            .find_map(|(facet, key)| self.entry(facet, key, names));
        entry.or_else(|| facets.iter().find_map(|facet| self.whole(facet))).unwrap_or(self.node)
    }

    fn entry(&self, facet: &FacetDef, key: &str, names: &Names<'_>) -> Option<&'a Node> {
        let own = self.property(facet).and_then(|node| match group_direction(facet) {
            Some(direction) => group_rule(node, key, direction, names),
            None => named(node, key),
        });
        own.or_else(|| {
            self.gifts.iter().filter(|gift| std::ptr::eq(gift.facet, facet)).find_map(|gift| {
                if gift.entries.iter().any(|entry| &**entry == key) {
                    return Some(gift.node);
                }
                // `policy/statement`: the statement in the policy that the part is.
                let statement = gift.entries.iter().find_map(|entry| key.strip_prefix(&**entry)?.strip_prefix('/'));
                named(gift.node.get("Properties")?.get("PolicyDocument")?, statement.unwrap_or(key))
            })
        })
    }

    fn whole(&self, facet: &FacetDef) -> Option<&'a Node> {
        self.property(facet).or_else(|| {
            // An entry that the evidence does not name is not at fault.
            let gift = self.gifts.iter().find(|gift| std::ptr::eq(gift.facet, facet) && gift.entries.is_empty())?;
            let top = facet.name.split('.').next().unwrap_or(facet.name);
            Some(gift.node.get("Properties").and_then(|properties| properties.get(top)).unwrap_or(gift.node))
        })
    }

    /// The property that states a facet, or the deepest one on the way to it.
    fn property(&self, facet: &FacetDef) -> Option<&'a Node> {
        let properties = self.node.get("Properties")?;
        let mut found = None;
        let mut here = properties;
        for name in stated_by(facet).split('.') {
            match here.get(name) {
                Some(node) => here = node,
                None => break,
            }
            found = Some(here);
        }
        found
    }
}

/// The property by which a template states a facet.
fn stated_by(facet: &FacetDef) -> &'static str {
    OTHERWISE.iter().find(|(other, _)| std::ptr::eq(*other, facet)).map_or(facet.name, |(_, property)| property)
}

/// Facets that a template states by a property of another name.
static OTHERWISE: [(&FacetDef, &str); 8] = [
    (&codebuild::ENVIRONMENT_SECRETS.def, "Environment.EnvironmentVariables"),
    (&ecs::ENVIRONMENT_SECRETS.def, "ContainerDefinitions"),
    (&iam::policy::VERSIONS.def, "PolicyDocument"),
    (&instance::PUBLIC_ADDRESSES.def, "NetworkInterfaces"),
    (&instance::VERSIONS.def, "LaunchTemplateData"),
    (&kms::STATE.def, "Enabled"),
    (&lambda::ENVIRONMENT_SECRETS.def, "Environment.Variables"),
    (&s3::GRANTS.def, "AccessControl"),
];

/// The entry below a node that evidence names: a member, an item that is or holds the name, a statement by its `Sid` or its
/// number, or one thing in another, as in `policy/statement`.
fn named<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    let direct = match &node.content {
        Content::Map(_) => node
            .get(key)
            .or_else(|| named(node.get("Statement")?, key))
            .or_else(|| named(node.get("PolicyDocument")?, key))
            .or_else(|| named(node.get("Environment")?, key)),
        Content::List(items) => match key.strip_prefix('#').and_then(|number| number.parse::<usize>().ok()) {
            Some(number) => number.checked_sub(1).and_then(|at| items.get(at)),
            None => items.iter().find(|item| {
                item.as_str() == Some(key) || item.members().iter().any(|(_, member)| member.as_str() == Some(key))
            }),
        },
        Content::Scalar(_) => None,
    };
    direct.or_else(|| {
        let (outer, inner) = key.split_once('/')?;
        let outer = named(node, outer)?;
        Some(named(outer, inner).unwrap_or(outer))
    })
}

/// The direction of the rules that a facet of a security group holds.
fn group_direction(facet: &FacetDef) -> Option<Direction> {
    if std::ptr::eq(facet, &group::INGRESS.def) {
        Some(Direction::Ingress)
    } else if std::ptr::eq(facet, &group::EGRESS.def) {
        Some(Direction::Egress)
    } else {
        None
    }
}

/// The rule of a security group whose normal form has this key.
fn group_rule<'a>(node: &'a Node, key: &str, direction: Direction, names: &Names<'_>) -> Option<&'a Node> {
    let Content::List(items) = &node.content else { return None };
    items.iter().find(|item| {
        let rule = names.value(item);
        let State::Known(Value::Map(rules)) = part::group_rules(rule.as_slice(), direction) else { return false };
        rules.contains_key(key)
    })
}

//! What stands around a template's resource: the other resources of the template, and of all else nothing is known.

use trailhound_model::kinds::account::{self, ACCOUNT};
use trailhound_model::{
    FacetDef, Kind, Life, Link, Origin, RelationDef, Relatives, ResourceId, Slot, State, Value, kinds,
};

use crate::Subject;
use crate::life::put;
use crate::names::{Names, is_arn_of};

/// Whether rules on other kinds ask about resources of this one.
pub(crate) fn is_lender(kind: Kind) -> bool {
    kinds::ALL.iter().flat_map(|def| def.relations).any(|relation| Kind::of(relation.to) == kind)
}

/// The resources of a template that others may ask about.
pub(crate) struct Around<'m> {
    /// A template cannot rely on a block that somebody set on the account, so there is none.
    account: (ResourceId, Life),
    lenders: Vec<(&'m str, ResourceId, Life)>,
}

impl<'m> Around<'m> {
    pub(crate) fn of(subjects: &[Subject<'m>], names: &Names<'_>) -> Self {
        let kind = Kind::of(&ACCOUNT);
        let mut life = Life::unseen(kind);
        put(&mut life, &account::PUBLIC_ACCESS_BLOCK, State::Absent, Origin::Default);
        let lenders = subjects.iter().filter(|subject| is_lender(subject.life.kind));
        let lender = |subject: &Subject<'m>| {
            (subject.name, names.resource(subject.life.kind, subject.id.clone()), subject.life.clone())
        };
        Self { account: (names.resource(kind, account::SELF.into()), life), lenders: lenders.map(lender).collect() }
    }

    /// What stands around one of them.
    pub(crate) const fn near<'n>(&'n self, subject: &'n Subject<'n>) -> Near<'n> {
        Near { around: self, subject }
    }
}

/// One resource and what stands around it.
pub(crate) struct Near<'n> {
    around: &'n Around<'n>,
    subject: &'n Subject<'n>,
}

impl Relatives for Near<'_> {
    fn related(&self, relation: &RelationDef) -> (Vec<(&ResourceId, &Life)>, bool) {
        let Around { account, lenders } = self.around;
        let of_kind = lenders.iter().filter(|(_, id, _)| id.kind == Kind::of(relation.to));
        let is_itself = |name: &str, id: &ResourceId| name == self.subject.name && id.kind == self.subject.life.kind;
        let others = of_kind.filter(|(name, id, _)| !is_itself(name, id)).map(|(_, id, life)| (id, life));
        match relation.link {
            Link::Account => (vec![(&account.0, &account.1)], true),
            Link::Region => (Vec::new(), false),
            Link::Named(facet) => {
                let name = text(&self.subject.life, facet);
                let found = name.and_then(|name| others.into_iter().find(|(id, _)| is_named(id, name)));
                (found.into_iter().collect(), found.is_some())
            }
            // Other stacks may have more.
            Link::All => (others.collect(), false),
            Link::NamedBy(facet) => {
                let me = |life: &Life| {
                    let name = text(life, facet);
                    name.is_some_and(|name| is_id(&self.subject.life, &self.subject.id, name))
                };
                (others.filter(|(_, life)| me(life)).collect(), false)
            }
        }
    }
}

fn text<'l>(life: &'l Life, facet: &FacetDef) -> Option<&'l str> {
    match life.slot(facet) {
        Some(Slot { state: State::Known(Value::Text(text)), .. }) => Some(text),
        _ => None,
    }
}

/// Whether a name or ARN is that of a resource. Databases' names ignore case.
fn is_named(id: &ResourceId, name: &str) -> bool {
    name.eq_ignore_ascii_case(&id.id) || is_arn_of(name, id.kind, &id.id)
}

fn is_id(life: &Life, id: &str, name: &str) -> bool {
    name == id || is_arn_of(name, life.kind, id)
}

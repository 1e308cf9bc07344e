//! What related resources were at every second, so that a rule may borrow from them.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use trailhound_model::kinds::account::{ACCOUNT, REGION, SELF};
use trailhound_model::{
    Cause, GLOBAL, Kind, Ledger, Life, Link, Origin, Presence, RelationDef, Relatives, ResourceId, Second, Slot, State,
    Text, Value, Why, kinds,
};

use crate::fold::{FacetSet, Fold, Moment};
use crate::prefix::Prefix;

/// What others may borrow from one resource, second by second.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    steps: Vec<Arc<Step>>,
    /// The events that ended its lives before the first step.
    deaths: Vec<Arc<Cause>>,
}

/// A second that changed what the resource lends.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    moment: Moment,
    /// What was known at its end. Facets that are not lent are left out.
    life: Life,
}

impl History {
    /// The history that a ledger tells.
    #[must_use]
    pub fn of(kind: Kind, ledger: &Ledger, owner_deaths: &[Arc<Cause>]) -> Self {
        let mut history = Self::beginning(ledger);
        let mut fold = Fold::new(kind, ledger, owner_deaths);
        while let Some(moment) = fold.step() {
            history.note(moment, &fold.life);
        }
        history
    }

    /// What is known before the first entry.
    pub(crate) fn beginning(ledger: &Ledger) -> Self {
        let Some(base) = &ledger.base else { return Self::default() };
        // What was lent before is not kept: it is taken to have been the same.
        let moment = Moment { time: Second(i64::MIN), ..Moment::default() };
        Self { steps: vec![Arc::new(Step { moment, life: base.life.clone() })], deaths: base.deaths.clone() }
    }

    /// Goes on with the next second that was folded, and what was known at its end.
    pub(crate) fn note(&mut self, mut moment: Moment, life: &Life) {
        let lent = lent_by(life.kind);
        if !(moment.changed(life).meets(lent) || moment.touched == FacetSet::ALL) {
            return;
        }
        moment.before.clear();
        let slots = life.slots.iter().enumerate();
        let slots = slots.map(|(at, slot)| Arc::clone(if lent.has(at) { slot } else { &UNLENT })).collect();
        let life = Life { kind: life.kind, presence: life.presence, born: life.born, slots };
        self.steps.push(Arc::new(Step { moment, life }));
    }

    /// What was known at the end of a second.
    #[must_use]
    pub fn at(&self, time: Second) -> Option<&Life> {
        let after = self.steps.partition_point(|step| step.moment.time <= time);
        self.steps.get(after.checked_sub(1)?).map(|step| &step.life)
    }

    /// The moment of exactly this second.
    fn moment(&self, time: Second) -> Option<&Moment> {
        let at = self.steps.binary_search_by_key(&time, |step| step.moment.time).ok()?;
        self.steps.get(at).map(|step| &step.moment)
    }

    /// The first second after this one that touched one of these facets.
    fn next_touch(&self, time: Second, facets: FacetSet) -> Option<Second> {
        let after = self.steps.partition_point(|step| step.moment.time <= time);
        let mut later = self.steps.get(after..)?.iter().map(|step| &step.moment);
        later.find(|moment| moment.touched.meets(facets)).map(|moment| moment.time)
    }

    /// The events that ended a life.
    #[must_use]
    pub fn deaths(&self) -> Vec<Arc<Cause>> {
        let gone = self.steps.iter().filter(|step| step.life.presence == Presence::Gone);
        let later = gone.filter_map(|step| step.moment.causes.last().map(|(_, cause)| Arc::clone(cause)));
        self.deaths.iter().cloned().chain(later).collect()
    }
}

/// What others see of a facet that is not lent.
static UNLENT: LazyLock<Arc<Slot>> =
    LazyLock::new(|| Arc::new(Slot { state: State::Unread(Why::NotSeen), origin: Origin::Nothing }));

/// What each kind lends, over all relations that lead to it.
static LENT: LazyLock<HashMap<Kind, FacetSet>> = LazyLock::new(|| {
    let mut all: HashMap<Kind, FacetSet> = HashMap::new();
    for relation in kinds::ALL.iter().flat_map(|def| def.relations) {
        all.entry(Kind::of(relation.to)).or_default().add(lent(relation));
    }
    all
});

/// The kinds that others borrow from or belong to; their histories are kept.
static LENDERS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let mut lenders: Vec<Kind> = kinds::ALL
        .iter()
        .flat_map(|def| def.relations.iter().map(|relation| Kind::of(relation.to)))
        .chain(kinds::ALL.iter().filter_map(|def| def.owner.as_ref()).map(|owner| Kind::of(owner.kind)))
        .collect();
    lenders.sort_unstable();
    lenders.dedup();
    lenders
});

/// Whether resources of this kind lend facets to others, or own others.
#[must_use]
pub fn is_lender(kind: Kind) -> bool {
    LENDERS.binary_search(&kind).is_ok()
}

/// The kinds that lend.
#[must_use]
pub fn lenders() -> &'static [Kind] {
    &LENDERS
}

/// The histories of all lenders that may matter to the resources being judged.
#[derive(Clone, Debug, Default)]
pub struct Histories {
    of: HashMap<ResourceId, History>,
    by_kind: HashMap<Kind, HashMap<Text, Lenders>>,
}

/// All lenders of one kind in one account.
#[derive(Clone, Debug, Default)]
struct Lenders {
    /// Sorted.
    ids: Vec<ResourceId>,
    /// The seconds that touched what one of them lends, sorted, so that nobody has to ask each of them.
    touches: Vec<(Second, FacetSet)>,
}

impl Histories {
    /// The histories of those resources that lend.
    #[must_use]
    pub fn of<'l>(ledgers: impl Iterator<Item = (&'l ResourceId, &'l Ledger)>) -> Self {
        Self::going_on(ledgers.map(|(id, ledger)| (id, ledger, None)))
    }

    /// The histories of those resources that lend, each going on from what is folded of its ledger.
    pub(crate) fn going_on<'l>(
        ledgers: impl Iterator<Item = (&'l ResourceId, &'l Ledger, Option<&'l Prefix>)>,
    ) -> Self {
        let mut histories = Self::default();
        let lenders: Vec<_> = ledgers.filter(|(id, ..)| is_lender(id.kind)).collect();
        // Owners first: their deletion ends what they own.
        for owners in [true, false] {
            for (id, ledger, prefix) in lenders.iter().filter(|(id, ..)| id.kind.def().owner.is_none() == owners) {
                let deaths = histories.owner_deaths(id);
                let prefix = prefix.filter(|_| deaths.is_empty());
                let history = prefix.and_then(|prefix| prefix.history(ledger));
                histories.insert((*id).clone(), history.unwrap_or_else(|| History::of(id.kind, ledger, &deaths)));
            }
        }
        for lenders in histories.by_kind.values_mut().flat_map(HashMap::values_mut) {
            lenders.ids.sort_unstable();
            lenders.touches.sort_unstable_by_key(|(time, _)| *time);
        }
        histories
    }

    fn insert(&mut self, resource: ResourceId, history: History) {
        let lenders = self.by_kind.entry(resource.kind).or_default().entry(resource.account.clone()).or_default();
        lenders.ids.push(resource.clone());
        lenders.touches.extend(history.steps.iter().map(|step| (step.moment.time, step.moment.touched)));
        self.of.insert(resource, history);
    }

    /// The lenders of a relation that may lead to any of a kind.
    fn lenders(&self, resource: &ResourceId, relation: &RelationDef) -> Option<&Lenders> {
        self.by_kind.get(&Kind::of(relation.to))?.get(&resource.account)
    }

    /// A resource's history.
    #[must_use]
    pub fn get(&self, resource: &ResourceId) -> Option<&History> {
        self.of.get(resource)
    }

    /// The resources that a relation may lead to, given what is known of the resource.
    fn candidates(&self, resource: &ResourceId, life: &Life, relation: &RelationDef) -> Vec<&ResourceId> {
        match relation.link {
            Link::Account | Link::Region | Link::Named(_) => {
                let lender = lender(relation, resource, life);
                lender.and_then(|id| self.of.get_key_value(&id)).map(|(id, _)| id).into_iter().collect()
            }
            Link::All | Link::NamedBy(_) => {
                self.lenders(resource, relation).map_or_else(Vec::new, |lenders| lenders.ids.iter().collect())
            }
        }
    }

    /// The first second after this one in which a related resource changed what a relation may borrow.
    #[must_use]
    pub fn next_change(
        &self,
        resource: &ResourceId,
        life: &Life,
        relation: &RelationDef,
        after: Second,
    ) -> Option<Second> {
        let facets = lent(relation);
        if matches!(relation.link, Link::All | Link::NamedBy(_)) {
            let touches = &self.lenders(resource, relation)?.touches;
            let later = touches.get(touches.partition_point(|(time, _)| *time <= after)..)?;
            return later.iter().find(|(_, touched)| touched.meets(facets)).map(|(time, _)| *time);
        }
        self.candidates(resource, life, relation)
            .into_iter()
            .filter_map(|id| self.of.get(id)?.next_touch(after, facets))
            .min()
    }

    /// The last event of a second by which a related resource changed what a relation may borrow.
    #[must_use]
    pub fn cause(
        &self,
        resource: &ResourceId,
        life: &Life,
        relation: &RelationDef,
        time: Second,
    ) -> Option<&Arc<Cause>> {
        let facets = lent(relation);
        self.candidates(resource, life, relation)
            .into_iter()
            .filter_map(|id| self.of.get(id)?.moment(time)?.cause(facets))
            .max_by(|a, b| a.event_id.cmp(&b.event_id))
    }

    /// The relatives of a resource at a second.
    #[must_use]
    pub const fn at<'a>(&'a self, resource: &'a ResourceId, life: &'a Life, time: Second) -> At<'a> {
        At { histories: self, resource, life, time }
    }

    /// The events that ended the life of a resource's owner.
    #[must_use]
    pub fn owner_deaths(&self, resource: &ResourceId) -> Vec<Arc<Cause>> {
        resource
            .kind
            .def()
            .owner
            .as_ref()
            .and_then(|owner| (owner.of)(resource))
            .and_then(|owner| self.of.get(&owner))
            .map_or_else(Vec::new, History::deaths)
    }
}

/// The one resource that a relation leads to by what is known of the borrower: its account, its region, or what a facet names.
/// Nothing, if the facet is not known or the relation may lead to any of a kind.
pub(crate) fn lender(relation: &RelationDef, resource: &ResourceId, life: &Life) -> Option<ResourceId> {
    match relation.link {
        Link::Account => Some(singleton(&ACCOUNT, GLOBAL, resource)),
        Link::Region => Some(singleton(&REGION, &resource.region, resource)),
        Link::Named(facet) => match life.slot(facet).map(|slot| &slot.state) {
            Some(State::Known(Value::Text(name))) => Some(named(Kind::of(relation.to), name, resource)),
            _ => None,
        },
        Link::All | Link::NamedBy(_) => None,
    }
}

/// The single resource of an account or of a region, near another resource.
pub(crate) fn singleton(kind: &'static trailhound_model::KindDef, region: &str, near: &ResourceId) -> ResourceId {
    ResourceId {
        partition: near.partition.clone(),
        account: near.account.clone(),
        region: region.into(),
        kind: Kind::of(kind),
        id: SELF.into(),
    }
}

/// The facets that any relation borrows from a kind.
pub(crate) fn lent_by(kind: Kind) -> FacetSet {
    LENT.get(&kind).copied().unwrap_or_default()
}

/// The facets that a relation lends, by their position in the lender's kind.
#[must_use]
pub fn lent(relation: &RelationDef) -> FacetSet {
    let kind = Kind::of(relation.to);
    let named_by = match relation.link {
        Link::NamedBy(facet) => kind.position(facet.name),
        _ => None,
    };
    FacetSet::of(relation.borrows.iter().filter_map(|facet| kind.position(facet.name)).chain(named_by))
}

/// The resource of a kind that a name or ARN in another resource's facet means.
pub(crate) fn named(kind: Kind, name: &str, near: &ResourceId) -> ResourceId {
    ResourceId::from_arn(kind, name, near).unwrap_or_else(|| ResourceId {
        partition: near.partition.clone(),
        account: near.account.clone(),
        region: match kind.def().scope {
            trailhound_model::Scope::Global => GLOBAL.into(),
            trailhound_model::Scope::Regional => near.region.clone(),
        },
        kind,
        id: name.into(),
    })
}

/// The relatives of one resource at one second.
pub struct At<'a> {
    histories: &'a Histories,
    resource: &'a ResourceId,
    life: &'a Life,
    time: Second,
}

impl Relatives for At<'_> {
    fn related(&self, relation: &RelationDef) -> (Vec<(&ResourceId, &Life)>, bool) {
        let names_me = |life: &Life| match relation.link {
            Link::NamedBy(facet) => match life.slot(facet).map(|slot| &slot.state) {
                Some(State::Known(Value::Text(name))) => {
                    named(self.resource.kind, name, self.resource) == *self.resource
                }
                _ => false,
            },
            _ => true,
        };
        let lives = self
            .histories
            .candidates(self.resource, self.life, relation)
            .into_iter()
            .filter(|id| *id != self.resource)
            .filter_map(|id| Some((id, self.histories.of.get(id)?.at(self.time)?)))
            .filter(|(_, life)| names_me(life))
            .collect();
        // Events never show that no other resource exists.
        (lives, matches!(relation.link, Link::Account | Link::Region | Link::Named(_)))
    }
}

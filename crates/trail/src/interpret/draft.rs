//! What an interpreter writes: a change in the making.

use trailhound_model::{
    Alias, Binding, Birth, Effect, FacetDef, FacetName, KindDef, Map, Operation, Removal, ResourceId, State, Target,
    Text, Value, Why,
};

/// Collects the effects of one event.
#[derive(Default)]
pub struct Draft {
    pub(super) effects: Vec<Effect>,
    pub(super) bindings: Vec<Binding>,
}

impl Draft {
    /// Starts the operations on a resource.
    pub fn on(&mut self, resource: ResourceId) -> On<'_> {
        self.target(Target::Resource(resource))
    }

    /// Starts the operations on a resource that the event names by another name only.
    pub fn on_alias(&mut self, alias: Alias) -> On<'_> {
        self.target(Target::Alias(alias))
    }

    /// Teaches that an alias stands for a resource. `birth` says that the name began to do so in this event.
    pub fn bind(&mut self, alias: Alias, resource: &ResourceId, birth: bool) {
        self.bindings.push(Binding { alias, resource: resource.clone(), birth });
    }

    fn target(&mut self, target: Target) -> On<'_> {
        let position = match self.effects.iter().position(|effect| effect.target == target) {
            Some(position) => position,
            None => {
                self.effects.push(Effect { target, operations: Vec::new() });
                self.effects.len() - 1
            }
        };
        On { operations: self.effects.get_mut(position).map(|effect| &mut effect.operations) }
    }
}

/// The operations on one resource.
pub struct On<'d> {
    operations: Option<&'d mut Vec<Operation>>,
}

impl On<'_> {
    fn push(&mut self, operation: Operation) -> &mut Self {
        if let Some(operations) = &mut self.operations {
            operations.push(operation);
        }
        self
    }

    /// A new life. What is not stated gets AWS's default.
    pub fn create(&mut self, birth: Birth, stated: Stated) -> &mut Self {
        self.push(Operation::Create { birth, stated: stated.0 })
    }

    /// The facet has this value now.
    pub fn set(&mut self, facet: &'static FacetDef, value: impl Into<Value>) -> &mut Self {
        self.push(Operation::set(facet, value.into()))
    }

    /// The facet is in this state now.
    pub fn set_state(&mut self, facet: &'static FacetDef, state: State) -> &mut Self {
        match state {
            State::Known(value) => self.set(facet, value),
            State::Absent => self.clear(facet),
            State::Unread(why) | State::Partial(_, why) => self.stale(facet, why),
        }
    }

    /// The facet has this value now, if the call gave one. A call that leaves a member out does not touch it.
    pub fn set_if(&mut self, facet: &'static FacetDef, value: Option<impl Into<Value>>) -> &mut Self {
        match value {
            Some(value) => self.set(facet, value),
            None => self,
        }
    }

    /// The facet has this document now; if it cannot be read, it is not known.
    pub fn set_document(
        &mut self,
        facet: &'static FacetDef,
        document: Result<Option<Value>, super::body::BadDocument>,
    ) -> &mut Self {
        match document {
            Ok(Some(value)) => self.set(facet, value),
            Ok(None) => self,
            Err(_) => self.stale(facet, Why::NotUnderstood("the document is not JSON".into())),
        }
    }

    /// The facet has the document that this member of a request holds; an empty one removes it, a missing one says
    /// nothing about it.
    pub fn set_document_of(&mut self, facet: &'static FacetDef, body: super::Body<'_>, name: &str) -> &mut Self {
        match body.document(name) {
            Ok(None) if body.at(&[name]).is_present() => self.clear(facet),
            document => self.set_document(facet, document),
        }
    }

    /// The facet has the text that this member of a request holds; an empty one removes it, a missing one says nothing
    /// about it.
    pub fn set_text_of(&mut self, facet: &'static FacetDef, body: super::Body<'_>, name: &str) -> &mut Self {
        match body.text(name) {
            Some("") => self.clear(facet),
            text => self.set_if(facet, text),
        }
    }

    /// The facet does not exist any more.
    pub fn clear(&mut self, facet: &'static FacetDef) -> &mut Self {
        self.push(Operation::Clear { facet: facet.name.into() })
    }

    /// A keyed facet has this entry now.
    pub fn put(&mut self, facet: &'static FacetDef, key: impl Into<Text>, value: impl Into<Value>) -> &mut Self {
        self.push(Operation::Put { facet: facet.name.into(), key: key.into(), value: value.into() })
    }

    /// A keyed facet has lost the entry with this key.
    pub fn remove(&mut self, facet: &'static FacetDef, key: impl Into<Text>) -> &mut Self {
        self.push(Operation::Remove { facet: facet.name.into(), what: Removal::Key(key.into()) })
    }

    /// A keyed facet has lost the entry that has this member.
    pub fn remove_by(&mut self, facet: &'static FacetDef, member: &str, value: impl Into<Value>) -> &mut Self {
        self.push(Operation::Remove { facet: facet.name.into(), what: Removal::Member(member.into(), value.into()) })
    }

    /// The entry that has this member was replaced, in whichever of the facets holds it.
    pub fn replace_by(
        &mut self,
        facets: &[&'static FacetDef],
        member: (&str, Value),
        key: impl Into<Text>,
        value: impl Into<Value>,
    ) -> &mut Self {
        self.push(Operation::Replace {
            facets: facets.iter().map(|facet| facet.name.into()).collect(),
            member: (member.0.into(), member.1),
            key: key.into(),
            value: value.into(),
        })
    }

    /// The facet was touched and is not known now.
    pub fn stale(&mut self, facet: &'static FacetDef, why: Why) -> &mut Self {
        self.push(Operation::Stale { facet: Some(facet.name.into()), why })
    }

    /// Everything about the resource may have changed.
    pub fn stale_all(&mut self, why: Why) -> &mut Self {
        self.push(Operation::Stale { facet: None, why })
    }

    /// A pending deletion was undone.
    pub fn restore(&mut self) -> &mut Self {
        self.push(Operation::Restore)
    }

    /// The life ended.
    pub fn delete(&mut self) -> &mut Self {
        self.push(Operation::Delete)
    }
}

/// What a creating call or its response stated.
#[derive(Default)]
pub struct Stated(Vec<(FacetName, State)>);

impl Stated {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A value.
    #[must_use]
    pub fn value(mut self, facet: &'static FacetDef, value: impl Into<Value>) -> Self {
        self.0.push((facet.name.into(), State::Known(value.into())));
        self
    }

    /// A value, if there is one; else the facet gets AWS's default.
    #[must_use]
    pub fn value_if(self, facet: &'static FacetDef, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.value(facet, value),
            None => self,
        }
    }

    /// A document, if there is one; one that cannot be read is not known.
    #[must_use]
    pub fn document(self, facet: &'static FacetDef, document: Result<Option<Value>, super::body::BadDocument>) -> Self {
        match document {
            Ok(value) => self.value_if(facet, value),
            Err(_) => self.unread(facet, Why::NotUnderstood("the document is not JSON".into())),
        }
    }

    /// Some entries of a keyed facet, and why others may exist.
    #[must_use]
    pub fn partial(mut self, facet: &'static FacetDef, entries: Map, why: Why) -> Self {
        self.0.push((facet.name.into(), State::Partial(entries, why)));
        self
    }

    /// A state.
    #[must_use]
    pub fn state(mut self, facet: &'static FacetDef, state: State) -> Self {
        self.0.push((facet.name.into(), state));
        self
    }

    /// That it does not exist.
    #[must_use]
    pub fn absent(mut self, facet: &'static FacetDef) -> Self {
        self.0.push((facet.name.into(), State::Absent));
        self
    }

    /// That it cannot be known from this event.
    #[must_use]
    pub fn unread(mut self, facet: &'static FacetDef, why: Why) -> Self {
        self.0.push((facet.name.into(), State::Unread(why)));
        self
    }
}

/// What an interpreter says when an event that it watches does not name its resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unplaced {
    /// The member that should have named it.
    pub missing: &'static str,
}

/// What an event does to resources of a kind: the table that tests and generators walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// A new life.
    Creates,
    /// Whole facets.
    Sets,
    /// Entries of keyed facets.
    Patches,
    /// Touches without showing the result.
    Stales,
    /// The end of a life.
    Deletes,
}

/// One row of an event's declaration.
#[derive(Clone, Copy, Debug)]
pub struct Does {
    /// What it does.
    pub verb: Verb,
    /// To resources of this kind.
    pub kind: &'static KindDef,
    /// In these facets; for creation and deletion all are meant.
    pub facets: &'static [&'static FacetDef],
}

/// The declaration of an event: what it is called, what it does, and how it is read.
#[derive(Debug)]
pub struct EventSpec {
    /// The call's name as CloudTrail spells it, with an API date where the service writes one.
    pub name: &'static str,
    /// What it does.
    pub does: &'static [Does],
    /// Reads it.
    pub interpret: fn(&super::Event<'_>, &mut Draft) -> Result<(), Unplaced>,
}

//! Kinds and facets: the static declarations that interpreters write to, rules read from and collectors fill.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{ResourceId, Second, State, Value, kinds};

/// Where a resource of a kind exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Once per account, or named uniquely in the partition.
    Global,
    /// In one region.
    Regional,
}

/// The declaration of a resource kind. There is one static per kind, in [`crate::kinds`].
#[derive(Debug)]
pub struct KindDef {
    /// The CloudFormation type name, or an own name where CloudFormation has none (`Trailhound::Account`).
    pub name: &'static str,
    /// Where it exists.
    pub scope: Scope,
    /// The ARN with `{partition}`, `{region}`, `{account}` and `{id}`, if it follows from the identity.
    pub arn: Option<&'static str>,
    /// Its facets. At most 64.
    pub facets: &'static [&'static FacetDef],
    /// The other resources whose facets its rules may borrow.
    pub relations: &'static [&'static RelationDef],
    /// CloudFormation types that are judged as part of this kind; facets may name their properties.
    pub parts: &'static [&'static str],
    /// The resource that it cannot outlive, if that is another kind: its deletion ends this one too.
    pub owner: Option<OwnerDef>,
}

/// The resource that another cannot outlive.
#[derive(Debug)]
pub struct OwnerDef {
    /// Its kind.
    pub kind: &'static KindDef,
    /// Which one it is; `None` if the id does not tell.
    pub of: fn(&ResourceId) -> Option<ResourceId>,
}

/// A resource kind: a cheap handle on its declaration, compared and written by name.
#[derive(Clone, Copy)]
pub struct Kind(&'static KindDef);

impl Kind {
    /// The kind of a declaration.
    #[must_use]
    pub const fn of(def: &'static KindDef) -> Self {
        Self(def)
    }

    /// The kind with this name, if it is one of [`kinds::ALL`].
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        kinds::ALL.iter().find(|def| def.name == name).map(|def| Self(def))
    }

    /// The declaration.
    #[must_use]
    pub const fn def(self) -> &'static KindDef {
        self.0
    }

    /// The name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0.name
    }

    /// The position of a facet in this kind, by its name.
    #[must_use]
    pub fn position(self, facet: &str) -> Option<usize> {
        // Nearly always it is the very name of the declaration, which is quicker to see.
        let is_same = |def: &&FacetDef| std::ptr::eq(def.name, facet);
        let facets = self.0.facets;
        facets.iter().position(is_same).or_else(|| facets.iter().position(|def| def.name == facet))
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0) || self.0.name == other.0.name
    }
}

impl Eq for Kind {}

impl PartialOrd for Kind {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Kind {
    fn cmp(&self, other: &Self) -> Ordering {
        if self == other { Ordering::Equal } else { self.0.name.cmp(other.0.name) }
    }
}

impl Hash for Kind {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.name.hash(state);
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name)
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| de::Error::custom(format_args!("`{name}` is not a known kind")))
    }
}

/// Whether a facet is one value or a set of entries that come and go by key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One value, written as a whole.
    Single,
    /// Entries with stable keys; part of them may be known while others are not.
    Keyed,
}

/// Where the world finds a facet's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A property of the kind's CloudFormation schema; the facet's name is its dotted path.
    Property,
    /// A property of the schema of a declared part, for example `PolicyDocument` of `AWS::S3::BucketPolicy`.
    Part(&'static str),
    /// Known to AWS but to no CloudFormation schema.
    Observed,
}

/// What a facet is on a newly created resource when the caller did not state it.
#[derive(Clone, Copy, Debug)]
pub enum Initial {
    /// It depends on what an event does not show: it stays unread.
    Unread,
    /// It does not exist until set.
    Absent,
    /// A keyed facet with no entries, and known to have none.
    Empty,
    /// AWS's default as of the date of creation.
    Default(fn(Second) -> Value),
}

impl Initial {
    /// A switch that is off until somebody turns it on.
    pub const OFF: Self = Self::Default(|_| Value::Bool(false));
}

/// The declaration of a facet: the smallest part of a resource that is written, read and judged as one.
#[derive(Debug)]
pub struct FacetDef {
    /// Unique within its kind: the property's dotted path, or an own name for what is observed.
    pub name: &'static str,
    /// Whether CloudFormation has it.
    pub place: Place,
    /// One value or keyed entries.
    pub shape: Shape,
    /// The IAM actions of the read that returns it.
    pub reads: &'static [&'static str],
    /// Its value at creation when not stated.
    pub initial: Initial,
    /// The most entries that are kept of a keyed facet. Beyond them it is known in part.
    pub limit: usize,
}

impl FacetDef {
    const fn new(name: &'static str, place: Place, shape: Shape) -> Self {
        Self { name, place, shape, reads: &[], initial: Initial::Unread, limit: usize::MAX }
    }
}

/// A facet that holds one value, with the type that rules see.
pub struct Facet<T> {
    /// The untyped declaration.
    pub def: FacetDef,
    view: PhantomData<fn() -> T>,
}

/// A facet that holds keyed entries, with the type of one entry.
pub struct Keyed<T> {
    /// The untyped declaration.
    pub def: FacetDef,
    view: PhantomData<fn() -> T>,
}

macro_rules! facet_constructors {
    ($token:ident, $shape:expr) => {
        impl<T> $token<T> {
            /// A property of the kind's own schema, by its dotted path.
            #[must_use]
            pub const fn property(name: &'static str) -> Self {
                Self { def: FacetDef::new(name, Place::Property, $shape), view: PhantomData }
            }

            /// A property of a part's schema.
            #[must_use]
            pub const fn part(part: &'static str, name: &'static str) -> Self {
                Self { def: FacetDef::new(name, Place::Part(part), $shape), view: PhantomData }
            }

            /// What no schema has.
            #[must_use]
            pub const fn observed(name: &'static str) -> Self {
                Self { def: FacetDef::new(name, Place::Observed, $shape), view: PhantomData }
            }

            /// The IAM actions of the read that returns it.
            #[must_use]
            pub const fn read_by(mut self, actions: &'static [&'static str]) -> Self {
                self.def.reads = actions;
                self
            }

            /// Its value at creation when the caller did not state it.
            #[must_use]
            pub const fn initially(mut self, initial: Initial) -> Self {
                self.def.initial = initial;
                self
            }
        }

        impl<T> std::ops::Deref for $token<T> {
            type Target = FacetDef;

            fn deref(&self) -> &FacetDef {
                &self.def
            }
        }
    };
}

impl<T> Keyed<T> {
    /// Keeps at most so many entries. For facets that grow with the size of an account and of which a few entries tell what
    /// is asked.
    #[must_use]
    pub const fn keeping(mut self, entries: usize) -> Self {
        self.def.limit = entries;
        self
    }
}

facet_constructors!(Facet, Shape::Single);
facet_constructors!(Keyed, Shape::Keyed);

/// How the related resource is found.
#[derive(Clone, Copy, Debug)]
pub enum Link {
    /// The account's own resource (kind `Trailhound::Account`).
    Account,
    /// The region's own resource (kind `Trailhound::Region`).
    Region,
    /// The one that a facet of this resource names by id or ARN.
    Named(&'static FacetDef),
    /// All of that kind in the account.
    All,
    /// All of that kind in the account whose facet names this resource by id or ARN.
    NamedBy(&'static FacetDef),
}

/// A relation to other resources whose facets may be borrowed.
#[derive(Debug)]
pub struct RelationDef {
    /// A word for it, unique in the kind.
    pub name: &'static str,
    /// The kind of the related resources.
    pub to: &'static KindDef,
    /// How they are found.
    pub link: Link,
    /// Which of their facets may be borrowed.
    pub borrows: &'static [&'static FacetDef],
}

/// The value that a facet's [`Initial`] gives to a resource created at `time`.
pub(crate) fn initial_state(def: &FacetDef, time: Second) -> State {
    match def.initial {
        Initial::Unread => State::Unread(crate::Why::NotStated),
        Initial::Absent => State::Absent,
        Initial::Empty => State::Known(Value::Map(crate::Map::new())),
        Initial::Default(value) => State::Known(value(time)),
    }
}

//! The nouns of Trailhound: values, identities, kinds, facets, changes, ledgers, snapshots, verdicts, findings.
//!
//! This crate reads nothing, writes nothing and knows no clock. Everything above it speaks these types.

mod change;
mod finding;
mod identity;
mod kind;
pub mod kinds;
mod ledger;
pub mod secret;
mod snapshot;
mod state;
mod time;
mod value;
mod verdict;

pub use change::{Actor, Birth, Cause, Change, Effect, FacetName, Operation, Removal, keyed};
pub use finding::{Episode, Finding, Status, Step, Timeline, Transition};
pub use identity::{Alias, Binding, GLOBAL, ResourceId, Target, partition_of};
pub use kind::{Facet, FacetDef, Initial, Keyed, Kind, KindDef, Link, OwnerDef, Place, RelationDef, Scope, Shape};
pub use ledger::{Base, Entry, Ledger};
pub use secret::{Secret, SecretLooking};
pub use snapshot::{Alone, Asked, Entries, Related, Relatives, Seen, Snapshot, Truth, entries_of};
pub use state::{Life, Origin, Presence, Slot, State, Why};
pub use time::{DAY, Second, TimeError};
pub use value::{Map, ShapeError, Text, Value};
pub use verdict::{Answer, Evidence, Failure, Severity, Verdict};

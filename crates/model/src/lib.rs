//! The nouns of Trailhound: values, identities, kinds, facets, changes, ledgers, snapshots, verdicts, findings.
//!
//! This crate reads nothing, writes nothing and knows no clock. Everything above it speaks these types.

mod time;
mod value;

pub use time::{DAY, Second, TimeError};
pub use value::{Map, ShapeError, Text, Value};

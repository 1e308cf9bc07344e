//! Implementations of the engine's store port, under one conformance suite.

mod memory;
mod sqlite;

pub use memory::Memory;
pub use sqlite::Sqlite;

//! Implementations of the engine's store port, under one conformance suite.

#[cfg(feature = "dynamodb")]
pub mod dynamodb;
mod memory;
mod sqlite;
pub mod table;

#[cfg(feature = "dynamodb")]
pub use dynamodb::DynamoDb;
pub use memory::Memory;
pub use sqlite::Sqlite;

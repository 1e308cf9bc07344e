//! Implementations of the engine's store port, under one conformance suite.

#[cfg(feature = "dynamodb")]
pub mod dynamodb;
mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;
pub mod table;

#[cfg(feature = "dynamodb")]
pub use dynamodb::DynamoDb;
pub use memory::Memory;
#[cfg(feature = "sqlite")]
pub use sqlite::Sqlite;

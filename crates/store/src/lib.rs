//! Implementations of the engine's store port, under one conformance suite.

mod memory;

pub use memory::Memory;

//! Findings for people and programs: rows, and the formats made of them.

pub mod escape;
mod row;

pub use row::{EpisodeRow, FindingRow, duration, who};

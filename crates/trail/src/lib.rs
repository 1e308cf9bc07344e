//! Reading events: the archive reader, the typed record, and what a record means.

mod compact;
pub mod event_names;
pub mod interpret;
pub mod json;
pub mod reader;
pub mod record;
pub mod skip;

pub use record::{Category, Record, RecordError};
pub use skip::SkipReason;

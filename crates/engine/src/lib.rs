//! The engine: fold a ledger, evaluate rules, derive timelines and transitions.
//!
//! Everything here is a function of the set of entries. It reads no clock and knows no adapter; it owns the ports that
//! adapters implement.

pub mod announce;
pub mod before;
pub mod except;
pub mod fold;
pub mod history;
pub mod ingest;
pub mod judge;
pub mod names;
pub mod port;
mod prefix;
pub mod present;
pub mod reading;
pub mod replay;
pub mod told;
pub mod view;
pub mod work;

pub use before::Before;
pub use fold::{FacetSet, Fold, Moment, Notes};
pub use history::{Histories, History, is_lender, lenders};
pub use ingest::{Blind, Ingest, Ingested};
pub use judge::{Judge, Judged};
pub use present::{Answer, Present, present};
pub use replay::{Replayed, replay};
pub use told::{Also, FindingKey, Told};
pub use trailhound_rules::{Timing, When};
pub use view::ResourceView;
pub use work::Work;

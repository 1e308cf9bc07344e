//! One file per command.

pub(crate) mod findings;
pub(crate) mod history;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod resources;
pub(crate) mod rules;

use std::path::Path;

use anyhow::{Context, Result, bail};
use trailhound_store::Sqlite;

/// Opens the store that an earlier replay wrote.
fn open(path: &Path) -> Result<Sqlite> {
    if !path.exists() {
        bail!("there is no store {}: make one with `trailhound replay PATH --store FILE`", path.display());
    }
    Sqlite::open(path).with_context(|| format!("opening {}", path.display()))
}

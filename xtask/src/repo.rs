//! Where the repository is and how its files are read and written.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// The repository's root directory.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The text of the file at `path`, relative to the root.
pub(crate) fn read(path: &str) -> Result<String> {
    fs::read_to_string(root().join(path)).with_context(|| format!("reading `{path}`"))
}

/// Writes `content` to `path`, relative to the root, making its directories.
pub(crate) fn write(path: &str, content: &str) -> Result<()> {
    let full = root().join(path);
    if let Some(directory) = full.parent() {
        fs::create_dir_all(directory).with_context(|| format!("making the directory of `{path}`"))?;
    }
    fs::write(full, content).with_context(|| format!("writing `{path}`"))
}

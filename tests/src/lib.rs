//! What the end-to-end tests share.

pub mod account;

use std::path::{Path, PathBuf};

/// A path below the root of the project.
#[must_use]
pub fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A collection of real data that stands beside the project on some machines, or `None` with a word about it: the project
/// is complete without it.
#[must_use]
#[expect(clippy::print_stderr, reason = "a test that could not do its work says so")]
pub fn corpus(path: &str) -> Option<PathBuf> {
    let found = project("../shared/corpora").join(path);
    if found.exists() {
        return Some(found);
    }
    eprintln!("skipped: the corpus {path} is not on this machine");
    None
}

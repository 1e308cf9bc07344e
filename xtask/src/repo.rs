//! Where the repository is, how its files are read and written, and how cargo is run in it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

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

/// Runs cargo in the root, letting it write to the terminal.
pub(crate) fn cargo(arguments: &[&str]) -> Result<()> {
    let status = cargo_command(arguments).status().context("starting cargo")?;
    ensure!(status.success(), "`cargo {}` failed", arguments.join(" "));
    Ok(())
}

/// Cargo with `arguments`, to be run in the root.
pub(crate) fn cargo_command(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    trailhound_emulator::by_hand(&mut command).args(arguments).current_dir(root()).stdin(Stdio::null());
    command
}

//! Writes the messages that rules give now into their case files.

use anyhow::{Context, Result, ensure};

use crate::repo;

/// Blesses the cases of the rules whose id contains `filter`.
///
/// # Errors
///
/// If a case still fails: a message can be blessed, a verdict cannot.
pub(crate) fn run(filter: Option<&str>) -> Result<()> {
    let arguments = ["test", "--package", "trailhound-rules", "--test", "cases", "--"];
    let status = repo::cargo_command(&arguments)
        .args(filter)
        .env("TRAILHOUND_BLESS", "1")
        .status()
        .context("starting `cargo test`")?;
    ensure!(status.success(), "a verdict is not the expected one: mend the rule or the case by hand");
    println!("read the changed messages with `git diff crates/rules` before you commit them");
    Ok(())
}

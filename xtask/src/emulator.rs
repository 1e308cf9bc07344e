//! Runs a command beside the local AWS.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use trailhound_emulator::{Emulator, Options};

/// Starts the emulator, runs the command with its address in the environment, and ends the emulator.
pub(crate) fn run(auth: bool, command: &[String]) -> Result<()> {
    let (program, arguments) = command.split_first().context("name the command that shall run beside the emulator")?;
    let emulator = Emulator::start(Options { auth, ..Options::default() })?;
    println!("the emulator answers at {} and logs to {}", emulator.url(), emulator.log().display());
    let status = Command::new(program)
        .args(arguments)
        .envs(emulator.environment())
        .status()
        .with_context(|| format!("running `{program}`"))?;
    ensure!(status.success(), "`{program}` ended with {status}");
    Ok(())
}

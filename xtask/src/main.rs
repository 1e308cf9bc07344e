//! The repository's own tasks: `cargo xtask test` proves the tree, the others write parts of it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a task talks to the person who typed it")]

mod event_names;
mod generate;
mod repo;
mod test;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The repository's own tasks")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Prove the tree: format, lints, generated files, every test
    Test,
    /// Rewrite the files that are derived from code
    Generate {
        /// Write nothing; fail if a file is not what the code says
        #[arg(long)]
        check: bool,
    },
    /// Rewrite the list of real CloudTrail event names from AWS's API models
    EventNames {
        /// The `data` directory of an installed botocore
        data: PathBuf,
    },
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Test => test::run(),
        Task::Generate { check: true } => generate::check(),
        Task::Generate { check: false } => generate::write(),
        Task::EventNames { data } => event_names::write(&data),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

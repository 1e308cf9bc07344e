//! `trailhound`: replays CloudTrail files into findings, answers questions about them, and judges templates and,
//! in a build with AWS, resources as they are.
//!
//! Data goes to standard output, everything else to standard error. Exit codes: 0 done; 1 done, but some of the input could
//! not be read, what was asked for is not there, or a template or resource fails; 2 not done, or one could not be judged.

mod commands;
mod output;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

/// A replay makes and drops millions of small values on several threads; the system's allocator takes a third of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Security findings from CloudTrail: who opened what, when, what it was before, and whether it is closed.
#[derive(Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 done; 1 done, but some input could not be read or \
nothing was found under the name given, or a template or resource fails; 2 not done, or one could not be judged."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Read CloudTrail files and folders into a store, and say what was found
    Replay(commands::replay::Arguments),
    /// Judge CloudFormation templates before they are deployed
    Check(commands::check::Arguments),
    /// List findings
    Findings(commands::findings::Arguments),
    /// Show all that happened to a resource and its findings
    History(commands::history::Arguments),
    /// List resources and what is known of them
    Resources(commands::resources::Arguments),
    /// List the built-in rules
    Rules(commands::rules::Arguments),
    /// Print a rule's page: why it matters, how to fix it, what it cannot see
    Explain(commands::rules::Explain),
    /// Write a report of the findings
    Report(commands::report::Arguments),
    /// Keep what owners accept in the table of the pipeline in an account
    Exceptions(commands::exceptions::Arguments),
    /// Read one resource from AWS and judge it as it is now
    #[cfg(feature = "aws")]
    Evaluate(commands::evaluate::Arguments),
    /// Give an event to the pipeline's evaluator, and print its answer
    #[cfg(feature = "aws")]
    Send(commands::send::Arguments),
    /// Read one resource from AWS and judge it (only in a build with `--features aws`)
    #[cfg(not(feature = "aws"))]
    Evaluate(commands::Unbuilt),
    /// Give an event to the pipeline's evaluator (only in a build with `--features aws`)
    #[cfg(not(feature = "aws"))]
    Send(commands::Unbuilt),
}

/// The store a command reads.
#[derive(clap::Args)]
struct StoreArgument {
    /// The store's file, or `dynamodb:TABLE[@REGION]` for the table of the pipeline in an account
    #[arg(long, value_name = "STORE", default_value = "trailhound.db")]
    store: PathBuf,
}

/// How a command prints its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// One JSON object per line
    Json,
}

/// How a command ended when it did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// All was done.
    Done,
    /// All was done, but something in the input, the question or a template was wrong; it has been said what.
    Flawed,
    /// Some of it could not be done; it has been said what.
    Incomplete,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Replay(arguments) => commands::replay::run(&arguments),
        Command::Check(arguments) => commands::check::run(&arguments),
        Command::Findings(arguments) => commands::findings::run(&arguments),
        Command::History(arguments) => commands::history::run(&arguments),
        Command::Resources(arguments) => commands::resources::run(&arguments),
        Command::Rules(arguments) => commands::rules::run(&arguments),
        Command::Explain(arguments) => commands::rules::explain(&arguments),
        Command::Report(arguments) => commands::report::run(&arguments),
        Command::Exceptions(arguments) => commands::exceptions::run(&arguments),
        #[cfg(feature = "aws")]
        Command::Evaluate(arguments) => commands::evaluate::run(&arguments),
        #[cfg(feature = "aws")]
        Command::Send(arguments) => commands::send::run(&arguments),
        #[cfg(not(feature = "aws"))]
        Command::Evaluate(unbuilt) => unbuilt.run("evaluate"),
        #[cfg(not(feature = "aws"))]
        Command::Send(unbuilt) => unbuilt.run("send"),
    };
    match result {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Flawed) => ExitCode::from(1),
        Ok(Outcome::Incomplete) => ExitCode::from(2),
        Err(error) if output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::from(2)
        }
    }
}

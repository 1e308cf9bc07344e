//! The repository's own tasks: `cargo xtask test` proves the tree, the others write parts of it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a task talks to the person who typed it")]

mod accuracy;
mod bless;
mod browser;
mod coverage;
mod demo;
mod emulator;
mod event_names;
mod generate;
mod infra;
mod new_rule;
mod package;
mod pages;
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
    Test {
        /// Install no browser where there is none, and skip what needs one
        #[arg(long)]
        no_install: bool,
    },
    /// Show the pipeline on the local AWS: a fault, its message, its repair, the report
    Demo,
    /// Run a command beside the local AWS, installed below `target/`
    Emulator {
        /// Hold every call to the policies of its caller
        #[arg(long)]
        auth: bool,
        /// The command and its arguments
        #[arg(trailing_var_arg = true, required = true)]
        command: Vec<String>,
    },
    /// Rewrite the files that are derived from code
    Generate {
        /// Write nothing; fail if a file is not what the code says
        #[arg(long)]
        check: bool,
    },
    /// Build the functions and pack them for Lambda, below `target/packages`
    Package,
    /// Pack the functions, upload them, and make or update the stack, with AWS's own command line
    Deploy {
        /// The bucket for the zip files
        #[arg(long)]
        bucket: String,
        /// The stack's name
        #[arg(long, default_value = "trailhound")]
        stack: String,
        /// AWS's command line, where that is another program
        #[arg(long, default_value = "aws")]
        aws: PathBuf,
        /// Parameters of `infra/pipeline.yaml`, such as `AlertEmail=security@example.com`
        parameters: Vec<String>,
    },
    /// Start a rule: its file, its cases, its registration and its changelog fragment
    NewRule {
        /// The service's module in `crates/rules/src`, such as `s3`
        service: String,
        /// The rule's module, such as `bucket_versioning`
        stem: String,
    },
    /// Compare verdicts with other tools' labelled cases, and write the figures
    Accuracy,
    /// Rewrite the expected messages of the rule cases
    Bless {
        /// Only rules whose id contains this
        filter: Option<String>,
    },
    /// Rewrite the list of real CloudTrail event names from AWS's API models
    EventNames {
        /// The `data` directory of an installed botocore
        data: PathBuf,
    },
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Test { no_install } => test::run(!no_install),
        Task::Demo => demo::run(),
        Task::Emulator { auth, command } => emulator::run(auth, &command),
        Task::Generate { check: true } => generate::check(),
        Task::Generate { check: false } => generate::write(),
        Task::Package => package::run(),
        Task::Deploy { bucket, stack, aws, parameters } => package::deploy(&aws, &bucket, &stack, &parameters),
        Task::NewRule { service, stem } => new_rule::run(&service, &stem),
        Task::Accuracy => accuracy::run(),
        Task::Bless { filter } => bless::run(filter.as_deref()),
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn every_task_that_is_written_down_exists() {
        let tasks = Cli::command();
        for path in ["justfile", "README.md", "CONTRIBUTING.md", ".ci/run"] {
            let text = repo::read(path).unwrap();
            for mention in text.split("cargo xtask ").skip(1) {
                let task = mention.split(|c: char| !c.is_ascii_lowercase() && c != '-').next().unwrap_or_default();
                assert!(
                    tasks.find_subcommand(task).is_some(),
                    "{path} names `cargo xtask {task}`: there is no such task"
                );
            }
        }
    }
}

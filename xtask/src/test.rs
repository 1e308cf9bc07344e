//! The whole proof of the tree, as one command that needs nothing but cargo.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use anyhow::{Context, Error, Result, bail, ensure};

use trailhound_emulator::{Emulator, EmulatorError, Options};

use crate::browser::{self, Outcome};
use crate::{generate, repo};

/// What the command line has besides when it is built for it.
const AWS: &str = "trailhound/aws";

/// Runs every step, stops at the first that fails, and ends with what was skipped and the sum of all test results.
///
/// `may_install` allows to install a browser where there is none.
pub(crate) fn run(may_install: bool) -> Result<()> {
    step("format");
    repo::cargo(&["fmt", "--all", "--check"]).context("the code is not formatted: run `cargo fmt --all`")?;

    step("lints");
    repo::cargo(&["clippy", "--workspace", "--features", AWS, "--all-targets", "--", "-D", "warnings"])
        .context("a lint fired: mend it, or state the exception with `#[expect(lint, reason = \"...\")]`")?;

    step("generated files");
    generate::check()?;

    step("the local AWS and the functions that run on it");
    let mut skipped = skipped();
    let emulator = match Emulator::start(Options::default()) {
        Ok(emulator) => Some(emulator),
        Err(EmulatorError::Missing(why)) => {
            skipped.push(why);
            None
        }
        Err(error) => return Err(error.into()),
    };
    if emulator.is_some() {
        trailhound_pipeline_tests::build().map_err(Error::from_boxed)?;
    }

    step("tests");
    browser::forget()?;
    let (sum, failures) = tests(emulator.as_ref().map_or("", Emulator::url))?;
    drop(emulator);
    if sum.failed > 0 {
        step("what failed");
        println!("{}\n{sum}", failures.said.join("\n"));
        bail!("{} tests failed: what they said is above", sum.failed);
    }

    step("the command line without AWS");
    repo::cargo(&["test", "--quiet", "--package", "trailhound", "--bin", "trailhound"])
        .context("the command line's default build does not work")?;

    step("pages");
    match browser::check(may_install)? {
        Outcome::Opened(pages) => println!("opened {pages} in a browser, which had nothing to complain about"),
        Outcome::Skipped(what) => skipped.push(what.into()),
    }

    for skipped in skipped {
        println!("skipped: {skipped}");
    }
    println!("{sum}");
    Ok(())
}

fn step(name: &str) {
    println!("== {name}");
}

/// What the machine did not offer, so that silence never passes for proof.
fn skipped() -> Vec<String> {
    let mut skipped = Vec::new();
    if !repo::root().join("../shared/corpora").is_dir() {
        skipped.push(
            "tests over records from real accounts, which are not part of the repository (`../shared/corpora`)".into(),
        );
    }
    skipped
}

/// Runs all tests of the workspace, passing their output on, and gives the sum of what the test binaries say, and what the failed
/// tests said. `emulator` is the address of the local AWS; empty where there is none.
fn tests(emulator: &str) -> Result<(TestResult, Failures)> {
    let mut run = repo::cargo_command(&["test", "--workspace", "--features", AWS, "--no-fail-fast"])
        .env("TRAILHOUND_EMULATOR", emulator)
        .env("TRAILHOUND_FUNCTIONS", trailhound_pipeline_tests::target().join("function"))
        .stdout(Stdio::piped())
        .spawn()
        .context("starting `cargo test`")?;
    let output = run.stdout.take().context("reading the output of `cargo test`")?;
    let mut sum = TestResult::default();
    let mut failures = Failures::default();
    for line in BufReader::new(output).lines() {
        let line = line.context("reading the output of `cargo test`")?;
        println!("{line}");
        if let Some(result) = TestResult::parse(&line) {
            sum.add(&result);
        }
        failures.hear(line);
    }
    let status = run.wait().context("waiting for `cargo test`")?;
    ensure!(status.success() || sum.failed > 0, "`cargo test` failed before all tests had run");
    if sum.passed + sum.failed == 0 {
        bail!("`cargo test` ran no test");
    }
    Ok((sum, failures))
}

/// What the failed tests said, which stands far above the end of the whole output.
#[derive(Debug, Default)]
struct Failures {
    said: Vec<String>,
    within: bool,
}

impl Failures {
    /// Keeps a line of a test binary that stands between `failures:` and the binary's closing line.
    fn hear(&mut self, line: String) {
        self.within |= line == "failures:";
        self.within &= !line.starts_with("test result: ");
        if self.within {
            self.said.push(line);
        }
    }
}

/// The closing line of one test binary, or the sum of several.
#[derive(Debug, Default, PartialEq)]
struct TestResult {
    passed: u64,
    failed: u64,
    ignored: u64,
    measured: u64,
    filtered_out: u64,
    /// Time the binaries ran, in seconds; building is not in it.
    seconds: f64,
}

impl TestResult {
    /// Reads a line such as `test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in
    /// 0.01s`; anything else is not a closing line.
    fn parse(line: &str) -> Option<Self> {
        let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let mut counts = counts.split("; ");
        let mut count = |name: &str| counts.next()?.strip_suffix(name)?.trim_end().parse().ok();
        Some(Self {
            passed: count("passed")?,
            failed: count("failed")?,
            ignored: count("ignored")?,
            measured: count("measured")?,
            filtered_out: count("filtered out")?,
            seconds: counts.next()?.strip_prefix("finished in ")?.strip_suffix('s')?.parse().ok()?,
        })
    }

    fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
        self.measured += other.measured;
        self.filtered_out += other.filtered_out;
        self.seconds += other.seconds;
    }
}

impl fmt::Display for TestResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { passed, failed, ignored, measured, filtered_out, seconds } = self;
        let word = if *failed == 0 { "ok" } else { "FAILED" };
        write!(
            f,
            "test result: {word}. {passed} passed; {failed} failed; {ignored} ignored; {measured} measured; \
             {filtered_out} filtered out; finished in {seconds:.2}s"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_read_summed_and_written_as_cargo_writes_them() {
        let first = "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 2 filtered out; finished in 0.25s";
        let second =
            "test result: FAILED. 4 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1.50s";
        let mut sum = TestResult::parse(first).unwrap();
        assert_eq!(sum.to_string(), first);
        sum.add(&TestResult::parse(second).unwrap());
        assert_eq!(
            sum.to_string(),
            "test result: FAILED. 7 passed; 1 failed; 1 ignored; 0 measured; 2 filtered out; finished in 1.75s"
        );
    }

    #[test]
    fn what_failed_tests_said_is_kept() {
        let mut failures = Failures::default();
        let output = "running 1 test\ntest a ... FAILED\n\nfailures:\n\n---- a stdout ----\nwhy\n\nfailures:\n    a\n\n\
                      test result: FAILED. 0 passed; 1 failed\n\nrunning 0 tests";
        output.lines().for_each(|line| failures.hear(line.to_owned()));
        assert_eq!(failures.said.join("\n"), "failures:\n\n---- a stdout ----\nwhy\n\nfailures:\n    a\n");
    }

    #[test]
    fn other_lines_are_not_closing_lines() {
        for line in
            ["test tests::result ... ok", "running 3 tests", "test result: ok.", "test result: ok. many passed;"]
        {
            assert_eq!(TestResult::parse(line), None, "{line}");
        }
    }
}

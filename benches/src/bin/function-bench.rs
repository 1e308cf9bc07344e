//! What the Lambda functions cost: how soon they take their first event, and what an event costs them, beside a function that
//! does nothing on the same runtime.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow};
use clap::Parser;
use trailhound_pipeline_tests::{FUNCTIONS, Station, build, build_example, creation, envelope};

#[derive(Parser)]
#[command(name = "function-bench", about = "Measures the Lambda functions on the local AWS")]
struct Cli {
    /// How often each function is started
    #[arg(long, default_value_t = 31)]
    rounds: usize,
    /// How many events each warm function gets
    #[arg(long, default_value_t = 200)]
    events: usize,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    let built = build().map_err(Error::from_boxed)?;
    let hello = build_example("hello").map_err(Error::from_boxed)?;
    let mut station = Station::start().map_err(Error::from_boxed)?.context("there is no local AWS here")?;

    println!("size in KB");
    let functions = FUNCTIONS.iter().map(|(name, _)| (*name, built.join(name)));
    for (name, program) in functions.chain([("hello", hello.clone())]) {
        println!("  {name:10} {}", std::fs::metadata(program)?.len() / 1_000);
    }

    println!("from start to first poll, and processor time up to it, median of {} starts in turns, in ms", cli.rounds);
    let programs =
        [("hello", hello.clone()), ("notifier", built.join("notifier")), ("evaluator", built.join("evaluator"))];
    let mut starts = vec![(Vec::new(), Vec::new()); programs.len()];
    for _ in 0..cli.rounds {
        for ((_, program), (waited, used)) in programs.iter().zip(&mut starts) {
            let (wait, use_) = start(&station, program)?;
            waited.push(wait);
            used.push(use_);
        }
    }
    let mut base = None;
    for ((name, _), (waited, used)) in programs.iter().zip(starts) {
        let (waited, used) = (milliseconds(waited), milliseconds(used));
        let (hello_waited, hello_used) = *base.get_or_insert((waited, used));
        println!(
            "  {name:10} {waited:7.2} ({:.2} of hello) {used:7.2} ({:.2} of hello)",
            waited / hello_waited,
            used / hello_used
        );
    }

    println!("processor time per event of {} to a warm function, in ms", cli.events);
    let events: Vec<_> = (0..cli.events).map(|number| creation(&format!("sg-{number:08x}"))).collect();
    let mut plain = station.program(&hello).map_err(Error::from_boxed)?;
    let (mut plainly, mut evaluating) = (Vec::new(), Vec::new());
    for event in &events {
        let before = plain.used()?;
        plain.invoke(&envelope(event))?.map_err(|error| anyhow!(error))?;
        plainly.push(plain.used()?.saturating_sub(before));
        let before = station.evaluator().used()?;
        station.event(event).map_err(Error::from_boxed)?;
        evaluating.push(station.evaluator().used()?.saturating_sub(before));
    }
    for (name, used) in [("hello", plainly), ("evaluator", evaluating)] {
        println!("  {name:10} {:7.3}", milliseconds(used));
    }
    Ok(())
}

/// How long a program takes up to its first poll, and how much processor time.
fn start(station: &Station, program: &Path) -> Result<(Duration, Duration)> {
    let function = station.program(program).map_err(Error::from_boxed)?;
    Ok((function.started(), function.used()?))
}

/// The median.
fn milliseconds(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times.get(times.len() / 2).map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0)
}

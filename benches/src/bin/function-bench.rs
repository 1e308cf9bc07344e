//! What the Lambda functions cost: how soon they take their first event and have answered it, and what an event costs them,
//! beside a function that does nothing on the same runtime.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark times things")]

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, anyhow, ensure};
use clap::Parser;
use trailhound_pipeline_tests::{FUNCTIONS, Station, batch, creation, envelope, example, opening, programs};

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
    let built = programs().map_err(Error::from_boxed)?;
    let hello = example("hello").map_err(Error::from_boxed)?;
    let mut station = Station::start().map_err(Error::from_boxed)?.context("there is no local AWS here")?;

    println!("size in KB");
    let functions = FUNCTIONS.iter().map(|(name, _)| (*name, built.join(name)));
    for (name, program) in functions.chain([("hello", hello.clone())]) {
        println!("  {name:10} {}", std::fs::metadata(program)?.len() / 1_000);
    }

    let programs =
        [("hello", hello.clone()), ("notifier", built.join("notifier")), ("evaluator", built.join("evaluator"))];
    let mut starts: [Starts; 3] = Default::default();
    for (alert, round) in alerts(&mut station, cli.rounds)?.iter().zip(0..) {
        let creation = envelope(&creation(&format!("sg-c01d{round:04x}")));
        let events = [creation.clone(), batch(std::slice::from_ref(alert)), creation];
        for (((_, program), event), starts) in programs.iter().zip(&events).zip(&mut starts) {
            starts.add(&station, program, event)?;
        }
    }
    let starts = starts.map(Starts::medians);
    for (what, at) in [("first poll", 0), ("first answer", 2)] {
        println!("from start to {what}, and processor time up to it, median of {} starts in turns, in ms", cli.rounds);
        for ((name, _), of) in programs.iter().zip(&starts) {
            print!("  {name:10}");
            for (mine, hello) in of.iter().zip(&starts[0]).skip(at).take(2) {
                print!(" {mine:7.2} ({:.2} of hello)", mine / hello);
            }
            println!();
        }
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

/// Alerts that the evaluator sends of groups that are opened to the internet.
fn alerts(station: &mut Station, number: usize) -> Result<Vec<String>> {
    let mut alerts = Vec::new();
    for number in 0..number {
        let group = format!("sg-0be4{number:04x}");
        for record in [creation(&group), opening(&group, 22)] {
            station.event(&record).map_err(Error::from_boxed)?;
        }
        alerts.extend(station.told().map_err(Error::from_boxed)?.into_iter().next());
    }
    ensure!(alerts.len() == number, "{} of {number} groups that were opened caused an alert", alerts.len());
    Ok(alerts)
}

/// Times and processor times of starts: up to the first poll, and up to the answer to a first event.
#[derive(Default)]
struct Starts([Vec<Duration>; 4]);

impl Starts {
    fn add(&mut self, station: &Station, program: &Path, event: &str) -> Result<()> {
        let mut function = station.program(program).map_err(Error::from_boxed)?;
        let (polled, used) = (function.started(), function.used()?);
        let handed = Instant::now();
        function.invoke(event)?.map_err(|error| anyhow!(error))?;
        let times = [polled, used, polled + handed.elapsed(), function.used()?];
        self.0.iter_mut().zip(times).for_each(|(times, time)| times.push(time));
        Ok(())
    }

    fn medians(self) -> [f64; 4] {
        self.0.map(milliseconds)
    }
}

/// The median.
fn milliseconds(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times.get(times.len() / 2).map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0)
}

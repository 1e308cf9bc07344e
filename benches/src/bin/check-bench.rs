//! Measures checking a large template: within this program, and as the whole program where its path is given.
#![expect(clippy::print_stdout, reason = "the result of a benchmark is what it prints")]
#![expect(clippy::disallowed_methods, reason = "a benchmark times things")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use clap::Parser;
use trailhound_bench::template;
use trailhound_model::Second;
use trailhound_rules::Settings;
use trailhound_template::Options;

/// Measure checking of a made-up template.
#[derive(Parser)]
struct Arguments {
    /// How many resources to make up; about 2,500 fit a template.
    #[arg(long, default_value_t = 2_000)]
    resources: usize,
    /// How often to measure.
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// The `trailhound` program, to measure it as a whole.
    #[arg(long)]
    trailhound: Option<PathBuf>,
    /// Where the template is written.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/check-bench.yaml"))]
    file: PathBuf,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let text = template::yaml(arguments.resources);
    std::fs::write(&arguments.file, &text).with_context(|| format!("writing {}", arguments.file.display()))?;
    println!("{} resources, {} bytes of YAML", arguments.resources, text.len());
    let settings = Settings::default();
    for explicit in [false, true] {
        let today = Second::date(2026, 6, 1);
        let options = Options { settings: &settings, today, account: None, explicit, exceptions: None };
        let mut answers = 0;
        let time = median(arguments.rounds, || {
            answers = options.check(&text).map_err(|error| anyhow!("{error}"))?.rows.len();
            Ok(())
        })?;
        let name = if explicit { "library, --explicit" } else { "library" };
        println!("{name:24} {:8.1} ms, {answers} answers", time.as_secs_f64() * 1e3);
    }
    if let Some(program) = &arguments.trailhound {
        for format in ["text", "json", "sarif"] {
            let time = median(arguments.rounds, || run(program, &arguments.file, format))?;
            println!("program, --format {format:6} {:8.1} ms", time.as_secs_f64() * 1e3);
        }
    }
    Ok(())
}

/// Runs the program; that the template fails is no fault here.
fn run(program: &Path, file: &Path, format: &str) -> Result<()> {
    let mut command = Command::new(program);
    command.args(["check", "--format", format]).arg(file).stdout(Stdio::null()).stderr(Stdio::null());
    let status = command.status().with_context(|| format!("running {}", program.display()))?;
    ensure!(matches!(status.code(), Some(0 | 1)), "{} ended with {status}", program.display());
    Ok(())
}

fn median(rounds: usize, mut work: impl FnMut() -> Result<()>) -> Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..rounds.max(1) {
        let start = Instant::now();
        work()?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok(times.get(times.len() / 2).copied().unwrap_or_default())
}

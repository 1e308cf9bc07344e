//! `trailhound check`: templates before they are deployed.

use std::fs::File;
use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result, anyhow, bail};
use clap::ValueEnum;
use serde::Serialize;
use trailhound_model::{Second, Severity};
use trailhound_report::escape;
use trailhound_rules::Settings;
use trailhound_template::{Checked, PassedOver, Row};

use crate::Outcome;
use crate::output::{self, note, stdout};

/// More of a file is not read: CloudFormation takes a template of 1 MiB at most, and says so.
const READ_MAX: u64 = (1 << 20) + 1;

#[derive(clap::Args)]
#[command(after_help = "Exit codes: 0 nothing that severe fails; 1 something does; 2 a template could not be judged, \
whatever the others say.")]
pub(crate) struct Arguments {
    /// CloudFormation templates, YAML or JSON
    #[arg(required = true, value_name = "TEMPLATE")]
    templates: Vec<PathBuf>,
    /// Exit with 1 if a rule at least this severe fails
    #[arg(long, value_enum, value_name = "SEVERITY", default_value = "high")]
    fail_on: FailOn,
    /// The account the templates are meant for: twelve digits
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// Settings for the rules, as TOML: ports, trusted accounts, rules switched on and off
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// How to print; JSON has every answer, text what fails
    #[arg(long, value_enum, default_value = "text")]
    format: CheckFormat,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CheckFormat {
    /// For people
    #[value(alias = "table")]
    Text,
    /// One JSON object per line
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
enum FailOn {
    Low,
    Medium,
    High,
    Critical,
}

impl From<FailOn> for Severity {
    fn from(least: FailOn) -> Self {
        match least {
            FailOn::Low => Self::Low,
            FailOn::Medium => Self::Medium,
            FailOn::High => Self::High,
            FailOn::Critical => Self::Critical,
        }
    }
}

/// An answer with the file it is about.
#[derive(Serialize)]
struct FileRow<'a> {
    file: &'a str,
    #[serde(flatten)]
    row: &'a Row,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let settings = super::settings(arguments.config.as_deref())?;
    let account = arguments.account.as_deref();
    if account.is_some_and(|id| id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit())) {
        bail!("an account id has twelve digits");
    }
    let today = today();
    let mut all = Vec::new();
    let mut unjudged = 0;
    for path in &arguments.templates {
        match checked(path, &settings, today, account) {
            Ok(checked) => all.push((path.display().to_string(), checked)),
            Err(error) => {
                output::error(&error);
                unjudged += 1;
            }
        }
    }
    let mut out = stdout();
    for (file, checked) in &all {
        match arguments.format {
            CheckFormat::Json => {
                for row in &checked.rows {
                    output::json(&mut out, &FileRow { file, row })?;
                }
            }
            CheckFormat::Text => tell(&mut out, file, checked)?,
        }
        name_passed_over(file, checked);
    }
    out.flush()?;
    if unjudged > 0 {
        return Ok(Outcome::Incomplete);
    }
    let least = Severity::from(arguments.fail_on);
    let refused =
        all.iter().flat_map(|(_, checked)| &checked.rows).any(|row| row.verdict == "fail" && row.severity >= least);
    Ok(if refused { Outcome::Flawed } else { Outcome::Done })
}

/// Reads and judges one template. An error says where it is.
fn checked(path: &Path, settings: &Settings, today: Second, account: Option<&str>) -> Result<Checked> {
    let shown = path.display();
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(READ_MAX).read_to_end(&mut bytes))
        .with_context(|| format!("reading {shown}"))?;
    trailhound_template::text(&bytes)
        .and_then(|text| trailhound_template::check(text, settings, today, account))
        .map_err(|error| anyhow!("{shown}:{}:{}: {}", error.line, error.column, error.message))
}

/// The date whose defaults a new resource has.
#[expect(clippy::disallowed_methods, reason = "the clock is read here, at the edge")]
fn today() -> Second {
    let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Second(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// What fails, worst first, then how many answers there are.
fn tell(out: &mut impl Write, file: &str, checked: &Checked) -> Result<()> {
    let colours = output::wants_colours();
    let safe = |text: &str| escape::terminal(text).into_owned();
    let mut failures: Vec<&Row> = checked.rows.iter().filter(|row| row.verdict == "fail").collect();
    failures.sort_by_key(|row| (std::cmp::Reverse(row.severity), row.line, row.column));
    for row in &failures {
        writeln!(
            out,
            "{}:{}:{}: {} {}: {} ({})",
            safe(file),
            row.line,
            row.column,
            output::severity(row.severity, colours),
            safe(&row.resource),
            safe(&row.message),
            row.rule
        )?;
    }
    let count = |word| checked.rows.iter().filter(|row| row.verdict == word).count();
    writeln!(
        out,
        "{}: {} resources judged: {} answers fail, {} pass, {} cannot be told before deployment.",
        safe(file),
        checked.judged,
        failures.len(),
        count("pass"),
        count("unknown")
    )?;
    Ok(())
}

/// Names the types of resources that were not judged, with the line of the first.
fn name_passed_over(file: &str, checked: &Checked) {
    for ((why, kind), PassedOver { line, count }) in &checked.passed_over {
        let more = if *count > 1 { format!(" and {} more", count - 1) } else { String::new() };
        note(&escape::terminal(&format!("not judged: {file}:{line}: {kind}{more}: {why}")));
    }
}

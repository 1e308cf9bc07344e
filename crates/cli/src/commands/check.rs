//! `trailhound check`: templates before they are deployed.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use serde::Serialize;
use trailhound_model::Severity;
use trailhound_report::{SarifFailure, SarifNotice, SarifRun, SarifTopic, escape};
use trailhound_template::{Checked, Options, PassedOver, Row};

use super::exceptions::Accepting;
use super::templates::{self, Found};
use crate::Outcome;
use crate::output::{self, note, stdout};

#[derive(clap::Args)]
#[command(after_help = "Exit codes: 0 nothing that severe fails; 1 something does; 2 a template could not be judged, \
whatever the others say.")]
pub(crate) struct Arguments {
    /// CloudFormation templates, YAML or JSON, or folders of them
    #[arg(required = true, value_name = "PATH")]
    templates: Vec<PathBuf>,
    /// Exit with 1 if a rule at least this severe fails
    #[arg(long, value_enum, value_name = "SEVERITY", default_value = "high")]
    fail_on: FailOn,
    /// The account the templates are meant for: twelve digits
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// Fail what passes by a default of AWS that the template does not state
    #[arg(long)]
    explicit: bool,
    /// Settings for the rules, as TOML: ports, trusted accounts, rules switched on and off
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// What owners accept, as TOML
    #[arg(long, value_name = "FILE.toml")]
    exceptions: Option<PathBuf>,
    /// How to print; JSON has every answer, text and SARIF what fails
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
    /// SARIF 2.1.0, for code scanning and editors
    Sarif,
}

/// The least severity that a command fails on.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum FailOn {
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
    let mut accepting = Accepting::read(arguments.exceptions.as_deref())?;
    let options = Options {
        settings: &settings,
        today: super::today(),
        account,
        explicit: arguments.explicit,
        exceptions: accepting.as_ref().map(Accepting::exceptions),
    };
    let (mut judged, mut faults) = (Vec::new(), Vec::new());
    let found = templates::find(&arguments.templates);
    for Found { path, content } in &found.files {
        match checked(path, content, &options) {
            Ok(checked) => judged.push(Judged { path, shown: path.display().to_string(), checked }),
            Err(fault) => {
                note(&escape::terminal(&format!("error: {fault}")));
                faults.push(fault);
            }
        }
    }
    let mut out = stdout();
    match arguments.format {
        CheckFormat::Text => judged.iter().try_for_each(|judged| tell(&mut out, judged))?,
        CheckFormat::Json => {
            for Judged { shown, checked, .. } in &judged {
                checked.rows.iter().try_for_each(|row| output::json(&mut out, &FileRow { file: shown, row }))?;
            }
        }
        CheckFormat::Sarif => write_sarif(&mut out, &judged, &faults, accepting.is_some())?,
    }
    out.flush()?;
    judged.iter().for_each(name_passed_over);
    for path in &found.passed_over {
        note(&escape::terminal(&format!("not judged: {}: no template: it has no `Resources`", path.display())));
    }
    if found.files.is_empty() {
        bail!("there is no template here: name a file, or a folder with `.yaml`, `.yml`, `.json` or `.template` files");
    }
    if let Some(accepting) = &mut accepting {
        for row in judged.iter().flat_map(|judged| &judged.checked.rows) {
            row.concerned.iter().for_each(|(line, doubt)| accepting.notice(*line, &row.resource, doubt.as_ref()));
        }
        accepting.tell();
    }
    if !faults.is_empty() {
        return Ok(Outcome::Incomplete);
    }
    let least = Severity::from(arguments.fail_on);
    let mut rows = judged.iter().flat_map(|judged| &judged.checked.rows);
    let refused = rows.any(|row| row.counts() && row.severity >= least);
    Ok(if refused { Outcome::Flawed } else { Outcome::Done })
}

/// A template that was judged.
struct Judged<'a> {
    path: &'a Path,
    /// The path for people.
    shown: String,
    checked: Checked,
}

/// A template that was not judged, and why.
struct Fault<'a> {
    path: &'a Path,
    place: Option<(usize, usize)>,
    message: String,
}

impl fmt::Display for Fault<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((line, column)) => write!(f, "{}:{line}:{column}: {}", self.path.display(), self.message),
            None => write!(f, "reading {}: {}", self.path.display(), self.message),
        }
    }
}

/// Judges one template.
fn checked<'a>(path: &'a Path, content: &io::Result<Vec<u8>>, options: &Options<'_>) -> Result<Checked, Fault<'a>> {
    let bytes = content.as_ref().map_err(|error| Fault { path, place: None, message: error.to_string() })?;
    trailhound_template::text(bytes).and_then(|text| options.check(text)).map_err(|error| Fault {
        path,
        place: Some((error.line, error.column)),
        message: error.message,
    })
}

/// What fails, worst first, then how many answers there are.
fn tell(out: &mut impl Write, Judged { shown: file, checked, .. }: &Judged<'_>) -> Result<()> {
    let colours = output::wants_colours();
    let safe = |text: &str| escape::terminal(text).into_owned();
    let mut failures: Vec<&Row> = checked.rows.iter().filter(|row| row.verdict == "fail").collect();
    failures.sort_by_key(|row| (row.excepted.is_some(), std::cmp::Reverse(row.severity), row.line, row.column));
    let accepted = failures.iter().filter(|row| !row.counts()).count();
    for row in &failures {
        writeln!(
            out,
            "{}:{}:{}: {} {}: {} ({}){}",
            safe(file),
            row.line,
            row.column,
            output::severity(row.severity, colours),
            safe(&row.resource),
            safe(&row.message),
            row.rule,
            row.excepted.as_ref().map(|acceptance| safe(&format!(": {acceptance}"))).unwrap_or_default()
        )?;
    }
    let count = |word| checked.rows.iter().filter(|row| row.verdict == word).count();
    writeln!(
        out,
        "{}: {} resources judged: {} answers fail{}, {} pass, {} cannot be told before deployment.",
        safe(file),
        checked.judged,
        failures.len() - accepted,
        if accepted > 0 { format!(" and {accepted} more are accepted") } else { String::new() },
        count("pass"),
        count("unknown")
    )?;
    Ok(())
}

/// Names the types of resources that were not judged, with the line of the first.
fn name_passed_over(Judged { shown, checked, .. }: &Judged<'_>) {
    for ((why, kind), PassedOver { line, count }) in &checked.passed_over {
        note(&escape::terminal(&format!("not judged: {shown}:{line}: {}: {why}", several(kind, *count))));
    }
}

fn several(kind: &str, count: usize) -> String {
    if count > 1 { format!("{kind} and {} more", count - 1) } else { kind.to_owned() }
}

/// What fails as SARIF, with what was not judged and what cannot be told as notices of the run.
fn write_sarif(out: &mut impl Write, judged: &[Judged<'_>], faults: &[Fault<'_>], exceptions: bool) -> Result<()> {
    let here = std::env::current_dir().unwrap_or_default();
    let below = |path: &'_ Path| -> PathBuf { path.strip_prefix(&here).unwrap_or(path).to_owned() };
    let files: Vec<PathBuf> = judged.iter().map(|judged| below(judged.path)).collect();
    let bad: Vec<PathBuf> = faults.iter().map(|fault| below(fault.path)).collect();
    let mut run = SarifRun { exceptions, ..SarifRun::default() };
    for (fault, file) in faults.iter().zip(&bad) {
        let message = fault.message.clone();
        run.notices.push(SarifNotice { about: SarifTopic::Unreadable, message, file, place: fault.place });
    }
    for (Judged { checked, .. }, file) in judged.iter().zip(&files) {
        run.failures.extend(checked.rows.iter().filter(|row| row.verdict == "fail").map(|row| SarifFailure {
            file,
            resource: &row.resource,
            rule: row.rule,
            message: &row.message,
            line: row.line,
            column: row.column,
            accepted: row.excepted.as_ref(),
        }));
        let mut unknown: BTreeMap<&str, usize> = BTreeMap::new();
        for row in checked.rows.iter().filter(|row| row.verdict == "unknown") {
            *unknown.entry(&row.message).or_default() += 1;
        }
        if !unknown.is_empty() {
            let reasons: Vec<String> = unknown.iter().map(|(why, count)| format!("{count}: {why}")).collect();
            let count: usize = unknown.values().sum();
            let message = format!("{count} answers cannot be told before deployment ({})", reasons.join("; "));
            run.notices.push(SarifNotice { about: SarifTopic::Unknown, message, file, place: None });
        }
        for ((why, kind), PassedOver { line, count }) in &checked.passed_over {
            let message = format!("not judged: {}: {why}", several(kind, *count));
            let place = Some((*line, 1));
            run.notices.push(SarifNotice { about: SarifTopic::NotJudged, message, file, place });
        }
    }
    trailhound_report::sarif(out, &run).context("writing to standard output")
}

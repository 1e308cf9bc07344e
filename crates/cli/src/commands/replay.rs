//! `trailhound replay`: the main job.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use trailhound_engine::Judge;
use trailhound_engine::port::{FindingQuery, Store};
use trailhound_engine::replay::{self, Replayed};
use trailhound_model::{Finding, Severity, Status, Step, Transition, Value};
use trailhound_report::{UNSEEN, duration, escape, who};
use trailhound_store::Sqlite;
use trailhound_trail::SkipReason;
use trailhound_trail::reader::{Problem, Progress};

use super::exceptions::Accepting;
use crate::output::{self, note, paint, stdout};
use crate::{Format, Outcome};

/// How many findings the story shows.
const SHOWN: usize = 6;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// CloudTrail files (`.json`, `.jsonl`, also `.gz`) and folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Where to keep what is learnt; later runs add to it
    #[arg(long, value_name = "FILE", default_value = "trailhound.db")]
    store: PathBuf,
    /// Write a report of all findings besides
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Settings for the rules, as TOML: ports, trusted accounts, rules switched on and off
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// What owners accept, as TOML
    #[arg(long, value_name = "FILE.toml")]
    exceptions: Option<PathBuf>,
    /// How to print the summary
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// How many files to read at a time [default: one per core]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// The most a file may hold once inflated, in MiB; larger ones are skipped and named
    #[arg(long, value_name = "MIB", default_value_t = 3072)]
    max_file_mib: usize,
}

/// What a replay did, as JSON.
#[derive(Serialize)]
struct Summary<'a> {
    files: u64,
    records: u64,
    read: u64,
    skipped: BTreeMap<&'static str, u64>,
    unchanged: &'a BTreeMap<&'static str, u64>,
    changes: u64,
    resources: u64,
    transitions: u64,
    findings: Findings,
    unresolved_names: u64,
    undetermined: &'a BTreeMap<&'static str, u64>,
    noticed: Noticed,
    /// Open findings that their owners accept, where it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    excepted: Option<usize>,
}

#[derive(Serialize)]
struct Findings {
    open: BTreeMap<&'static str, u64>,
    resolved: u64,
    unknown: u64,
}

#[derive(Serialize)]
struct Noticed {
    missed_deletes: u64,
    revived: u64,
    two_writes: u64,
}

impl<'a> Summary<'a> {
    fn of(replayed: &'a Replayed) -> Self {
        let count = |status: Status, severity: Severity| {
            replayed.counts.findings.get(&(status, severity)).copied().unwrap_or_default()
        };
        let total = |status| Severity::ALL.iter().map(|severity| count(status, *severity)).sum();
        Self {
            files: replayed.tally.files,
            records: replayed.tally.records,
            read: replayed.tally.read,
            skipped: replay::skip_codes(&replayed.tally),
            unchanged: &replayed.unchanged,
            changes: replayed.changes,
            resources: replayed.counts.resources,
            transitions: replayed.counts.transitions,
            findings: Findings {
                open: Severity::ALL.iter().map(|s| (s.word(), count(Status::Open, *s))).collect(),
                resolved: total(Status::Resolved),
                unknown: total(Status::Unknown),
            },
            unresolved_names: replayed.unresolved,
            undetermined: &replayed.unknown,
            noticed: Noticed {
                missed_deletes: replayed.notes.missed_deletes,
                revived: replayed.notes.revived,
                two_writes: replayed.notes.two_writes,
            },
            excepted: None,
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let judge = Judge::new(super::settings(arguments.config.as_deref())?);
    let mut accepting = Accepting::read(arguments.exceptions.as_deref())?;
    super::store::refuse_table(&arguments.store)?;
    let store = Sqlite::open_to_fill(&arguments.store)?;
    let bar = progress_bar();
    let show = |progress: Progress| {
        bar.set_length(progress.total_bytes);
        bar.set_position(progress.bytes);
    };
    let mut options = replay::Options::default();
    options.reader.progress = Some(&show);
    options.reader.max_inflated_bytes = arguments.max_file_mib << 20;
    if let Some(threads) = arguments.threads {
        options.reader.threads = threads.max(1);
    }
    let replayed = replay::replay(&arguments.paths, &store, &judge, &options)
        .with_context(|| format!("replaying into {}", arguments.store.display()))?;
    bar.finish_and_clear();
    name_problems(&replayed);

    let mut summary = Summary::of(&replayed);
    // Covered findings say again what another one says: more than are shown are asked for, and those are left out.
    let limit = accepting.is_none().then_some(SHOWN * 8);
    let query = FindingQuery { status: vec![Status::Open], limit, ..FindingQuery::default() };
    let mut open = pollster::block_on(store.findings(&query))?;
    if let Some(accepting) = &mut accepting {
        accepting.mark(&mut open, &store)?;
        summary.excepted = Some(open.iter().filter(|finding| finding.accepted().is_some()).count());
    }
    let mut out = stdout();
    match arguments.format {
        Format::Json => output::json(&mut out, &summary)?,
        Format::Table => tell(&mut out, arguments, open, &replayed, &summary)?,
    }
    out.flush()?;
    if let Some(accepting) = &accepting {
        accepting.tell();
    }
    if let Some(path) = &arguments.report {
        let source = super::report::Source { store: &store, from: &arguments.store, accepting: accepting.as_mut() };
        super::report::write_html(source, report_notes(&summary), path)?;
        note(&format!("report written to {}", path.display()));
    }
    Ok(if problems(&replayed).next().is_some() { Outcome::Flawed } else { Outcome::Done })
}

/// What a reader of the report must know of this run before believing the list.
fn report_notes(summary: &Summary<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let list = |counts: &BTreeMap<&'static str, u64>| {
        let parts: Vec<String> = counts.iter().map(|(reason, count)| format!("{} {reason}", grouped(*count))).collect();
        parts.join(", ")
    };
    if !summary.skipped.is_empty() {
        notes.push(format!(
            "{} of {} records were read. Skipped: {}.",
            grouped(summary.read),
            grouped(summary.records),
            list(&summary.skipped)
        ));
    }
    let undetermined: u64 = summary.undetermined.values().sum();
    if undetermined > 0 {
        notes.push(format!(
            "{} answers cannot be told from these logs alone, because they do not hold what was set before them: no \
             finding does not mean that all is well.",
            grouped(undetermined)
        ));
    }
    if summary.unresolved_names > 0 {
        notes.push(format!("{} calls name a resource that no record explains.", grouped(summary.unresolved_names)));
    }
    notes
}

fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(10));
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}") {
        bar.set_style(style);
    }
    bar
}

/// What could not be read. Files that are no logs by their name may lie beside logs.
fn problems(replayed: &Replayed) -> impl Iterator<Item = &Problem> {
    replayed.tally.problems.iter().filter(|problem| problem.reason != SkipReason::OtherFile)
}

/// Names what could not be read or placed, and says what to do.
fn name_problems(replayed: &Replayed) {
    if replayed.tally.ignored_files > 0 {
        note(&format!(
            "{} files are no logs by their names and were left aside",
            grouped(replayed.tally.ignored_files)
        ));
    }
    for problem in problems(replayed) {
        let place = match (problem.record, problem.offset) {
            (Some(record), _) => format!(", record {record}"),
            (None, Some(offset)) => format!(", byte {offset}"),
            (None, None) => String::new(),
        };
        let text = format!(
            "skipped: {}{place}: {} ({}); {}",
            problem.file.display(),
            problem.detail,
            problem.reason,
            problem.reason.advice()
        );
        note(&escape::terminal(&text));
    }
    if replayed.tally.more_problems > 0 {
        note(&format!("… and {} more", replayed.tally.more_problems));
    }
    for unplaced in &replayed.unplaced {
        let text = format!(
            "not placed: {}, record {}: {}: {}",
            unplaced.file.display(),
            unplaced.record,
            unplaced.event,
            unplaced.reason
        );
        note(&escape::terminal(&text));
    }
}

/// The story for people: what was read, then the worst findings with who, what, before and after.
fn tell(
    out: &mut impl Write,
    arguments: &Arguments,
    mut worst: Vec<Finding>,
    replayed: &Replayed,
    summary: &Summary<'_>,
) -> Result<()> {
    let colours = output::wants_colours();
    writeln!(
        out,
        "Read {} of {} records in {} files: {} changes to {} resources.",
        grouped(summary.read),
        grouped(summary.records),
        grouped(summary.files),
        grouped(summary.changes),
        grouped(summary.resources)
    )?;
    reasons(out, "Skipped", &summary.skipped)?;
    reasons(out, "Without effect", summary.unchanged)?;
    if summary.unresolved_names > 0 {
        writeln!(out, "{} calls name a resource that no record explains; they are kept.", summary.unresolved_names)?;
    }
    let open: Vec<String> = Severity::ALL
        .iter()
        .map(|severity| {
            let count = summary.findings.open.get(severity.word()).copied().unwrap_or_default();
            format!("{} {}", grouped(count), output::severity(*severity, colours && count > 0))
        })
        .collect();
    writeln!(
        out,
        "Findings: {} open; {} resolved; {} out of sight.",
        open.join(", "),
        grouped(summary.findings.resolved),
        grouped(summary.findings.unknown)
    )?;
    let undetermined: u64 = replayed.unknown.values().sum();
    if undetermined > 0 {
        writeln!(out, "{} answers cannot be told from these logs alone.", grouped(undetermined))?;
    }
    if let Some(excepted) = summary.excepted {
        writeln!(out, "{} of the open ones are accepted by their owners.", grouped(excepted as u64))?;
    }
    worst.retain(|finding| finding.covered_by.is_empty() && finding.accepted().is_none());
    worst.truncate(SHOWN);
    for finding in &worst {
        writeln!(out)?;
        tell_finding(out, finding, colours)?;
    }
    let more = summary.findings.open.values().sum::<u64>().saturating_sub(worst.len() as u64);
    let store_flag = if arguments.store.as_os_str() == "trailhound.db" {
        String::new()
    } else {
        format!(" --store {}", arguments.store.display())
    };
    writeln!(out)?;
    if more > 0 {
        writeln!(out, "… and {} more open findings, covered ones among them.", grouped(more))?;
    }
    writeln!(out, "Next: trailhound findings{store_flag} · history RESOURCE · explain RULE · report --format html")?;
    Ok(())
}

/// A finding in a few lines.
fn tell_finding(out: &mut impl Write, finding: &Finding, colours: bool) -> Result<()> {
    let safe = |text: &str| escape::terminal(text).into_owned();
    let kind = finding.resource.kind.name();
    writeln!(
        out,
        "{} {} {}",
        output::severity(finding.severity, colours),
        paint(&safe(&finding.resource.id), "1", colours),
        paint(&format!("({kind}, {} {})", finding.resource.account, finding.resource.region), "2", colours)
    )?;
    writeln!(out, "  {} {}", safe(&finding.message), paint(&format!("[{}]", finding.rule), "2", colours))?;
    let opening = finding.transitions.iter().rev().find(|t| matches!(t.step, Step::Opened | Step::Reopened));
    if let Some(opening) = opening {
        let by = opening.cause.as_deref().map_or_else(
            || "by the passing of time".to_owned(),
            |cause| {
                let Some(who) = who(cause) else { return UNSEEN.to_owned() };
                let address = cause.actor.source_ip.as_deref().map(|ip| format!(" from {ip}")).unwrap_or_default();
                format!("by {who}{address} with {}", cause.name)
            },
        );
        let earlier: i64 = finding.episodes.iter().filter_map(trailhound_model::Episode::exposure).sum();
        let earlier = if earlier > 0 { format!("; before that open for {}", duration(earlier)) } else { String::new() };
        writeln!(out, "  since {} {}{earlier}", opening.time, safe(&by))?;
        before_and_after(out, opening)?;
    }
    Ok(())
}

/// What the rule looks at, before and after: the first facet that changed.
fn before_and_after(out: &mut impl Write, transition: &Transition) -> Result<()> {
    const WIDTH: usize = 110;
    let shorten = |value: Option<&Value>| {
        let text = match value {
            None | Some(Value::Null) => "nothing".to_owned(),
            Some(Value::Map(map)) if map.is_empty() => "nothing".to_owned(),
            Some(value) => escape::terminal(&value.to_string()).into_owned(),
        };
        if text.chars().count() > WIDTH { text.chars().take(WIDTH - 1).chain(['…']).collect() } else { text }
    };
    if let Some(name) = transition.after.as_map().and_then(|after| after.keys().next()) {
        writeln!(out, "  before {name}: {}", shorten(transition.before.get(name)))?;
        writeln!(out, "  after  {name}: {}", shorten(transition.after.get(name)))?;
    }
    Ok(())
}

fn reasons(out: &mut impl Write, word: &str, counts: &BTreeMap<&'static str, u64>) -> Result<()> {
    if counts.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = counts.iter().map(|(reason, count)| format!("{} {reason}", grouped(*count))).collect();
    writeln!(out, "{word}: {}.", list.join(", "))?;
    Ok(())
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }
}

//! `trailhound findings`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::ValueEnum;
use trailhound_engine::port::{FindingQuery, Store};
use trailhound_model::{Severity, Status};
use trailhound_report::{EpisodeRow, FindingRow, UNSEEN, duration};

use super::exceptions::Accepting;
use crate::output::{self, cell, stdout, table};
use crate::{Format, Outcome, StoreArgument};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: StoreArgument,
    /// Only findings in this state; may be repeated
    #[arg(long, value_enum)]
    status: Vec<StatusArgument>,
    /// Only findings at least this severe
    #[arg(long, value_enum)]
    severity: Option<SeverityArgument>,
    /// Only this rule
    #[arg(long, value_name = "ID")]
    rule: Option<String>,
    /// Only this account
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// Only the resource with this id or ARN
    #[arg(long, value_name = "ID")]
    resource: Option<String>,
    /// What owners accept, as TOML: such findings are marked
    #[arg(long, value_name = "FILE.toml")]
    exceptions: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum StatusArgument {
    Open,
    Resolved,
    Unknown,
}

impl From<StatusArgument> for Status {
    fn from(status: StatusArgument) -> Self {
        match status {
            StatusArgument::Open => Self::Open,
            StatusArgument::Resolved => Self::Resolved,
            StatusArgument::Unknown => Self::Unknown,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum SeverityArgument {
    Low,
    Medium,
    High,
    Critical,
}

impl From<SeverityArgument> for Severity {
    fn from(severity: SeverityArgument) -> Self {
        match severity {
            SeverityArgument::Low => Self::Low,
            SeverityArgument::Medium => Self::Medium,
            SeverityArgument::High => Self::High,
            SeverityArgument::Critical => Self::Critical,
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let store = super::open(&arguments.store.store)?;
    let query = FindingQuery {
        status: arguments.status.iter().map(|status| (*status).into()).collect(),
        severity: arguments.severity.map(Into::into),
        rule: arguments.rule.clone(),
        account: arguments.account.clone(),
        resource: arguments.resource.clone(),
        limit: None,
    };
    let mut findings = pollster::block_on(store.findings(&query))?;
    if let Some(mut accepting) = Accepting::of(arguments.exceptions.as_deref(), &store)? {
        accepting.mark(&mut findings, &store)?;
    }
    let mut out = stdout();
    match arguments.format {
        Format::Json => {
            for finding in &findings {
                output::json(&mut out, &FindingRow::from(finding))?;
            }
        }
        Format::Table => {
            let colours = output::wants_colours();
            let mut table = table(&["severity", "status", "resource", "rule", "since", "by", "open for", "what"]);
            for row in findings.iter().map(FindingRow::from) {
                let by_read = |episode: &EpisodeRow| episode.opened_by.is_none() && episode.opened_with.is_some();
                let unseen = row.episodes.last().is_some_and(by_read).then(|| UNSEEN.to_owned());
                let by = row.opened_by.clone().or(unseen).unwrap_or_default();
                table.add_row([
                    comfy_table::Cell::new(output::severity(row.severity, colours)),
                    cell(
                        &row.excepted.as_ref().map_or_else(
                            || row.status.word().to_owned(),
                            |_| format!("{}, accepted", row.status.word()),
                        ),
                    ),
                    cell(&row.resource),
                    cell(&row.rule),
                    cell(&row.opened_at.map(|time| time.to_string()).unwrap_or_default()),
                    cell(&by),
                    cell(&row.exposure_seconds.map(duration).unwrap_or_default()),
                    cell(&row.message),
                ]);
            }
            writeln!(out, "{table}")?;
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}

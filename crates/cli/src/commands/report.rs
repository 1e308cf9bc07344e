//! `trailhound report`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use trailhound_engine::port::{FindingQuery, Store};
use trailhound_report::Context;
use trailhound_store::Sqlite;

use crate::output::{note, stdout};
use crate::{Outcome, StoreArgument};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: StoreArgument,
    /// What to write
    #[arg(long, value_enum, default_value = "html")]
    format: ReportFormat,
    /// Where to write it [default: standard output; report.html for html]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ReportFormat {
    /// One page that needs nothing else
    Html,
    /// For spreadsheets
    Csv,
    /// One object per line
    Json,
    /// For tickets and wikis
    Markdown,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let from = &arguments.store.store;
    let store = super::open(from)?;
    let default = (arguments.format == ReportFormat::Html).then(|| PathBuf::from("report.html"));
    match arguments.output.as_ref().or(default.as_ref()) {
        Some(path) => {
            to_file(&store, from, arguments.format, Vec::new(), path)?;
            note(&format!("report written to {}", path.display()));
        }
        None => {
            let mut out = stdout();
            write(&store, from, arguments.format, Vec::new(), &mut out)?;
            out.flush()?;
        }
    }
    Ok(Outcome::Done)
}

/// Writes the HTML report to a file; `notes` are said on top of it.
pub(crate) fn write_html(store: &Sqlite, from: &Path, notes: Vec<String>, path: &Path) -> Result<()> {
    to_file(store, from, ReportFormat::Html, notes, path)
}

fn to_file(store: &Sqlite, from: &Path, format: ReportFormat, notes: Vec<String>, path: &Path) -> Result<()> {
    let doing = || format!("writing {}", path.display());
    let mut file = BufWriter::new(File::create(path).with_context(doing)?);
    write(store, from, format, notes, &mut file).with_context(doing)?;
    file.flush().with_context(doing)
}

fn write(store: &Sqlite, from: &Path, format: ReportFormat, notes: Vec<String>, out: &mut impl Write) -> Result<()> {
    let findings = pollster::block_on(store.findings(&FindingQuery::default()))?;
    let context = Context {
        source: from.file_name().unwrap_or(from.as_os_str()).to_string_lossy().into_owned(),
        until: pollster::block_on(store.until())?,
        resources: pollster::block_on(store.counts())?.resources,
        notes,
    };
    match format {
        ReportFormat::Html => trailhound_report::html(out, &findings, &context)?,
        ReportFormat::Csv => trailhound_report::csv(out, &findings)?,
        ReportFormat::Json => trailhound_report::json(out, &findings)?,
        ReportFormat::Markdown => trailhound_report::markdown(out, &findings, &context)?,
    }
    Ok(())
}

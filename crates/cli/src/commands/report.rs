//! `trailhound report`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use trailhound_engine::port::{FindingQuery, Store};
use trailhound_report::Context;

use super::exceptions::Accepting;
use crate::output::{note, stdout};
use crate::{Outcome, StoreArgument};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: StoreArgument,
    /// What to write
    #[arg(long, value_enum, default_value = "html")]
    format: ReportFormat,
    /// What owners accept, as TOML: such findings are marked
    #[arg(long, value_name = "FILE.toml")]
    exceptions: Option<PathBuf>,
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
    let mut accepting = Accepting::of(arguments.exceptions.as_deref(), &store)?;
    let source = Source { store: &store, from, accepting: accepting.as_mut() };
    let default = (arguments.format == ReportFormat::Html).then(|| PathBuf::from("report.html"));
    match arguments.output.as_ref().or(default.as_ref()) {
        Some(path) => {
            to_file(source, arguments.format, Vec::new(), path)?;
            note(&format!("report written to {}", path.display()));
        }
        None => {
            let mut out = stdout();
            write(source, arguments.format, Vec::new(), &mut out)?;
            out.flush()?;
        }
    }
    if let Some(accepting) = &accepting {
        accepting.tell();
    }
    Ok(Outcome::Done)
}

/// What a report is made of.
pub(super) struct Source<'a, S> {
    pub(super) store: &'a S,
    /// The store's name.
    pub(super) from: &'a Path,
    pub(super) accepting: Option<&'a mut Accepting>,
}

/// Writes the HTML report to a file; `notes` are said on top of it.
pub(super) fn write_html<S: Store>(source: Source<'_, S>, notes: Vec<String>, path: &Path) -> Result<()> {
    to_file(source, ReportFormat::Html, notes, path)
}

fn to_file<S: Store>(source: Source<'_, S>, format: ReportFormat, notes: Vec<String>, path: &Path) -> Result<()> {
    let doing = || format!("writing {}", path.display());
    let mut file = BufWriter::new(File::create(path).with_context(doing)?);
    write(source, format, notes, &mut file).with_context(doing)?;
    file.flush().with_context(doing)
}

fn write<S: Store>(
    source: Source<'_, S>,
    format: ReportFormat,
    mut notes: Vec<String>,
    out: &mut impl Write,
) -> Result<()> {
    let Source { store, from, accepting } = source;
    let mut findings = pollster::block_on(store.findings(&FindingQuery::default()))?;
    if let Some(accepting) = accepting {
        accepting.mark(&mut findings, store)?;
        let accepted = findings.iter().filter(|finding| finding.accepted().is_some()).count();
        notes
            .push(format!("Of the open findings, {accepted} are accepted by their owners; each says by whom and why."));
    }
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

//! `trailhound report`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::ValueEnum;
use trailhound_engine::port::{FindingQuery, Store};
use trailhound_report::FindingRow;
use trailhound_store::Sqlite;

use crate::output::{self, note, stdout};
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
    let store = super::open(&arguments.store.store)?;
    if arguments.format == ReportFormat::Html && arguments.output.is_none() {
        let path = Path::new("report.html");
        write_html(&store, path)?;
        note("report written to report.html");
        return Ok(Outcome::Done);
    }
    match &arguments.output {
        Some(path) => {
            let file = File::create(path).with_context(|| format!("writing {}", path.display()))?;
            let mut file = BufWriter::new(file);
            write(&store, arguments.format, &mut file)?;
            file.flush().with_context(|| format!("writing {}", path.display()))?;
            note(&format!("report written to {}", path.display()));
        }
        None => {
            let mut out = stdout();
            write(&store, arguments.format, &mut out)?;
            out.flush()?;
        }
    }
    Ok(Outcome::Done)
}

/// Writes the HTML report to a file.
pub(crate) fn write_html(store: &Sqlite, path: &Path) -> Result<()> {
    let file = File::create(path).with_context(|| format!("writing {}", path.display()))?;
    let mut file = BufWriter::new(file);
    write(store, ReportFormat::Html, &mut file)?;
    file.flush().with_context(|| format!("writing {}", path.display()))
}

fn write(store: &Sqlite, format: ReportFormat, out: &mut impl Write) -> Result<()> {
    let findings = pollster::block_on(store.findings(&FindingQuery::default()))?;
    for finding in &findings {
        if format == ReportFormat::Json {
            output::json(out, &FindingRow::from(finding))?;
        }
    }
    Ok(())
}

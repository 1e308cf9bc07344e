//! Writing for terminals and programs.

use std::io::{self, IsTerminal, Write};

use anyhow::{Context, Result};
use comfy_table::{Cell, ContentArrangement, Table, presets};
use serde::Serialize;
use trailhound_model::Severity;
use trailhound_report::escape;

/// Standard output, locked and buffered.
pub(crate) fn stdout() -> io::BufWriter<io::StdoutLock<'static>> {
    io::BufWriter::new(io::stdout().lock())
}

/// Writes one JSON object on a line.
pub(crate) fn json(out: &mut impl Write, value: &impl Serialize) -> Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n").context("writing to standard output")
}

/// A table for people: no frame, so that it can be cut with ordinary tools; columns fit the terminal.
pub(crate) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    table.set_header(header.iter().map(|name| Cell::new(name.to_uppercase())));
    table
}

/// A cell with text from an event.
pub(crate) fn cell(text: &str) -> Cell {
    Cell::new(escape::terminal(text))
}

/// Says something to the person, on standard error.
#[expect(clippy::print_stderr, reason = "this is the one place that writes to standard error")]
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}

/// Says why the command failed: what was being done, and the causes.
pub(crate) fn error(error: &anyhow::Error) {
    let mut text = "error".to_owned();
    for cause in error.chain() {
        text = format!("{text}: {cause}");
    }
    note(&escape::terminal(&text));
}

/// Whether output failed because its reader has seen enough.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let json = cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        io.or(json) == Some(io::ErrorKind::BrokenPipe)
    })
}

/// A severity in its colour, where the terminal wants colours.
pub(crate) fn severity(severity: Severity, colours: bool) -> String {
    let code = match severity {
        Severity::Critical => "1;31",
        Severity::High => "31",
        Severity::Medium => "33",
        Severity::Low => "36",
    };
    paint(severity.word(), code, colours)
}

/// Text in a colour.
pub(crate) fn paint(text: &str, code: &str, colours: bool) -> String {
    if colours { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// Whether standard output wants colours.
#[expect(clippy::disallowed_methods, reason = "the user's wish about colours is read here, at the edge")]
pub(crate) fn wants_colours() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

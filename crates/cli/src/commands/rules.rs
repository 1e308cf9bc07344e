//! `trailhound rules` and `trailhound explain`.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;
use serde::Serialize;
use trailhound_model::Severity;
use trailhound_rules::{Framework, Rule};

use crate::output::{self, cell, note, stdout, table};
use crate::{Format, Outcome};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

#[derive(clap::Args)]
pub(crate) struct Explain {
    /// The rule's id, for example s3-bucket-versioning
    rule: String,
}

/// A rule as JSON.
#[derive(Serialize)]
struct RuleRow<'a> {
    id: &'a str,
    item: &'a str,
    severity: Severity,
    kinds: Vec<&'a str>,
    title: &'a str,
    opens_on: &'a [&'a str],
    closes_on: &'a [&'a str],
    controls: BTreeMap<&'a str, Vec<&'a str>>,
    optional: bool,
}

fn row<'a>(id: &'a str, rule: &'a Rule) -> RuleRow<'a> {
    let of = |framework: Framework| {
        rule.controls.iter().filter(move |(own, _)| *own == framework).map(|(_, control)| *control).collect::<Vec<_>>()
    };
    RuleRow {
        id,
        item: rule.item.name(),
        severity: rule.severity,
        kinds: rule.kinds.iter().map(|kind| kind.name).collect(),
        title: rule.title(),
        opens_on: rule.opens_on,
        closes_on: rule.closes_on,
        controls: Framework::ALL
            .iter()
            .map(|framework| (framework.name(), of(*framework)))
            .filter(|(_, controls)| !controls.is_empty())
            .collect(),
        optional: rule.optional,
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let mut out = stdout();
    match arguments.format {
        Format::Json => {
            for (id, rule) in trailhound_rules::all() {
                output::json(&mut out, &row(id, rule))?;
            }
        }
        Format::Table => {
            let colours = output::wants_colours();
            let mut table = table(&["rule", "item", "severity", "passes when"]);
            for (id, rule) in trailhound_rules::all() {
                table.add_row([
                    cell(id),
                    cell(rule.item.name()),
                    comfy_table::Cell::new(output::severity(rule.severity, colours)),
                    cell(rule.title()),
                ]);
            }
            writeln!(out, "{table}")?;
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}

pub(crate) fn explain(arguments: &Explain) -> Result<Outcome> {
    let Some(rule) = trailhound_rules::named(&arguments.rule) else {
        note(&format!("no rule is called `{}`", trailhound_report::escape::terminal(&arguments.rule)));
        let near: Vec<&str> =
            trailhound_rules::all().map(|(id, _)| id).filter(|id| id.contains(&arguments.rule)).take(5).collect();
        if !near.is_empty() {
            note(&format!("did you mean: {}", near.join(", ")));
        }
        return Ok(Outcome::Flawed);
    };
    let mut out = stdout();
    writeln!(out, "{}  ({}, {})\n", arguments.rule, rule.severity.word(), rule.item.name())?;
    for line in rule.page.lines() {
        writeln!(out, "{}", line.strip_prefix(' ').unwrap_or(line))?;
    }
    writeln!(out, "\n## Judged again on\n")?;
    writeln!(out, "Opened by {}. Closed by {}.", rule.opens_on.join(", "), rule.closes_on.join(", "))?;
    if !rule.controls.is_empty() {
        writeln!(out, "\n## Evidence for\n")?;
        for (framework, control) in rule.controls {
            writeln!(out, "- {} {control}", framework.name())?;
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}

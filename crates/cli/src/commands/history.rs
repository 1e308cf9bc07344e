//! `trailhound history`: what happened to one resource, call by call.

use std::io::Write;

use anyhow::Result;
use serde::Serialize;
use trailhound_engine::port::{FindingQuery, Store};
use trailhound_model::{Cause, Finding, Kind, Operation, ResourceId, Second, kinds};
use trailhound_report::{escape, who};

use crate::output::{self, note, paint, stdout};
use crate::{Format, Outcome, StoreArgument};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The resource's id or ARN
    resource: String,
    #[command(flatten)]
    store: StoreArgument,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// One thing that happened.
#[derive(Serialize)]
struct Line<'a> {
    resource: &'a ResourceId,
    time: Second,
    #[serde(flatten)]
    what: What<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum What<'a> {
    Change { cause: &'a Cause, operations: &'a [Operation] },
    Transition { rule: &'a str, transition: &'a trailhound_model::Transition },
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let store = super::open(&arguments.store.store)?;
    let mut out = stdout();
    let views = pollster::block_on(store.resources(Some(&arguments.resource)))?;
    let ids: Vec<ResourceId> = views.into_iter().map(|view| view.resource).collect();
    if ids.is_empty() {
        note(&escape::terminal(&format!("no resource is named `{}`", arguments.resource)));
        let every: Vec<Kind> = kinds::ALL.iter().map(|def| Kind::of(def)).collect();
        let near: Vec<String> = pollster::block_on(store.of_kinds(&every, None))?
            .into_iter()
            .map(|id| id.id.to_string())
            .filter(|id| id.contains(&arguments.resource))
            .take(5)
            .collect();
        if !near.is_empty() {
            note(&escape::terminal(&format!("did you mean: {}", near.join(", "))));
        }
        return Ok(Outcome::Flawed);
    }
    let records = pollster::block_on(store.load(&ids))?;
    let query = FindingQuery { resource: Some(arguments.resource.clone()), ..FindingQuery::default() };
    let findings = pollster::block_on(store.findings(&query))?;
    for (id, record) in ids.iter().zip(&records) {
        let mut lines: Vec<Line<'_>> = record
            .ledger
            .entries
            .values()
            .map(|entry| Line {
                resource: id,
                time: entry.cause.time,
                what: What::Change { cause: &entry.cause, operations: &entry.operations },
            })
            .collect();
        let mine = findings.iter().filter(|finding| finding.resource == *id);
        lines.extend(mine.flat_map(transitions).map(|(rule, transition)| Line {
            resource: id,
            time: transition.time,
            what: What::Transition { rule, transition },
        }));
        lines.sort_by_key(|line| (line.time, matches!(line.what, What::Transition { .. })));
        match arguments.format {
            Format::Json => {
                for line in &lines {
                    output::json(&mut out, line)?;
                }
            }
            Format::Table => tell(&mut out, id, &lines)?,
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}

fn transitions(finding: &Finding) -> impl Iterator<Item = (&str, &trailhound_model::Transition)> {
    finding.transitions.iter().map(|transition| (&*finding.rule, transition))
}

fn tell(out: &mut impl Write, id: &ResourceId, lines: &[Line<'_>]) -> Result<()> {
    let colours = output::wants_colours();
    writeln!(out, "{}", paint(&escape::terminal(&id.to_string()), "1", colours))?;
    for line in lines {
        match &line.what {
            What::Change { cause, operations } => {
                match who(cause) {
                    Some(who) => writeln!(out, "{}  {} by {}", line.time, cause.name, escape::terminal(&who))?,
                    None => writeln!(out, "{}  a read", line.time)?,
                }
                for operation in *operations {
                    let json = serde_json::to_string(operation)?;
                    writeln!(out, "{:22}{}", "", shorten(&escape::terminal(&json)))?;
                }
            }
            What::Transition { rule, transition } => {
                let step = paint(transition.step.word(), "33", colours);
                writeln!(out, "{:22}→ {rule} {step}: {}", "", escape::terminal(&transition.message))?;
            }
        }
    }
    Ok(())
}

fn shorten(text: &str) -> String {
    const WIDTH: usize = 160;
    if text.chars().count() > WIDTH { text.chars().take(WIDTH - 1).chain(['…']).collect() } else { text.to_owned() }
}

//! `trailhound resources`.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;
use serde::Serialize;
use trailhound_engine::ResourceView;
use trailhound_engine::port::Store;
use trailhound_model::{Map, Second, Text};
use trailhound_report::escape;

use crate::output::{self, cell, note, stdout, table};
use crate::{Format, Outcome, StoreArgument};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only the resource with this id or ARN
    resource: Option<String>,
    #[command(flatten)]
    store: StoreArgument,
    /// Only this kind, by its CloudFormation name
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// A resource as JSON.
#[derive(Serialize)]
struct ResourceRow<'a> {
    account: &'a str,
    region: &'a str,
    kind: &'a str,
    id: &'a str,
    arn: Option<&'a str>,
    gone: bool,
    created_at: Option<Second>,
    properties: &'a Map,
    observed: &'a Map,
    unread: Vec<&'a Text>,
    partial: Vec<&'a Text>,
    why: BTreeMap<&'a Text, &'a String>,
}

impl<'a> From<&'a ResourceView> for ResourceRow<'a> {
    fn from(view: &'a ResourceView) -> Self {
        Self {
            account: &view.resource.account,
            region: &view.resource.region,
            kind: view.resource.kind.name(),
            id: &view.resource.id,
            arn: view.arn.as_deref(),
            gone: view.gone,
            created_at: view.created_at,
            properties: &view.properties,
            observed: &view.observed,
            unread: view.unread.keys().collect(),
            partial: view.partial.keys().collect(),
            why: view.unread.iter().chain(&view.partial).collect(),
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let store = super::open(&arguments.store.store)?;
    let mut views = pollster::block_on(store.resources(arguments.resource.as_deref()))?;
    if let Some(kind) = &arguments.kind {
        views.retain(|view| view.resource.kind.name() == kind);
    }
    if views.is_empty() && (arguments.resource.is_some() || arguments.kind.is_some()) {
        note("no such resource");
        return Ok(Outcome::Flawed);
    }
    let mut out = stdout();
    match arguments.format {
        Format::Json => {
            for view in &views {
                output::json(&mut out, &ResourceRow::from(view))?;
            }
        }
        Format::Table => {
            let mut table = table(&["kind", "resource", "account", "region", "state", "created", "known", "unknown"]);
            for view in &views {
                let known: Vec<&str> = view.properties.keys().chain(view.observed.keys()).map(|name| &**name).collect();
                table.add_row([
                    cell(view.resource.kind.name()),
                    cell(&view.resource.id),
                    cell(&view.resource.account),
                    cell(&view.resource.region),
                    cell(if view.gone { "gone" } else { "live" }),
                    cell(&view.created_at.map(|time| time.to_string()).unwrap_or_default()),
                    cell(&escape::terminal(&known.join(" "))),
                    cell(&(view.unread.len() + view.partial.len()).to_string()),
                ]);
            }
            writeln!(out, "{table}")?;
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}

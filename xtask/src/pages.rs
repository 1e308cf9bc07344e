//! One page per rule, and the index of all pages.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use serde::Deserialize;
use trailhound_model::FacetDef;
use trailhound_rules::{Framework, Item, Rule};

use crate::generate::Generated;
use crate::repo;

/// Where the pages are; nothing else is.
pub(crate) const DIRECTORY: &str = "docs/rules";

const MARK: &str = "<!-- Written by `cargo xtask generate` from the rules. -->\n\n";

/// The page of every rule, and the index.
pub(crate) fn pages() -> Result<Vec<Generated>> {
    let mut pages = vec![Generated { path: format!("{DIRECTORY}/README.md"), content: index()? }];
    for (id, rule) in trailhound_rules::all() {
        let content = page(id, rule).with_context(|| format!("writing the page of `{id}`"))?;
        pages.push(Generated { path: format!("{DIRECTORY}/{id}.md"), content });
    }
    Ok(pages)
}

fn index() -> Result<String> {
    let mut text = format!("{MARK}# Rules\n");
    for item in Item::ALL {
        let rules: Vec<_> = trailhound_rules::all().filter(|(_, rule)| rule.item == item).collect();
        if rules.is_empty() {
            continue;
        }
        write!(text, "\n## {}\n\n| rule | severity | passes when |\n|---|---|---|\n", item.name())?;
        for (id, rule) in rules {
            writeln!(text, "| [{id}]({id}.md) | {}{} | {} |", rule.severity, off(rule), cell(rule.title()))?;
        }
    }
    if trailhound_rules::all().any(|(_, rule)| rule.optional) {
        text.push_str("\nA rule marked *off* is judged only where it is switched on.\n");
    }
    text.push_str("\nOn a rule's page, `~` before a control says that the rule is partial evidence for it.\n");
    Ok(text)
}

fn page(id: &str, rule: &Rule) -> Result<String> {
    let mut text = format!("{MARK}# {id}\n\n{}\n\n|   |   |\n|---|---|\n", rule.title());
    let source = source(rule);
    writeln!(text, "| severity | {}{} |", rule.severity, off(rule))?;
    writeln!(text, "| checklist | {} |", rule.item.name())?;
    writeln!(text, "| judges | {} |", code(rule.kinds.iter().map(|kind| kind.name)))?;
    let borrowed = rule.borrows.iter().flat_map(|(relation, facets)| {
        facets.iter().map(|facet| format!("{} of the related `{}`", code([facet.name]), relation.to.name))
    });
    let reads: Vec<_> = rule.reads.iter().map(|facet| code([facet.name])).chain(borrowed).collect();
    writeln!(text, "| reads | {} |", reads.join(", "))?;
    writeln!(text, "| needs | {} |", code(actions(rule)))?;
    writeln!(text, "| can fail on | {} |", code(rule.opens_on.iter().copied()))?;
    writeln!(text, "| can pass again on | {} |", code(rule.closes_on.iter().copied()))?;
    if rule.timed {
        writeln!(text, "| also judged | as time passes |")?;
    }
    for framework in Framework::ALL {
        let ids: Vec<_> = rule.controls.iter().filter(|(of, _)| *of == framework).map(|(_, id)| *id).collect();
        if !ids.is_empty() {
            writeln!(text, "| `{}` | {} |", framework.name(), ids.join(", "))?;
        }
    }
    if !rule.covered_by.is_empty() {
        let covers: Vec<_> = rule.covered_by.iter().map(|cover| format!("[{cover}]({cover}.md)")).collect();
        writeln!(text, "| not alerted while open | {} |", covers.join(", "))?;
    }
    writeln!(text, "| since | {} |", rule.since)?;

    // The lines of a doc comment start with the space after `///`.
    let body = rule.page.lines().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end()).skip(1);
    let body = body.collect::<Vec<_>>().join("\n");
    write!(text, "\n{}\n", body.trim())?;

    text.push_str("\n## Fails when\n\n");
    for case in failing(&format!("{source}.cases.json"))? {
        writeln!(text, "- {}: {}", case.name, case.message.as_deref().unwrap_or("fails"))?;
    }
    writeln!(text, "\n[Source](../../{source}.rs), [cases](../../{source}.cases.json)")?;
    Ok(text)
}

/// The path of the rule's source, without the extension.
fn source(rule: &Rule) -> String {
    let module = rule.module.split_once("::").map_or(rule.module, |(_, module)| module);
    format!("crates/rules/src/{}", module.replace("::", "/"))
}

/// What is said of a rule's severity where it is off by default.
fn off(rule: &Rule) -> &'static str {
    if rule.optional { ", *off*" } else { "" }
}

/// The IAM actions of everything the rule reads, each once.
fn actions(rule: &Rule) -> Vec<&'static str> {
    let borrowed = rule.borrows.iter().flat_map(|(_, facets)| facets.iter());
    let facets: Vec<&FacetDef> = rule.reads.iter().chain(borrowed).copied().collect();
    let mut actions: Vec<_> = facets.into_iter().flat_map(|facet| facet.reads).copied().collect();
    actions.sort_unstable();
    actions.dedup();
    actions
}

fn code<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<_> = words.into_iter().map(|word| format!("`{word}`")).collect();
    if words.is_empty() { "nothing".into() } else { words.join(", ") }
}

/// Text for a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    verdict: String,
    message: Option<String>,
}

/// The failing cases in the file at `path`.
fn failing(path: &str) -> Result<Vec<Case>> {
    let file: Cases = serde_json::from_str(&repo::read(path)?).with_context(|| format!("reading `{path}`"))?;
    Ok(file.cases.into_iter().filter(|case| case.verdict == "fail").collect())
}

//! One HTML page that needs nothing else: no request leaves it, and no text from an event can become part of it.
//!
//! Three things keep hostile text harmless, each enough alone. Texts are escaped where the page is made; the page's script
//! builds elements and text nodes only, never markup; and the page's policy lets no other script, style or request be. The
//! findings stand in `script` elements that no browser runs: columns for the table, details in chunks that are parsed when
//! somebody looks. Only the rows in sight are elements, so that a hundred thousand findings scroll like ten.

mod details;
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use base64::Engine;
use maud::{DOCTYPE, Markup, PreEscaped, html as markup};
use serde::Serialize;
use sha2::{Digest, Sha256};
use trailhound_model::{Finding, Severity, Status};
use trailhound_rules::Item;

use crate::page::{Block, section};
use crate::{Context, count, counted, escape, grouped};

const STYLE: &str = include_str!("html/report.css");
const SCRIPT: &str = include_str!("html/report.js");

/// The most findings in a page. Firefox draws no element higher than 17.8 million pixels.
const FINDINGS_MAX: usize = 200_000;

/// How many findings share a chunk of details.
const CHUNK: usize = 250;

/// The most characters of one text.
const TEXT_MAX: usize = 2_000;

/// States in the order of the page.
const STATUSES: [Status; 3] = [Status::Open, Status::Unknown, Status::Resolved];

/// What was left out of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cuts {
    findings: usize,
    texts: usize,
    lines: usize,
    entries: usize,
}

impl Cuts {
    fn notes(self, total: usize) -> Vec<String> {
        let mut notes = Vec::new();
        if self.findings > 0 {
            let shown = grouped(total - self.findings);
            notes.push(format!(
                "This page lists {shown} of {} findings, the first in order of status and severity. All numbers above the \
                 list count all; the formats csv and json hold all.",
                grouped(total)
            ));
        }
        let mut cut = Vec::new();
        for (number, one, many) in [
            (self.texts, "long text", "long texts"),
            (self.lines, "line of settings", "lines of settings"),
            (self.entries, "entry of a finding's details", "entries of findings' details"),
        ] {
            if number > 0 {
                cut.push(counted(number, one, many));
            }
        }
        if !cut.is_empty() {
            notes.push(format!("Cut for length where you see “…”: {}. The format json holds all.", cut.join(", ")));
        }
        notes
    }
}

/// A text from an event, made safe to look at: nothing in it reverses the direction of reading or hides.
fn text(text: &str, cuts: &mut Cuts) -> String {
    let safe = escape::terminal(text);
    match safe.char_indices().nth(TEXT_MAX) {
        None => safe.into_owned(),
        Some(_) => {
            cuts.texts += 1;
            safe.chars().take(TEXT_MAX).chain(['…']).collect()
        }
    }
}

/// What the page knows of a rule.
#[derive(Serialize)]
struct RulePage {
    title: &'static str,
    why: Vec<Block>,
    fix: Vec<Block>,
    limits: Vec<Block>,
    controls: Vec<(&'static str, Vec<&'static str>)>,
}

/// Writes the page.
///
/// # Errors
/// When writing fails.
pub fn html(out: &mut impl Write, findings: &[Finding], context: &Context) -> io::Result<()> {
    page(out, findings, context, FINDINGS_MAX)
}

fn page(out: &mut impl Write, findings: &[Finding], context: &Context, most: usize) -> io::Result<()> {
    let shown = findings.get(..most).unwrap_or(findings);
    let mut cuts = Cuts { findings: findings.len() - shown.len(), ..Cuts::default() };
    let rows = serde_json::to_string(&rows::Rows::of(shown, context.until, CHUNK, &mut cuts))?;
    let mut chunks = Vec::new();
    for chunk in shown.chunks(CHUNK) {
        chunks.push(serde_json::to_string(&details::Chunk::of(chunk, &mut cuts))?);
    }
    let rules = serde_json::to_string(&rule_pages(shown))?;

    let notes: Vec<String> = context.notes.iter().cloned().chain(cuts.notes(findings.len())).collect();
    let items: BTreeMap<&str, &str> = Item::ALL.iter().map(|item| (item.name(), item.title())).collect();
    let page = skeleton(findings, shown, context, &notes, &items);
    out.write_all(page.0.as_bytes())?;
    block(out, "items", &serde_json::to_string(&items)?)?;
    block(out, "rows", &rows)?;
    write!(out, "<script>{SCRIPT}</script>")?;
    block(out, "rules", &rules)?;
    for (index, chunk) in chunks.iter().enumerate() {
        block(out, &format!("details-{index}"), chunk)?;
    }
    out.write_all(b"</body></html>\n")
}

/// A `script` element that no browser runs.
fn block(out: &mut impl Write, id: &str, json: &str) -> io::Result<()> {
    write!(out, "<script type=\"application/json\" id=\"{id}\">{}</script>", escape::json_in_html(json))
}

/// The policy: this style, this script, nothing else, from nowhere.
fn policy() -> String {
    let hash = |text: &str| base64::prelude::BASE64_STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// The pages of the rules that have findings.
fn rule_pages(findings: &[Finding]) -> BTreeMap<&str, RulePage> {
    let ids: BTreeSet<&str> = findings.iter().map(|finding| &*finding.rule).collect();
    let mut pages = BTreeMap::new();
    for (id, rule) in ids.into_iter().filter_map(|id| Some((id, trailhound_rules::named(id)?))) {
        let mut controls: BTreeMap<_, Vec<&str>> = BTreeMap::new();
        for (framework, control) in rule.controls {
            controls.entry(*framework).or_default().push(control);
        }
        let page = RulePage {
            title: rule.title(),
            why: section(rule.page, "Why"),
            fix: section(rule.page, "Fix"),
            limits: section(rule.page, "Limits"),
            controls: controls.into_iter().map(|(framework, controls)| (framework.title(), controls)).collect(),
        };
        pages.insert(id, page);
    }
    pages
}

/// Everything that needs no script: the head, the numbers, and the empty frame of the list.
fn skeleton(
    findings: &[Finding],
    shown: &[Finding],
    context: &Context,
    notes: &[String],
    titles: &BTreeMap<&str, &str>,
) -> Markup {
    let source = escape::terminal(&context.source);
    markup! {
        (DOCTYPE)
        (PreEscaped("<html lang=\"en\">"))
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(policy());
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="referrer" content="no-referrer";
            title { "Findings · " (source) }
            style { (PreEscaped(STYLE)) }
        }
        (PreEscaped("<body>"))
        a .skip href="#grid" { "Skip to the findings" }
        header .top {
            div .brand {
                (logo())
                span { "Trailhound" }
            }
            p .read {
                bdi { (source) }
                @if let Some(until) = context.until { " · events until " time datetime=(until) { (until) } }
                " · " (counted(usize::try_from(context.resources).unwrap_or(usize::MAX), "resource", "resources"))
            }
        }
        section .summary aria-label="Summary" {
            (headline(findings))
            @for note in notes { p .note { (escape::terminal(note)) } }
            div .totals {
                @for severity in Severity::ALL {
                    @let open = count(findings, Status::Open, severity);
                    button .tile .(severity.word()) .none[open == 0] type="button" data-severity=(severity.word()) {
                        b { (grouped(open)) }
                        span { (severity.word()) }
                    }
                }
            }
            (checklist(findings, titles))
        }
        (list(shown, titles))
    }
}

/// The first thing to know, in one sentence.
fn headline(findings: &[Finding]) -> Markup {
    let total = |status| Severity::ALL.iter().map(|severity| count(findings, status, *severity)).sum::<usize>();
    let (open, unknown, resolved) = (total(Status::Open), total(Status::Unknown), total(Status::Resolved));
    let resources: BTreeSet<_> =
        findings.iter().filter(|finding| finding.status == Status::Open).map(|finding| &finding.resource).collect();
    let worst = Severity::ALL.into_iter().find(|severity| count(findings, Status::Open, *severity) > 0);
    markup! {
        h1 {
            @if let Some(worst) = worst {
                (counted(open, "open finding", "open findings")) ", "
                em .(worst.word()) { (grouped(count(findings, Status::Open, worst))) " " (worst.word()) }
            } @else { "No open findings" }
        }
        p .sub {
            @if open > 0 { "On " (counted(resources.len(), "resource", "resources")) ". " }
            (grouped(resolved)) " resolved"
            @if unknown > 0 { ", " (grouped(unknown)) " cannot be told any more" }
            "."
        }
    }
}

/// Open findings per item of the checklist, each with a bar of its severities. Items that no rule judges are left out.
fn checklist(findings: &[Finding], titles: &BTreeMap<&str, &str>) -> Markup {
    let judged: BTreeSet<&str> = trailhound_rules::all().map(|(_, rule)| rule.item.name()).collect();
    let mut open: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let mut closed: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in findings {
        if finding.status == Status::Open {
            let place = Severity::ALL.iter().position(|severity| *severity == finding.severity);
            let numbers = open.entry(&finding.item).or_default();
            if let Some(number) = place.and_then(|place| numbers.get_mut(place)) {
                *number += 1;
            }
        } else {
            *closed.entry(&finding.item).or_default() += 1;
        }
    }
    let most = open.values().map(|numbers| numbers.iter().sum::<usize>()).max().unwrap_or(0).max(1);
    let items: Vec<&str> = Item::ALL
        .iter()
        .map(|item| item.name())
        .filter(|name| judged.contains(name) || open.contains_key(name) || closed.contains_key(name))
        .collect();
    markup! {
        ul .checklist aria-label="Open findings by checklist item" {
            @for item in items {
                @let numbers = open.get(item).copied().unwrap_or_default();
                @let total = numbers.iter().sum::<usize>();
                li {
                    button type="button" data-item=(item) .none[total == 0] {
                        span .name { (titles.get(item).copied().unwrap_or(item)) }
                        (bar(numbers, most))
                        b { (grouped(total)) }
                    }
                }
            }
        }
    }
}

/// The severities of an item, as wide as they are many. Attributes, not styles: the policy allows no style but ours.
fn bar(numbers: [usize; 4], most: usize) -> Markup {
    const WIDTH: usize = 1_000;
    let mut from = 0;
    let mut parts = Vec::new();
    for (severity, number) in Severity::ALL.into_iter().zip(numbers) {
        // Whatever there is can be seen.
        let width = if number == 0 { 0 } else { (number * WIDTH / most).max(8) };
        parts.push((severity, from, width));
        from += width;
    }
    markup! {
        svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
            @for (severity, from, width) in parts {
                @if width > 0 { rect .(severity.word()) x=(from) y="0" width=(width) height="10" {} }
            }
        }
    }
}

/// The frame of the list; the script fills it.
fn list(shown: &[Finding], titles: &BTreeMap<&str, &str>) -> Markup {
    let accounts: BTreeSet<&str> = shown.iter().map(|finding| &*finding.resource.account).collect();
    let items: BTreeSet<&str> = shown.iter().map(|finding| &*finding.item).collect();
    markup! {
        main {
            noscript { p .note { "The list needs JavaScript, which this page carries with it and your browser does not run." } }
            div .tools role="search" {
                label .search {
                    span .hidden { "Filter" }
                    input #query type="search" placeholder="Filter by name, rule, person, account, …" autocomplete="off"
                        spellcheck="false" aria-keyshortcuts="/" aria-controls="grid";
                    kbd { "/" }
                }
                div .segments role="group" aria-label="Status" {
                    @for (value, name) in [("open", "Open"), ("unknown", "Unknown"), ("resolved", "Resolved"), ("", "All")] {
                        button type="button" data-status=(value) aria-pressed="false" { (name) " " small {} }
                    }
                }
                div .segments role="group" aria-label="Severity" {
                    @for severity in Severity::ALL {
                        button .(severity.word()) type="button" data-only=(severity.word()) aria-pressed="false" {
                            i .dot {} (severity.word())
                        }
                    }
                }
                label {
                    span .hidden { "Checklist item" }
                    select #item {
                        option value="" { "Every item" }
                        @for item in items {
                            option value=(escape::terminal(item)) { (titles.get(item).copied().unwrap_or(item)) }
                        }
                    }
                }
                @if accounts.len() > 1 {
                    label {
                        span .hidden { "Account" }
                        select #account {
                            option value="" { "Every account" }
                            @for account in accounts { option { (escape::terminal(account)) } }
                        }
                    }
                }
                output #number aria-live="polite" {}
                button #clear type="button" hidden { "Clear" }
            }
            div .panes #panes {
                div .list {
                    div #grid role="grid" tabindex="0" aria-label="Findings" aria-colcount="6" {
                        div .row .heads role="row" aria-rowindex="1" {
                            @for (key, name) in [
                                ("severity", "Severity"), ("resource", "Resource"), ("message", "Finding"), ("by", "By"),
                                ("opened", "Since"), ("lasted", "Open for"),
                            ] {
                                div .(key) role="columnheader" { button type="button" data-sort=(key) { (name) } }
                            }
                        }
                        div #body role="presentation" { div #window role="presentation" {} }
                    }
                    p #empty hidden { "No finding is like that. " button type="button" { "Show all" } }
                }
                aside #detail aria-label="Finding" tabindex="-1" hidden {}
            }
            p .keys {
                kbd { "↑" } kbd { "↓" } " move " kbd { "Enter" } " open " kbd { "Esc" } " close " kbd { "/" } " filter"
            }
        }
    }
}

/// A trail, and a nose on it.
fn logo() -> Markup {
    markup! {
        svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" {
            path d="M3 20c4-1 3-6 7-7s4-5 7-7" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"
                stroke-dasharray="0.1 3.6" {}
            circle cx="18.5" cy="5.5" r="3" fill="currentColor" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn text(findings: &[Finding], most: usize) -> String {
        let mut out = Vec::new();
        page(&mut out, findings, &fixture::context(), most).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// The page without its `script` and `style` elements, and their contents by id.
    fn take_apart(page: &str) -> (String, BTreeMap<String, String>) {
        let mut rest = page;
        let (mut markup, mut blocks) = (String::new(), BTreeMap::new());
        while let Some((before, after)) = rest.split_once("<script") {
            let (attributes, after) = after.split_once('>').unwrap();
            let (content, after) = after.split_once("</script>").unwrap();
            markup.push_str(before);
            let id = attributes.split("id=\"").nth(1).map_or("script", |id| id.trim_end_matches('"'));
            assert!(blocks.insert(id.to_owned(), content.to_owned()).is_none(), "{id} stands once");
            rest = after;
        }
        markup.push_str(rest);
        let (before, after) = markup.split_once("<style>").unwrap();
        (format!("{before}{}", after.split_once("</style>").unwrap().1), blocks)
    }

    #[test]
    fn hostile_text_ends_nothing_and_arrives_whole() {
        let page = text(&[fixture::hostile(), fixture::open()], 10);
        let (markup, blocks) = take_apart(&page);
        assert_eq!(blocks.keys().collect::<Vec<_>>(), ["details-0", "items", "rows", "rules", "script"]);
        assert!(!markup.contains("<img") && !markup.contains("<script") && !markup.contains("<!--"), "{markup}");
        for letter in ['\u{1b}', '\u{202e}', '\u{2028}', '\r'] {
            assert!(!page.contains(letter), "{letter:?}");
        }
        let rows: serde_json::Value = serde_json::from_str(&blocks["rows"]).unwrap();
        assert_eq!(rows["texts"]["resource"]["names"][0], *escape::terminal(fixture::HOSTILE));
        let details: serde_json::Value = serde_json::from_str(&blocks["details-0"]).unwrap();
        assert_eq!(details["findings"].as_array().unwrap().len(), 2);
        assert_eq!(details["causes"].as_array().unwrap().len(), 1, "one event, told once");
    }

    #[test]
    fn hostile_text_in_the_context_and_in_options_stays_text() {
        let mut finding = fixture::hostile();
        finding.item = fixture::HOSTILE.into();
        finding.rule = fixture::HOSTILE.into();
        finding.resource.account = fixture::HOSTILE.into();
        let context =
            Context { source: fixture::HOSTILE.into(), notes: vec![fixture::HOSTILE.into()], ..fixture::context() };
        let mut out = Vec::new();
        html(&mut out, &[finding, fixture::open()], &context).unwrap();
        let (markup, _) = take_apart(std::str::from_utf8(&out).unwrap());
        assert!(!markup.contains("<img") && !markup.contains("<!--"), "{markup}");
        assert!(markup.contains("&lt;img src=x"));
    }

    #[test]
    fn the_policy_allows_this_style_and_this_script_and_nothing_else() {
        let page = text(&[fixture::open()], 10);
        let (markup, blocks) = take_apart(&page);
        let hash = |text: &str| base64::prelude::BASE64_STANDARD.encode(Sha256::digest(text));
        let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        let policy = markup.split_once("Content-Security-Policy\" content=\"").unwrap().1.split_once('"').unwrap().0;
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(policy.contains(&format!("script-src 'sha256-{}'", hash(&blocks["script"]))), "{policy}");
        assert!(policy.contains(&format!("style-src 'sha256-{}'", hash(style))), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        for request in ["http:", "https:", "src=", "<link", "<iframe", " style=", " onclick"] {
            assert!(!markup.contains(request), "{request}");
        }
        for request in ["url(", "@import"] {
            assert!(!style.contains(request), "{request}");
        }
    }

    #[test]
    fn the_script_makes_text_never_markup_and_asks_nobody() {
        for name in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "DOMParser",
            "setHTML",
            "eval",
            "Function(",
            "fetch",
            "XMLHttpRequest",
            "WebSocket",
            "sendBeacon",
            "localStorage",
            "import(",
        ] {
            assert!(!SCRIPT.contains(name), "{name}");
        }
        assert!(!SCRIPT.contains("</script"));
        assert!(!STYLE.contains("</style"));
    }

    #[test]
    fn the_script_finds_what_it_looks_for() {
        let mut other = fixture::open();
        other.resource.account = "444455556666".into();
        let page = text(&[fixture::open(), other], 10);
        let ids: Vec<&str> = SCRIPT.split("find(\"").skip(1).map(|rest| rest.split_once('"').unwrap().0).collect();
        assert!(ids.len() > 10, "{ids:?}");
        for id in ids {
            assert!(page.contains(&format!(" id=\"{id}\"")), "{id}");
        }
    }

    #[test]
    fn what_is_left_out_is_said_on_top() {
        let findings = vec![fixture::open(); 12];
        let (markup, blocks) = take_apart(&text(&findings, 5));
        let note = markup.find("This page lists 5 of 12 findings").unwrap();
        assert!(note < markup.find("id=\"grid\"").unwrap());
        assert!(markup.contains("12 open findings"), "numbers count all");
        let rows: serde_json::Value = serde_json::from_str(&blocks["rows"]).unwrap();
        assert_eq!(rows["severity"].as_array().unwrap().len(), 5);

        let mut long = fixture::open();
        long.resource.id = "x".repeat(TEXT_MAX + 1).into();
        let (markup, _) = take_apart(&text(&[long], 5));
        assert!(markup.contains("Cut for length"), "{markup}");
        assert!(!take_apart(&text(&findings, 12)).0.contains("class=\"note\">Cut"));
    }

    #[test]
    fn totals_stand_without_any_script() {
        let (markup, _) = take_apart(&text(&[fixture::open(), fixture::resolved()], 10));
        assert!(markup.contains("1 open finding, <em class=\"medium\">1 medium</em>"), "{markup}");
        assert!(markup.contains("On 1 resource. 1 resolved."), "{markup}");
        assert!(markup.contains("S3 versioning</span>"), "{markup}");
        assert!(markup.contains("events until <time datetime=\"2026-03-05T05:06:07Z\">"), "{markup}");
    }

    #[test]
    fn the_same_findings_make_the_same_page() {
        let findings = [fixture::open(), fixture::resolved(), fixture::hostile()];
        assert_eq!(text(&findings, 10), text(&findings, 10));
    }
}

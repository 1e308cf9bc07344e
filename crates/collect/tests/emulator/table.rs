//! The table of `docs/reads.md` says what the tests prove, and no more.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use trailhound_model::Kind;

use super::scenario::{self, Outcome};

const START: &str = "<!-- the table: written by the tests of crates/collect with TRAILHOUND_BLESS=1 -->\n";
const END: &str = "<!-- end of the table -->";

/// The kinds of which there is a recorded answer.
fn recorded() -> BTreeSet<Kind> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("answers");
    let kind = |file: std::io::Result<std::fs::DirEntry>| {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let about = text.lines().find_map(|line| line.strip_prefix("about ")).unwrap();
        Kind::named(about.split_once(' ').unwrap().0).unwrap()
    };
    std::fs::read_dir(folder).unwrap().map(kind).collect()
}

/// A row per kind that can be read.
fn table() -> String {
    let (recorded, scenarios) = (recorded(), scenario::all());
    let mut rows = BTreeMap::new();
    for kind in trailhound_collect::kinds() {
        assert!(recorded.contains(&kind), "{kind} is read and no recorded answer shows how");
        let own: Vec<_> = scenarios.iter().filter(|scenario| scenario.kind == kind).collect();
        let servers: BTreeSet<_> = own.iter().map(|scenario| scenario.server.as_str()).collect();
        let came = |facet: &str, outcomes: &[Outcome]| {
            let lines = own.iter().flat_map(|scenario| &scenario.reads);
            lines.filter(|line| line.facet == facet).any(|line| outcomes.contains(&line.outcome))
        };
        let (mut compared, mut shown, mut answers, mut events) = (0, Vec::new(), Vec::new(), Vec::new());
        for facet in kind.def().facets {
            if facet.reads.is_empty() {
                events.push(facet.name);
            } else if came(facet.name, &[Outcome::Agrees, Outcome::AgreesOnNone]) {
                compared += 1;
            } else if came(facet.name, &[Outcome::OnlyRead]) {
                shown.push(facet.name);
            } else {
                answers.push(facet.name);
            }
        }
        let servers = if servers.is_empty() { "-".into() } else { servers.into_iter().collect::<Vec<_>>().join(", ") };
        let list = |names: &[&str]| match names {
            [] => "-".to_owned(),
            names => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
        };
        // All of a kind whose reads no server knows rest on recorded answers.
        let answers = if compared == 0 && shown.is_empty() { "all".to_owned() } else { list(&answers) };
        let row = format!("| `{kind}` | {servers} | {compared} | {} | {answers} | {} |", list(&shown), list(&events));
        rows.insert(kind.name(), row);
    }
    let mut table =
        "| kind | made and read on | facets that agree | read there, not in events | recorded answers alone | \
                     shown to no read |\n|---|---|---|---|---|---|\n"
            .to_owned();
    for row in rows.values() {
        writeln!(table, "{row}").unwrap();
    }
    table
}

#[test]
#[expect(clippy::disallowed_methods, reason = "blessing is asked for in the environment")]
fn the_table_says_what_the_tests_prove() {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reads.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(START).unwrap();
    let (written, after) = rest.split_once(END).unwrap();
    let table = table();
    if std::env::var_os("TRAILHOUND_BLESS").is_some() {
        std::fs::write(&path, format!("{before}{START}{table}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(written, table, "run the tests of crates/collect with TRAILHOUND_BLESS=1, and look at what changed");
}

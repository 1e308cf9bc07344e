//! The sample templates: what fails in the bad ones, that nothing fails in the fixed ones, and what no template can tell.
//!
//! What each gives stands beside it. After a change that is meant, write it anew with
//! `TRAILHOUND_BLESS=1 cargo test -p trailhound-tests --test templates` and read the difference.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use trailhound_model::Second;
use trailhound_rules::Settings;
use trailhound_template::{Checked, check};
use trailhound_tests::project;

/// The date whose defaults hold, so that they do not change with the calendar.
const TODAY: Second = Second::date(2026, 6, 1);

fn templates() -> Vec<PathBuf> {
    let folders = fs::read_dir(project("tests/templates")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = folders
        .filter(|path| path.is_dir())
        .flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()))
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect();
    files.sort();
    files
}

/// What fails, worst first, what cannot be told, and what is not judged.
fn told(checked: &Checked) -> String {
    let mut text = String::new();
    let count = |verdict| checked.rows.iter().filter(|row| row.verdict == verdict).count();
    writeln!(
        text,
        "{} resources judged: {} answers fail, {} pass, {} cannot be told, {} do not apply.",
        checked.judged,
        count("fail"),
        count("pass"),
        count("unknown"),
        count("not_applicable")
    )
    .unwrap();
    let mut failures: Vec<_> = checked.rows.iter().filter(|row| row.verdict == "fail").collect();
    failures.sort_by_key(|row| std::cmp::Reverse(row.severity));
    for row in failures {
        let severity = row.severity.to_string();
        writeln!(text, "{}:{} {severity} {} of {}: {}", row.line, row.column, row.rule, row.resource, row.message)
            .unwrap();
    }
    for row in checked.rows.iter().filter(|row| row.verdict == "unknown") {
        writeln!(text, "unknown {} of {}: {}", row.rule, row.resource, row.message).unwrap();
    }
    for ((why, kind), passed_over) in &checked.passed_over {
        writeln!(text, "not judged: {} {kind}: {why}", passed_over.count).unwrap();
    }
    text
}

#[test]
fn every_template_gives_what_stands_beside_it() {
    #[expect(clippy::disallowed_methods, reason = "the switch that writes the expectations anew")]
    let bless = std::env::var_os("TRAILHOUND_BLESS").is_some();
    let (templates, mut wrong) = (templates(), Vec::new());
    for path in &templates {
        let text = fs::read_to_string(path).unwrap();
        let checked = check(&text, &Settings::default(), TODAY, None).unwrap();
        let fails = checked.rows.iter().any(|row| row.verdict == "fail");
        assert_eq!(fails, path.file_stem().unwrap() != "fixed", "{}\n{}", path.display(), told(&checked));
        let expected = path.with_extension("txt");
        if bless {
            fs::write(&expected, told(&checked)).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != told(&checked) {
            wrong.push(format!("{}:\n{}", path.display(), told(&checked)));
        }
    }
    assert!(wrong.is_empty(), "not as expected; the head of this test says how to bless:\n{}", wrong.join("\n"));
    assert!(templates.len() >= 5, "only {} templates", templates.len());
}

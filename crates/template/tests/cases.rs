//! Templates and what the rules answer about them, one file per service in `cases/`.
//!
//! A file holds templates, one after `---` each. Lines of the form `# Resource rule-id verdict` before a template say what
//! is expected of it; `# passed over: reason: Type` says what must be named as not judged; other comments are for people.

#![allow(clippy::panic, reason = "a test stops at what it did not expect")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use trailhound_model::Second;
use trailhound_rules::Settings;
use trailhound_template::check;

const TODAY: Second = Second::date(2026, 6, 1);
const VERDICTS: [&str; 4] = ["pass", "fail", "not_applicable", "unknown"];

/// Every rule is asked, also those that are off until they are switched on.
fn settings() -> Settings {
    let switched_on = trailhound_rules::all().map(|(id, _)| id.to_owned()).collect();
    Settings { switched_on, ..Settings::default() }
}

#[test]
fn every_type_is_read_as_it_is_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let (settings, mut asked, mut wrong) = (settings(), 0, Vec::new());
    let mut decided: BTreeSet<&str> = BTreeSet::new();
    for file in files.flatten() {
        let text = fs::read_to_string(file.path()).unwrap_or_else(|error| panic!("{}: {error}", file.path().display()));
        for (at, template) in text.split("\n---\n").enumerate() {
            let place = format!("{} {}", file.file_name().display(), at + 1);
            let checked = match check(template, &settings, TODAY, None) {
                Ok(checked) => checked,
                Err(error) => {
                    wrong.push(format!("{place}: {error}"));
                    continue;
                }
            };
            let mut expectations = 0;
            for line in template.lines().filter_map(|line| line.strip_prefix("# ")) {
                if let Some(left) = line.strip_prefix("passed over: ") {
                    expectations += 1;
                    let found = checked.passed_over.keys().any(|(why, kind)| format!("{why}: {kind}") == left);
                    if !found {
                        wrong.push(format!("{place}: `{left}` is not among {:?}", checked.passed_over.keys()));
                    }
                    continue;
                }
                let words: Vec<&str> = line.split_whitespace().collect();
                let [resource, rule, verdict] = words[..] else { continue };
                if !VERDICTS.contains(&verdict) {
                    continue;
                }
                expectations += 1;
                let row = checked.rows.iter().find(|row| row.resource == resource && row.rule == rule);
                match row {
                    None => wrong.push(format!("{place}: no answer of {rule} about {resource}")),
                    Some(row) if row.verdict != verdict => {
                        wrong.push(format!(
                            "{place}: {rule} says {} of {resource}, not {verdict}: {}",
                            row.verdict, row.message
                        ));
                    }
                    Some(row) if ["pass", "fail"].contains(&row.verdict) => _ = decided.insert(row.rule),
                    Some(_) => {}
                }
            }
            if expectations == 0 {
                wrong.push(format!("{place}: nothing is expected of it"));
            }
            asked += expectations;
        }
    }
    assert!(wrong.is_empty(), "{} of {asked} wrong:\n{}", wrong.len(), wrong.join("\n"));
    let page = fs::read_to_string(folder.join("../../../../docs/check.md")).unwrap_or_else(|error| panic!("{error}"));
    let left: BTreeSet<&str> = left_open(&page);
    for (id, _) in trailhound_rules::all() {
        assert!(
            !(decided.contains(id) && left.contains(id)),
            "`{id}` is decided by a template here, and docs/check.md says that none does"
        );
    }
    assert!(asked > 300, "only {asked} answers were asked");
}

/// The rules that the page says no template decides.
fn left_open(page: &str) -> BTreeSet<&str> {
    let section =
        page.split("\n## Rules that no template decides\n").nth(1).and_then(|rest| rest.split("\n## ").next());
    let rows = section.unwrap_or_default().lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    rows.map(|(id, _)| id).collect()
}

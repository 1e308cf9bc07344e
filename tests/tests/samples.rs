//! The sample events tell the stories that their READMEs promise.
//!
//! What a folder gives stands in its `expected.txt`. After a change that is meant, write them anew with
//! `TRAILHOUND_BLESS=1 cargo test -p trailhound-tests --test samples` and read the difference.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use trailhound_engine::Judge;
use trailhound_engine::port::{FindingQuery, Store};
use trailhound_engine::replay::{Options, Replayed, replay};
use trailhound_model::{Finding, Status, Step};
use trailhound_report::FindingRow;
use trailhound_rules::{Item, Settings};
use trailhound_store::Sqlite;
use trailhound_tests::project;

fn replayed(folder: &Path) -> (Vec<Finding>, Replayed) {
    let store = Sqlite::in_memory().unwrap();
    let replayed =
        replay(&[folder.to_path_buf()], &store, &Judge::new(Settings::default()), &Options::default()).unwrap();
    let findings = pollster::block_on(store.findings(&FindingQuery::default())).unwrap();
    (findings, replayed)
}

fn scenarios() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(project("events"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

/// The findings of a folder, a block each.
fn story(findings: &[Finding]) -> String {
    let mut text = String::new();
    for (finding, row) in findings.iter().zip(findings.iter().map(FindingRow::from)) {
        writeln!(text, "{} {} {} on {}", row.status.word(), row.severity, row.rule, row.resource).unwrap();
        writeln!(text, "  {}", row.message).unwrap();
        for transition in &finding.transitions {
            let by = transition.cause.as_deref().map(|cause| format!("{} by {}", cause.name, cause.actor.name));
            writeln!(text, "  {} {} {}", transition.time, transition.step.word(), by.unwrap_or_default()).unwrap();
        }
        if !row.covered_by.is_empty() {
            writeln!(text, "  covered by {}", row.covered_by.join(", ")).unwrap();
        }
    }
    text
}

#[test]
fn every_folder_gives_what_it_promises() {
    #[expect(clippy::disallowed_methods, reason = "the switch that writes the expectations anew")]
    let bless = std::env::var_os("TRAILHOUND_BLESS").is_some();
    let mut wrong = Vec::new();
    for folder in scenarios() {
        let (findings, replayed) = replayed(&folder);
        assert!(folder.join("README.md").exists(), "{} has no README.md", folder.display());
        assert!(replayed.changes > 0, "{} changes nothing", folder.display());
        let path = folder.join("expected.txt");
        let told = story(&findings);
        if bless {
            fs::write(&path, &told).unwrap();
        } else if fs::read_to_string(&path).unwrap_or_default() != told {
            wrong.push(format!("{}:\n{told}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "not as expected; the head of this test says how to bless:\n{}", wrong.join("\n"));
}

#[test]
fn every_item_opens_and_resolves() {
    let (findings, replayed) = replayed(&project("events"));
    let skipped: u64 = replayed.tally.skipped.values().sum();
    assert_eq!(replayed.tally.read + skipped, replayed.tally.records);
    assert!(replayed.unplaced.is_empty(), "{:?}", replayed.unplaced);
    let with = |wanted: &dyn Fn(&Finding) -> bool| -> BTreeSet<&str> {
        findings.iter().filter(|finding| wanted(finding)).map(|finding| &*finding.item).collect()
    };
    let opened = with(&|finding| !finding.episodes.is_empty());
    let resolved = with(&|finding| {
        finding.episodes.iter().any(|episode| matches!(episode.closed_as, Some(Step::Resolved | Step::Retired)))
    });
    for item in Item::ALL.iter().filter(|item| **item != Item::Pipeline).map(|item| item.name()) {
        assert!(opened.contains(item), "nothing of {item} opens");
        assert!(resolved.contains(item), "nothing of {item} resolves");
    }
    assert!(findings.iter().any(|finding| finding.status == Status::Open), "something stays open to be found");
}

#[test]
fn no_secret_reaches_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = Sqlite::open(&path).unwrap();
    replay(&[project("events")], &store, &Judge::new(Settings::default()), &Options::default()).unwrap();
    drop(store);
    // The values that the samples hold in a container's and a build's variables.
    for secret in ["example-not-a-real-secret-2026", "correct-horse-battery"] {
        let in_samples = scenarios().iter().flat_map(|folder| fs::read_dir(folder).unwrap()).any(|file| {
            let path = file.unwrap().path();
            path.extension().is_some_and(|end| end == "json") && fs::read_to_string(path).unwrap().contains(secret)
        });
        assert!(in_samples, "no sample holds `{secret}` any more: this test proves nothing");
        for file in fs::read_dir(folder.path()).unwrap() {
            let bytes = fs::read(file.unwrap().path()).unwrap();
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "the store holds `{secret}`");
        }
    }
}

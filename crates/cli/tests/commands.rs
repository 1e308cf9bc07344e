//! The command line as a user and a script meet it: the sample events, replayed by the real program.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn trailhound(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_trailhound")).args(arguments).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events").canonicalize().unwrap()
}

/// A folder in which the samples have been replayed into `trailhound.db`.
fn replayed() -> (tempfile::TempDir, Value) {
    let folder = tempfile::tempdir().unwrap();
    let output = trailhound(folder.path(), &["replay", samples().to_str().unwrap(), "--format", "json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let summary = lines(&output).remove(0);
    (folder, summary)
}

#[test]
fn replay_prints_one_summary_and_keeps_a_store() {
    let (folder, summary) = replayed();
    for key in ["files", "records", "read", "skipped", "changes", "resources", "transitions", "findings"] {
        assert!(keys(&summary).contains(&key), "{key} is missing from {summary}");
    }
    assert_eq!(keys(&summary["findings"]), ["open", "resolved", "unknown"]);
    assert!(summary["findings"]["open"]["critical"].as_u64().unwrap() > 0);
    let skipped: u64 = summary["skipped"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(summary["read"].as_u64().unwrap() + skipped, summary["records"].as_u64().unwrap());
    assert!(folder.path().join("trailhound.db").exists());

    // The same input again changes nothing that is told.
    let before = trailhound(folder.path(), &["findings", "--format", "json"]).stdout;
    let again = trailhound(folder.path(), &["replay", samples().to_str().unwrap(), "--format", "json"]);
    assert_eq!(lines(&again)[0]["changes"], 0);
    assert_eq!(trailhound(folder.path(), &["findings", "--format", "json"]).stdout, before);
}

#[test]
fn the_story_fits_a_screen_and_names_who_and_what() {
    let folder = tempfile::tempdir().unwrap();
    let output = trailhound(folder.path(), &["replay", samples().to_str().unwrap()]);
    let story = text(&output.stdout);
    assert!(output.status.success());
    assert!(story.lines().count() < 50, "{story}");
    for word in ["critical", "since", "before", "after", "203.0.113.66"] {
        assert!(story.contains(word), "{word} is missing from\n{story}");
    }
    assert!(!story.contains('\u{1b}'), "no colours where no terminal is");
}

#[test]
fn queries_keep_their_contract() {
    let (folder, _) = replayed();
    let ask = |arguments: &[&str]| {
        let output = trailhound(folder.path(), arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        lines(&output)
    };
    let findings = ask(&["findings", "--format", "json"]);
    for key in [
        "account",
        "region",
        "kind",
        "resource",
        "rule",
        "item",
        "severity",
        "status",
        "opened_at",
        "opened_by",
        "resolved_at",
        "resolved_by",
        "exposure_seconds",
        "message",
        "evidence",
        "event_id",
    ] {
        assert!(findings.iter().all(|finding| finding.get(key).is_some()), "{key}");
    }
    let critical = ask(&["findings", "--format", "json", "--status", "open", "--severity", "critical"]);
    assert!(!critical.is_empty() && critical.len() < findings.len());
    let resources = ask(&["resources", "--format", "json"]);
    for key in
        ["account", "region", "kind", "id", "arn", "gone", "created_at", "properties", "observed", "unread", "partial"]
    {
        assert!(resources.iter().all(|resource| resource.get(key).is_some()), "{key}");
    }
    let rules = ask(&["rules", "--format", "json"]);
    for key in ["id", "item", "severity", "kinds", "title", "opens_on", "closes_on", "controls"] {
        assert!(rules.iter().all(|rule| rule.get(key).is_some()), "{key}");
    }
    let history = ask(&["history", "acme-invoices", "--format", "json"]);
    assert!(history.iter().any(|line| line.get("change").is_some()));
    assert!(history.iter().any(|line| line.get("transition").is_some()));
}

#[test]
fn wrong_questions_get_a_clear_answer() {
    let folder = tempfile::tempdir().unwrap();
    let no_store = trailhound(folder.path(), &["findings"]);
    assert_eq!(no_store.status.code(), Some(2));
    assert!(text(&no_store.stderr).contains("trailhound replay"), "{}", text(&no_store.stderr));
    let no_rule = trailhound(folder.path(), &["explain", "versioning"]);
    assert_eq!(no_rule.status.code(), Some(1));
    assert!(text(&no_rule.stderr).contains("s3-bucket-versioning"), "it says what is near");
    let page = trailhound(folder.path(), &["explain", "s3-bucket-versioning"]);
    assert!(page.status.success() && text(&page.stdout).contains("## Fix"));
}

#[test]
fn bad_files_are_named_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs");
    fs::create_dir(&logs).unwrap();
    fs::write(logs.join("a-broken.json"), "{\"Records\": [ {\"eventVersion\"").unwrap();
    fs::write(logs.join("b-\u{1b}[31mred.json"), "not JSON at all").unwrap();
    let good = samples().join("attack-day");
    let good =
        fs::read_dir(good).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.extension().unwrap() == "json");
    fs::copy(good.unwrap(), logs.join("c-good.json")).unwrap();
    let output = trailhound(folder.path(), &["replay", "logs", "--format", "json"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("a-broken.json") && said.contains("red.json"), "{said}");
    assert!(!said.contains('\u{1b}'), "a file's name must not command the terminal: {said:?}");
    let summary = &lines(&output)[0];
    assert!(summary["read"].as_u64().unwrap() > 20 && summary["changes"].as_u64().unwrap() > 20, "{summary}");
}

//! The catalogue of rules: what each one must have, and the requirements that exist.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;
use trailhound_rules::Rule;
use trailhound_tests::{corpus, project};

/// The identifiers of requirements, by framework.
fn controls() -> BTreeMap<String, BTreeSet<String>> {
    toml::from_str(&fs::read_to_string(project("crates/rules/controls.toml")).unwrap()).unwrap()
}

/// Requirements that a rule names and no framework has.
fn strangers(rule: &Rule, controls: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let elsewhere = |framework: &str| controls.get(&format!("{framework}_elsewhere"));
    let mut strangers = Vec::new();
    for (framework, id) in rule.controls {
        let id = id.trim_start_matches('~');
        let framework = framework.name();
        if !controls[framework].contains(id) && elsewhere(framework).is_none_or(|more| !more.contains(id)) {
            strangers.push(format!("{framework} has no {id}"));
        }
    }
    strangers
}

/// The rule's case file.
fn cases(rule: &Rule) -> Value {
    let path = rule.module.split_once("::").unwrap().1.replace("::", "/");
    let text = fs::read_to_string(project("crates/rules/src").join(format!("{path}.cases.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// What a rule lacks to be complete: a passing and a failing case, an event that opens it and one that closes it, each of
/// them run by a story (which `stories` proves to turn the answer), and requirements that exist.
fn lacks(rule: &Rule, controls: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let file = cases(rule);
    let has = |verdict: &str| file["cases"].as_array().unwrap().iter().any(|case| case["verdict"] == verdict);
    let mut lacks: Vec<String> = ["pass", "fail"]
        .into_iter()
        .filter(|verdict| !has(verdict))
        .map(|verdict| format!("no {verdict} case"))
        .collect();
    let stories = file["stories"].as_array().into_iter().flatten();
    let run: BTreeSet<&str> = stories
        .flat_map(|story| story["events"].as_array().unwrap())
        .filter_map(|event| event["eventName"].as_str())
        .collect();
    for (word, declared) in [("opener", rule.opens_on), ("closer", rule.closes_on)] {
        if declared.is_empty() && !rule.timed {
            lacks.push(format!("no {word}"));
        }
        lacks.extend(declared.iter().filter(|name| !run.contains(*name)).map(|name| format!("no story of {name}")));
    }
    lacks.extend(strangers(rule, controls));
    lacks
}

#[test]
fn every_rule_is_complete() {
    let controls = controls();
    let faults: Vec<_> = trailhound_rules::all()
        .flat_map(|(id, rule)| lacks(rule, &controls).into_iter().map(move |fault| format!("{id}: {fault}")))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn requirements_are_listed_once() {
    for (framework, ids) in controls() {
        assert!(ids.iter().all(|id| !id.starts_with('~') && !id.contains(char::is_whitespace)), "{framework}: {ids:?}");
    }
    let controls = controls();
    assert!(controls["security_hub"].is_disjoint(&controls["security_hub_elsewhere"]));
    assert_eq!(trailhound_rules::Framework::ALL.iter().filter(|of| !controls.contains_key(of.name())).count(), 0);
}

/// The plan of rules, where it lies beside the repository: those at its core are all here, and none has another item.
#[test]
fn the_planned_rules_are_here() {
    let Some(path) = corpus("../rule-ids.tsv") else { return };
    let mut faults = Vec::new();
    let mut planned = BTreeSet::new();
    let text = fs::read_to_string(path).unwrap();
    for line in text.lines() {
        let [id, item, when] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("three columns: {line}") };
        planned.insert(id);
        match trailhound_rules::named(id) {
            Some(rule) if rule.item.name() != item => faults.push(format!("{id}: {}, not {item}", rule.item.name())),
            None if when == "core" => faults.push(format!("{id}: missing")),
            _ => {}
        }
    }
    faults.extend(
        trailhound_rules::all().filter(|(id, _)| !planned.contains(id)).map(|(id, _)| format!("{id}: not planned")),
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

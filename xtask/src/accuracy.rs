//! What other tools' labelled templates say of our verdicts: compared case by case, each difference with its decision.
//!
//! The cases stand beside the repository and are not part of it. What is kept here is the table of whose rule asks what one
//! of ours asks (`tests/accuracy/classes.toml`), the decisions where we differ (`tests/accuracy/decisions.toml`), and the
//! figures (`docs/accuracy.md`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::Value;
use trailhound_model::Second;
use trailhound_rules::Settings;
use trailhound_template::{Row, check};

use crate::repo;

/// The page with the figures.
const PAGE: &str = "docs/accuracy.md";

/// Where the cases are, where they are: beside the repository.
const CASES: &str = "../shared/corpora";

/// The sources of templates: what we call them, and their file.
const TEMPLATES: [(&str, &str); 2] =
    [("guard", "rule-cases/guard-registry.jsonl"), ("trivy", "rule-cases/trivy-checks.jsonl")];

/// The sources of policies and groups, which the tests of the rules' analyses compare.
const ANALYSES: [(&str, &str, &str); 2] = [
    ("policies", "policy-cases/prowler_iam_policy.jsonl", "what a policy allows, and whom"),
    ("groups", "policy-cases/prowler_security_groups.jsonl", "what a security group opens"),
];

/// The date whose defaults a new resource has, so that the figures do not change with the calendar.
const TODAY: Second = Second::date(2026, 6, 1);

/// A question that rules of ours and of others ask alike.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Class {
    /// Our rules; the question has the answer *no* if one of them fails.
    rules: Vec<String>,
    /// Their rules, by source.
    #[serde(default)]
    guard: Vec<String>,
    #[serde(default)]
    trivy: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Classes {
    class: Vec<Class>,
}

/// Why some cases are judged otherwise here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    why: String,
    cases: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decisions {
    decision: Vec<Decision>,
}

/// A template with the answer of one of their rules.
#[derive(Deserialize)]
struct Case {
    rule: String,
    /// `PASS`, `FAIL` or `SKIP`.
    expected: String,
    /// What their rule is about, in one word.
    area: String,
    template: Value,
    /// Its place among the rule's cases, as a number.
    index: Option<u32>,
    /// The same, as a word.
    case: Option<String>,
}

impl Case {
    /// Whether it shows how a finding is suppressed there: it says nothing about what a rule finds.
    fn is_suppressed(&self) -> bool {
        let text = self.template.to_string();
        self.expected == "SKIP" && ["SuppressedRules", "rules_to_suppress"].iter().any(|mark| text.contains(mark))
    }

    /// How decisions name it.
    fn id(&self, source: &str) -> String {
        let place = self.case.clone().or_else(|| self.index.map(|index| index.to_string())).unwrap_or_default();
        format!("{source} {} {place}", self.rule)
    }
}

/// How one class fared.
#[derive(Default)]
struct Score {
    cases: usize,
    agree: usize,
    /// Differences that have their decision.
    decided: usize,
    /// Cases that show how findings are suppressed there, which is nothing to compare.
    suppressed: usize,
}

/// The whole comparison.
#[derive(Default)]
struct Comparison {
    /// By our rules.
    classes: BTreeMap<String, Score>,
    analyses: Vec<(&'static str, Score)>,
    /// Rules of theirs that no rule of ours asks for, with their cases, by area.
    apart: BTreeMap<(&'static str, String), BTreeMap<String, usize>>,
    /// Cases in which we differ and why, in the order of the sources.
    differences: Vec<(String, String)>,
    /// How many templates there are, and how many of them are none, by our error.
    templates: usize,
    refused: usize,
    /// What is wrong: differences without a decision, decisions without a difference.
    faults: Vec<String>,
}

/// Prints the comparison and writes its figures.
pub(crate) fn run() -> Result<()> {
    let Some(found) = compare()? else { bail!("the labelled cases are not on this machine: {CASES}") };
    for (case, why) in &found.differences {
        println!("{case}: {why}");
    }
    let page = page(&found)?;
    print!("\n{page}");
    repo::write(PAGE, &page)?;
    if !found.faults.is_empty() {
        bail!("{} to decide:\n{}", found.faults.len(), found.faults.join("\n"));
    }
    Ok(())
}

fn read<T: serde::de::DeserializeOwned>(path: &str) -> Result<T> {
    toml::from_str(&repo::read(path)?).with_context(|| format!("reading `{path}`"))
}

/// Compares all cases; none where they are not on this machine.
fn compare() -> Result<Option<Comparison>> {
    let folder = repo::root().join(CASES);
    if !folder.is_dir() {
        return Ok(None);
    }
    let classes: Classes = read("tests/accuracy/classes.toml")?;
    let decisions: Decisions = read("tests/accuracy/decisions.toml")?;
    let mut open: BTreeMap<&str, &str> = BTreeMap::new();
    for decision in &decisions.decision {
        for case in &decision.cases {
            ensure!(open.insert(case, &decision.why).is_none(), "`{case}` is decided twice");
        }
    }
    let settings = Settings {
        switched_on: trailhound_rules::all().filter(|(_, rule)| rule.optional).map(|(id, _)| id.to_owned()).collect(),
        ..Settings::default()
    };
    let mut found = Comparison::default();
    for class in &classes.class {
        for rule in &class.rules {
            ensure!(trailhound_rules::named(rule).is_some(), "there is no rule `{rule}`");
        }
    }
    for (source, file) in TEMPLATES {
        let text = fs::read_to_string(folder.join(file)).with_context(|| format!("reading {file}"))?;
        let mut named: BTreeMap<&str, &Class> = BTreeMap::new();
        for class in &classes.class {
            for theirs in if source == "guard" { &class.guard } else { &class.trivy } {
                ensure!(named.insert(theirs, class).is_none(), "{source} {theirs} is in two classes");
            }
        }
        let mut met = BTreeSet::new();
        for line in text.lines() {
            let case: Case = serde_json::from_str(line).with_context(|| format!("reading a case of {file}"))?;
            found.templates += 1;
            if let Err(error) = check(&case.template.to_string(), &settings, TODAY, None) {
                found.refused += 1;
                // Some have no resources, to try their rules on nothing; one has its policy among them.
                if !["`Resources`", "no `Type`", "must be a map"].iter().any(|says| error.message.contains(says)) {
                    found.faults.push(format!("`{}` is not read: {error}", case.id(source)));
                }
            }
            let Some((theirs, class)) = named.get_key_value(&*case.rule) else {
                *found.apart.entry((source, case.area)).or_default().entry(case.rule).or_default() += 1;
                continue;
            };
            met.insert(*theirs);
            let score = found.classes.entry(class.rules.join(", ")).or_default();
            score.cases += 1;
            if case.is_suppressed() {
                score.suppressed += 1;
                continue;
            }
            let id = case.id(source);
            let answer = answer(&case, &class.rules, &settings);
            let decision = open.remove(&*id);
            match (answer.agrees_with(&case.expected), decision) {
                (true, None) => score.agree += 1,
                (true, Some(why)) => found.faults.push(format!("`{id}` no longer differs: {why}")),
                (false, Some(why)) => {
                    score.decided += 1;
                    found.differences.push((format!("{id} ({}, ours {})", case.expected, answer.word), why.to_owned()));
                }
                (false, None) => found
                    .faults
                    .push(format!("`{id}`: theirs {}, ours {}: {}", case.expected, answer.word, answer.details)),
            }
        }
        for theirs in named.keys().filter(|theirs| !met.contains(**theirs)) {
            found.faults.push(format!("{source} has no rule {theirs}"));
        }
    }
    for (source, file, about) in ANALYSES {
        let text = fs::read_to_string(folder.join(file)).with_context(|| format!("reading {file}"))?;
        let decided = (1..=text.lines().count()).filter_map(|line| open.remove(&*format!("{source} {line}")));
        let decided = decided.count();
        let cases = text.lines().count();
        found.analyses.push((about, Score { cases, agree: cases - decided, decided, suppressed: 0 }));
    }
    found.faults.extend(open.into_keys().map(|id| format!("`{id}` is decided and not compared")));
    Ok(Some(found))
}

/// What our rules say of a case.
struct Answer {
    /// `fail`, `unknown`, `pass` or `not applicable`.
    word: &'static str,
    details: String,
}

impl Answer {
    fn agrees_with(&self, expected: &str) -> bool {
        matches!((expected, self.word), ("FAIL", "fail") | ("PASS", "pass") | ("SKIP", "not applicable"))
    }
}

/// The worst answer of `rules` about the case's resources.
fn answer(case: &Case, rules: &[String], settings: &Settings) -> Answer {
    let checked = match check(&case.template.to_string(), settings, TODAY, None) {
        Ok(checked) => checked,
        Err(error) => return Answer { word: "not applicable", details: error.to_string() },
    };
    let asked = |row: &&Row| rules.iter().any(|rule| rule == row.rule);
    let rows: Vec<&Row> = checked.rows.iter().filter(asked).collect();
    let has = |verdict: &str| rows.iter().any(|row| row.verdict == verdict);
    let word = match () {
        () if has("fail") => "fail",
        () if has("unknown") => "unknown",
        () if has("pass") => "pass",
        () => "not applicable",
    };
    let details: Vec<_> =
        rows.iter().map(|row| format!("{} {} {} {}", row.resource, row.rule, row.verdict, row.message)).collect();
    Answer { word, details: details.join("; ") }
}

fn page(found: &Comparison) -> Result<String> {
    let mut text = String::from(
        "<!-- Written by `cargo xtask accuracy`. -->\n\n# Accuracy\n\n\
         Other tools publish templates with the answers that their rules give. Where such a rule asks what a rule here\n\
         asks, the answers are compared: a case agrees if we fail what they fail, pass what they pass, and call not\n\
         applicable what they skip. Every difference has a [decision](../tests/accuracy/decisions.toml) with its reason;\n\
         one without fails the build. Whose rule asks what is [a table](../tests/accuracy/classes.toml) too. Cases\n\
         that show how a finding is suppressed there say nothing about a rule; they are counted apart.\n\n\
         The cases are the rules registry of AWS CloudFormation Guard at `7f7340c` and the checks of Trivy at `80e5382`;\n\
         verdicts on policies and security groups are from the tests of Prowler at `3e000fa`. Optional rules are on, and\n\
         AWS's creation defaults are those of 2026-06-01.\n\n",
    );
    let mut sum = Score::default();
    text.push_str("| rules | cases | agree | decided otherwise | suppressed there |\n|---|---:|---:|---:|---:|\n");
    let analyses = found.analyses.iter().map(|(about, score)| ((*about).to_owned(), score));
    let classes = found.classes.iter().map(|(rules, score)| {
        let linked: Vec<_> = rules.split(", ").map(|rule| format!("[{rule}](rules/{rule}.md)")).collect();
        (linked.join(", "), score)
    });
    for (what, score) in classes.chain(analyses) {
        writeln!(text, "| {what} | {} | {} | {} | {} |", score.cases, score.agree, score.decided, score.suppressed)?;
        sum.cases += score.cases;
        sum.agree += score.agree;
        sum.decided += score.decided;
        sum.suppressed += score.suppressed;
    }
    writeln!(text, "| **all** | {} | {} | {} | {} |", sum.cases, sum.agree, sum.decided, sum.suppressed)?;
    text.push_str(
        "\n## Not compared\n\nRules of theirs that ask what no rule here asks. Their templates are read all the same.\n\n\
         | source | area | rules | cases |\n|---|---|---:|---:|\n",
    );
    for ((source, area), rules) in &found.apart {
        let area = area.replace('_', " ");
        writeln!(text, "| {source} | {area} | {} | {} |", rules.len(), rules.values().sum::<usize>())?;
    }
    writeln!(text, "\nOf {} templates {} are none: most have no resources.", found.templates, found.refused)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labelled_cases_are_judged_as_decided() {
        let Some(found) = compare().unwrap() else {
            eprintln!("skipped: the labelled cases are not on this machine");
            return;
        };
        assert!(found.faults.is_empty(), "{} to decide:\n{}", found.faults.len(), found.faults.join("\n"));
        let drift = repo::read(PAGE).unwrap() != page(&found).unwrap();
        assert!(!drift, "{PAGE} is not what the cases say: run `cargo xtask accuracy` and commit the result");
    }

    #[test]
    fn a_case_agrees_on_the_same_answer_only() {
        let case = |properties: &str, metadata: &str| Case {
            rule: "THEIRS".into(),
            expected: "SKIP".into(),
            area: String::new(),
            template: serde_json::from_str(&format!(
                r#"{{"Resources": {{"B": {{"Type": "AWS::S3::Bucket", "Properties": {properties}{metadata}}}}}}}"#
            ))
            .unwrap(),
            index: Some(1),
            case: None,
        };
        let rules = ["s3-bucket-versioning".to_owned()];
        for (properties, word, agrees_with) in [
            ("{}", "fail", "FAIL"),
            (r#"{"VersioningConfiguration": {"Status": "Enabled"}}"#, "pass", "PASS"),
            (r#"{"VersioningConfiguration": {"Ref": "Given"}}"#, "unknown", ""),
        ] {
            let answer = answer(&case(properties, ""), &rules, &Settings::default());
            assert_eq!(answer.word, word, "{properties}");
            for expected in ["FAIL", "PASS", "SKIP"] {
                assert_eq!(answer.agrees_with(expected), expected == agrees_with, "{properties} {expected}");
            }
        }
        assert_eq!(case("{}", "").id("guard"), "guard THEIRS 1");
        assert!(case("{}", r#", "Metadata": {"guard": {"SuppressedRules": ["THEIRS"]}}"#).is_suppressed());
        assert!(!case("{}", "").is_suppressed());
        let other = answer(&case("{}", ""), &["ec2-volume-encryption".to_owned()], &Settings::default());
        assert!(other.word == "not applicable" && other.agrees_with("SKIP"));
    }
}

//! The parts of the stacks' templates that follow from code: which events to ask for, what to be allowed to read, the table.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Context, Result};
use serde_json::json;
use trailhound_model::kinds;
use trailhound_store::table;
use trailhound_trail::interpret::{SERVICES, unversioned};

use crate::generate::Generated;
use crate::repo;

/// Where files are that nothing but this writes.
pub(crate) const DIRECTORY: &str = "infra/generated";

const PIPELINE: &str = "infra/pipeline.yaml";
const MEMBER: &str = "infra/member.yaml";

/// EventBridge's quota for a pattern, in characters, unless an account's is raised.
const PATTERN_QUOTA: usize = 2_048;

/// How EventBridge names what CloudTrail sends. Its documentation spells the sign-ins in one way, AWS sends them in another.
const DETAIL_TYPES: [&str; 4] = [
    "AWS API Call via CloudTrail",
    "AWS Console Sign In via CloudTrail",
    "AWS Console Signin via CloudTrail",
    "AWS Service Event via CloudTrail",
];

/// Templates and the generated files beside them.
pub(crate) fn files() -> Result<Vec<Generated>> {
    let patterns = event_patterns()?;
    let mut files = vec![
        Generated { path: format!("{DIRECTORY}/event-patterns.json"), content: pretty(&json!(patterns))? },
        Generated { path: format!("{DIRECTORY}/read-policy.json"), content: pretty(&read_policy())? },
    ];
    for (path, target, named) in [(PIPELINE, TO_EVALUATOR, true), (MEMBER, TO_HUB, false)] {
        let mut text = repo::read(path)?;
        for (name, content) in [
            ("rules", rules(&patterns, target, named)),
            ("read actions", list("Action", &read_actions())),
            ("table", table_properties()),
            ("table actions", list("Action", &table::ACTIONS.into())),
            ("table actions of sweeping", list("Action", &table::SWEEP_ACTIONS.into())),
            ("table actions of publishing", list("Action", &table::PUBLISH_ACTIONS.into())),
        ] {
            text = fill(&text, name, &content).with_context(|| format!("filling `{path}`"))?;
        }
        files.push(Generated { path: path.into(), content: text });
    }
    Ok(files)
}

/// Successful calls that change what is judged, in as many patterns as EventBridge's limit wants. Only AWS can send events
/// whose source begins with `aws.`, so none is forged. Calls are named: the watched services make others by the thousand
/// (`CreateLogStream`, objects written to buckets), and each would start the evaluator for nothing.
fn event_patterns() -> Result<Vec<serde_json::Value>> {
    let length = |clauses: &[serde_json::Value]| pattern(clauses).to_string().chars().count();
    let mut patterns = Vec::new();
    let mut clauses = Vec::new();
    for (source, names) in watched()? {
        let clause = |names: &[serde_json::Value]| json!({ "eventSource": [source], "eventName": names });
        let mut part = Vec::new();
        for name in names {
            part.push(name);
            if length(&[clauses.clone(), vec![clause(&part)]].concat()) <= PATTERN_QUOTA {
                continue;
            }
            let first_of_next = part.pop();
            if !part.is_empty() {
                clauses.push(clause(&part));
            }
            patterns.push(pattern(&std::mem::take(&mut clauses)));
            part = first_of_next.into_iter().collect();
        }
        clauses.push(clause(&part));
    }
    patterns.push(pattern(&clauses));
    Ok(patterns)
}

fn pattern(clauses: &[serde_json::Value]) -> serde_json::Value {
    json!({
        "source": [{ "prefix": "aws." }],
        "detail-type": DETAIL_TYPES,
        "detail": {
            "errorCode": [{ "exists": false }],
            "readOnly": [false, { "exists": false }],
            "$or": clauses,
        },
    })
}

/// The names of calls as patterns take them, by service. A name to which CloudTrail adds the API's date
/// (`CreateFunction20150331`) is taken with any date.
fn watched() -> Result<BTreeMap<&'static str, Vec<serde_json::Value>>> {
    let real = repo::read("crates/trail/event-names.txt")?;
    let dated: BTreeSet<(&str, &str)> = real
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(_, name)| unversioned(name) != *name)
        .map(|(source, name)| (source, unversioned(name)))
        .collect();
    let mut watched: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (source, events) in SERVICES {
        watched.entry(source).or_default().extend(events.iter().map(|event| unversioned(event.name)));
    }
    let written = |source: &str, name: &str| {
        let with_a_date = dated.contains(&(source, name)).then(|| json!({ "prefix": format!("{name}20") }));
        std::iter::once(serde_json::Value::from(name)).chain(with_a_date).collect::<Vec<_>>()
    };
    Ok(watched
        .into_iter()
        .map(|(source, names)| (source, names.into_iter().flat_map(|name| written(source, name)).collect()))
        .collect())
}

/// The rules for these events, as resources of a template.
fn rules(patterns: &[serde_json::Value], target: &str, named: bool) -> String {
    let mut text = String::new();
    for (number, pattern) in (1..).zip(patterns) {
        let _ = writeln!(text, "Changes{number}:\n  Type: AWS::Events::Rule\n  Properties:");
        if named {
            let _ = writeln!(text, "    Name: !Sub \"${{AWS::StackName}}-changes-{number}\"");
        }
        let _ = writeln!(text, "    Description: Calls that change what is judged, {number} of {}", patterns.len());
        let _ = writeln!(text, "    EventPattern:\n{}", indented(&indented(&indented(&block(pattern)))));
        text.push_str(target);
    }
    text
}

const TO_EVALUATOR: &str = "    Targets:
      - Id: evaluator
        Arn: !GetAtt Evaluator.Arn
        RetryPolicy: { MaximumEventAgeInSeconds: 86400, MaximumRetryAttempts: 185 }
        DeadLetterConfig: { Arn: !GetAtt EventDeadLetters.Arn }
";

const TO_HUB: &str = "    Targets:
      - Id: hub
        Arn: !Sub \"arn:${AWS::Partition}:events:${HubRegion}:${HubAccount}:event-bus/default\"
        RoleArn: !GetAtt SenderRole.Arn
        RetryPolicy: { MaximumEventAgeInSeconds: 86400, MaximumRetryAttempts: 185 }
        DeadLetterConfig: { Arn: !GetAtt Unsent.Arn }
";

/// What the facets' reads need.
fn read_actions() -> BTreeSet<&'static str> {
    kinds::ALL.iter().flat_map(|kind| kind.facets).flat_map(|facet| facet.reads.iter().copied()).collect()
}

fn read_policy() -> serde_json::Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{ "Sid": "ReadSettings", "Effect": "Allow", "Action": read_actions(), "Resource": "*" }],
    })
}

fn table_properties() -> String {
    let mut text = String::new();
    let keys =
        [(table::PARTITION, table::SORT)].into_iter().chain(table::INDEXES.iter().map(|i| (i.partition, i.sort)));
    text.push_str("AttributeDefinitions:\n");
    for name in keys.flat_map(|(partition, sort)| [partition, sort]) {
        let _ = writeln!(text, "  - {{ AttributeName: {name}, AttributeType: S }}");
    }
    text.push_str(&key_schema("", table::PARTITION, table::SORT));
    text.push_str("GlobalSecondaryIndexes:\n");
    for index in table::INDEXES {
        let _ = writeln!(text, "  - IndexName: {}", index.name);
        text.push_str(&key_schema("    ", index.partition, index.sort));
        let _ = writeln!(text, "    Projection:\n      ProjectionType: INCLUDE");
        let _ = writeln!(text, "      NonKeyAttributes: [{}]", index.include.join(", "));
    }
    let _ = write!(text, "TimeToLiveSpecification: {{ AttributeName: {}, Enabled: true }}", table::EXPIRES);
    text
}

fn key_schema(indent: &str, partition: &str, sort: &str) -> String {
    format!(
        "{indent}KeySchema:\n{indent}  - {{ AttributeName: {partition}, KeyType: HASH }}\n\
         {indent}  - {{ AttributeName: {sort}, KeyType: RANGE }}\n"
    )
}

fn list(name: &str, entries: &BTreeSet<&str>) -> String {
    let mut text = format!("{name}:");
    for entry in entries {
        let _ = write!(text, "\n  - {entry}");
    }
    text
}

/// JSON as YAML in block style; lists of plain entries stand in brackets on lines of up to 120 characters.
fn block(value: &serde_json::Value) -> String {
    let mut text = String::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        match value.as_array() {
            None => {
                let _ = writeln!(text, "{name}:\n{}", indented(&block(value)));
            }
            Some(entries) if name == "$or" => {
                let _ = writeln!(text, "{name}:");
                for entry in entries {
                    let _ = writeln!(text, "  - {}", indented(&indented(&block(entry))).trim_start());
                }
            }
            Some(entries) => text.push_str(&brackets(name, entries)),
        }
    }
    text.trim_end().to_owned()
}

fn brackets(name: &str, entries: &[serde_json::Value]) -> String {
    /// What is left of 120 characters beside the indentation.
    const WIDTH: usize = 100;
    let plain = |entry: &serde_json::Value| entry.as_str().map_or_else(|| entry.to_string(), str::to_owned);
    let written = |entry: &serde_json::Value| match entry.as_object().and_then(|operator| operator.iter().next()) {
        Some((operator, operand)) => format!("{{ {operator}: {} }}", plain(operand)),
        None => plain(entry),
    };
    let mut lines = vec![String::new()];
    for (index, entry) in entries.iter().enumerate() {
        let entry = format!("{}{}", written(entry), if index + 1 < entries.len() { ", " } else { "" });
        match lines.last_mut() {
            Some(line) if line.len() + entry.len() <= WIDTH => line.push_str(&entry),
            _ => lines.push(entry),
        }
    }
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    match lines.as_slice() {
        [line] if name.len() + line.len() < WIDTH => format!("{name}: [{line}]\n"),
        _ => format!("{name}:\n  [{}]\n", lines.join("\n   ")),
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

fn pretty(value: &serde_json::Value) -> Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

/// The text with `content` between each two comments that name the section, indented as they are.
fn fill(text: &str, name: &str, content: &str) -> Result<String> {
    let (open, close) = (format!("# generated: {name}"), format!("# end of {name}"));
    let (mut filled, mut inside) = (String::new(), false);
    for line in text.lines() {
        let comment = line.trim_start();
        if comment == close {
            anyhow::ensure!(inside, "`{close}` closes nothing");
            inside = false;
        }
        if inside {
            continue;
        }
        filled.push_str(line);
        filled.push('\n');
        if comment == open {
            inside = true;
            let indent = line.get(..line.len() - comment.len()).unwrap_or_default();
            for line in content.lines() {
                let _ = writeln!(filled, "{indent}{line}");
            }
        }
    }
    anyhow::ensure!(!inside, "`{open}` is not closed");
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use trailhound_trail::interpret::spec;

    use super::*;

    /// Whether an event matches a pattern, for the operators that are used here.
    fn matches(pattern: &Value, event: Option<&Value>) -> bool {
        if let Some(members) = pattern.as_object() {
            return members.iter().all(|(name, inner)| match name.as_str() {
                "$or" => inner.as_array().unwrap().iter().any(|clause| matches(clause, event)),
                _ => matches(inner, event.and_then(|event| event.get(name))),
            });
        }
        pattern.as_array().unwrap().iter().any(|wanted| match wanted.as_object() {
            None => event == Some(wanted),
            Some(operator) => {
                let (name, operand) = operator.iter().next().unwrap();
                match name.as_str() {
                    "exists" => event.is_some() == operand.as_bool().unwrap(),
                    "prefix" => {
                        event.and_then(Value::as_str).is_some_and(|text| text.starts_with(operand.as_str().unwrap()))
                    }
                    other => panic!("{other} is not an operator that is used here"),
                }
            }
        })
    }

    fn event(source: &str, name: &str) -> Value {
        json!({
            "source": format!("aws.{}", source.trim_end_matches(".amazonaws.com")),
            "detail-type": "AWS API Call via CloudTrail",
            "detail": { "eventSource": source, "eventName": name, "readOnly": false },
        })
    }

    fn any_matches(event: &Value) -> bool {
        event_patterns().unwrap().iter().any(|pattern| matches(pattern, Some(event)))
    }

    #[test]
    fn the_patterns_accept_the_real_events_that_are_declared_and_no_others() {
        let patterns = event_patterns().unwrap();
        let (mut declared, mut others) = (0, 0);
        for line in repo::read("crates/trail/event-names.txt").unwrap().lines().filter(|line| !line.starts_with('#')) {
            let (source, name) = line.split_once(' ').unwrap();
            let wanted = spec(source, name).is_some();
            let event = event(source, name);
            let accepted = patterns.iter().filter(|pattern| matches(pattern, Some(&event))).count();
            assert_eq!(accepted, usize::from(wanted), "{line}");
            *(if wanted { &mut declared } else { &mut others }) += 1;
        }
        assert!(declared > 300 && others > declared, "{declared} {others}");
        // A new date in the name is the same call.
        assert!(any_matches(&event("lambda.amazonaws.com", "CreateFunction20270101v3")));
    }

    #[test]
    fn the_patterns_are_as_short_as_eventbridge_wants() {
        for pattern in event_patterns().unwrap() {
            let length = pattern.to_string().chars().count();
            assert!(length <= PATTERN_QUOTA, "{length} characters");
        }
    }

    #[test]
    fn the_patterns_refuse_failed_calls_reads_forgeries_and_other_services() {
        let good = event("s3.amazonaws.com", "PutBucketPolicy");
        let changed = |change: &dyn Fn(&mut Value)| {
            let mut event = good.clone();
            change(&mut event);
            any_matches(&event)
        };
        assert!(changed(&|_| ()));
        assert!(!changed(&|event| event["detail"]["errorCode"] = "AccessDenied".into()));
        assert!(!changed(&|event| event["detail"]["readOnly"] = true.into()));
        assert!(!changed(&|event| event["detail"]["eventName"] = "PutObject".into()));
        assert!(!changed(&|event| event["source"] = "my.app".into()));
        assert!(!changed(&|event| event["detail-type"] = "my type".into()));
        assert!(!changed(&|event| event["detail"]["eventSource"] = "polly.amazonaws.com".into()));
        assert!(changed(&|event| event["detail"].as_object_mut().unwrap().remove("readOnly").map_or((), drop)));
    }

    #[test]
    fn the_read_policy_fits_a_managed_policy_and_only_reads() {
        let text = read_policy().to_string();
        assert!(text.len() <= 6_144, "a managed policy has at most 6,144 characters, this one {}", text.len());
        for action in read_actions() {
            let (_, name) = action.split_once(':').unwrap();
            let reads = ["Get", "List", "Describe", "BatchGet"].iter().any(|verb| name.starts_with(verb));
            assert!(reads, "{action} does not read");
            let contents = ["GetObject", "GetSecretValue", "GetParameter", "GetItem", "GetRecords", "GetLogEvents"];
            assert!(!contents.contains(&name), "{action} reads contents, not settings");
        }
        let by_service: BTreeMap<&str, usize> = read_actions().iter().fold(BTreeMap::new(), |mut counts, action| {
            *counts.entry(action.split_once(':').unwrap().0).or_default() += 1;
            counts
        });
        assert!(by_service.len() > 10, "{by_service:?}");
    }

    #[test]
    fn sections_are_filled_with_their_indentation() {
        let text = "a:\n  # generated: x\n  old: 1\n  # end of x\nb: 1\n";
        let filled = fill(text, "x", "new:\n  - 1").unwrap();
        assert_eq!(filled, "a:\n  # generated: x\n  new:\n    - 1\n  # end of x\nb: 1\n");
        assert_eq!(fill(&filled, "x", "new:\n  - 1").unwrap(), filled, "filling again changes nothing");
        assert!(fill("# generated: x\n", "x", "").is_err());
    }
}

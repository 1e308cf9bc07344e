//! The parts of the stacks' templates that follow from code: which events to ask for, what to be allowed to read, the table.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::{Context, Result};
use serde_json::json;
use trailhound_model::kinds;
use trailhound_store::table;
use trailhound_trail::interpret::SERVICES;

use crate::generate::Generated;
use crate::repo;

/// Where files are that nothing but this writes.
pub(crate) const DIRECTORY: &str = "infra/generated";

/// The templates with generated parts.
const TEMPLATES: [&str; 2] = ["infra/pipeline.yaml", "infra/member.yaml"];

/// How EventBridge names what CloudTrail sends. Its documentation spells the sign-ins in one way, AWS sends them in another.
const DETAIL_TYPES: [&str; 4] = [
    "AWS API Call via CloudTrail",
    "AWS Console Sign In via CloudTrail",
    "AWS Console Signin via CloudTrail",
    "AWS Service Event via CloudTrail",
];

/// Templates and the generated files beside them.
pub(crate) fn files() -> Result<Vec<Generated>> {
    let mut files = vec![
        Generated { path: format!("{DIRECTORY}/event-pattern.json"), content: pretty(&event_pattern())? },
        Generated { path: format!("{DIRECTORY}/read-policy.json"), content: pretty(&read_policy())? },
    ];
    for path in TEMPLATES {
        let mut text = repo::read(path)?;
        for (name, content) in [
            ("event pattern", format!("EventPattern:\n{}", indented(&flow(&event_pattern(), 1)))),
            ("read actions", list("Action", &read_actions())),
            ("table", table_properties()),
            ("table actions", list("Action", &table::ACTIONS.into())),
            ("table actions of publishing", list("Action", &table::PUBLISH_ACTIONS.into())),
        ] {
            text = fill(&text, name, &content).with_context(|| format!("filling `{path}`"))?;
        }
        files.push(Generated { path: path.into(), content: text });
    }
    Ok(files)
}

/// Successful calls that may change something, to the services with interpreters. Names are chosen by the evaluator: with
/// them the pattern would be several times as long as EventBridge allows. Only AWS can send events whose source begins with
/// `aws.`, so none is forged.
fn event_pattern() -> serde_json::Value {
    let sources: BTreeSet<&str> = SERVICES.iter().map(|(source, _)| *source).collect();
    json!({
        "source": [{ "prefix": "aws." }],
        "detail-type": DETAIL_TYPES,
        "detail": {
            "eventSource": sources,
            "errorCode": [{ "exists": false }],
            "readOnly": [false, { "exists": false }],
        },
    })
}

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

/// JSON as YAML in block style, to the depth where lists of plain entries begin.
fn flow(value: &serde_json::Value, depth: usize) -> String {
    let Some(members) = value.as_object() else { return value.to_string() };
    let mut text = String::new();
    for (name, value) in members {
        if value.is_object() {
            let _ = write!(text, "{name}:\n{}\n", indented(&flow(value, depth + 1)));
        } else if let Some(entries) = value.as_array() {
            let _ = writeln!(text, "{name}:");
            for entry in entries {
                let entry = entry.as_str().map_or_else(|| entry.to_string(), str::to_owned);
                let _ = writeln!(text, "  - {entry}");
            }
        }
    }
    text.trim_end().to_owned()
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
    use std::collections::BTreeMap;

    use serde_json::Value;

    use super::*;

    /// EventBridge's quota for a pattern, in characters, unless it is raised.
    const QUOTA: usize = 2_048;

    /// Whether an event matches a pattern, for the operators that are used here.
    fn matches(pattern: &Value, event: Option<&Value>) -> bool {
        if let Some(members) = pattern.as_object() {
            return members.iter().all(|(name, inner)| matches(inner, event.and_then(|event| event.get(name))));
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

    #[test]
    fn the_pattern_accepts_every_declared_event_and_is_as_short_as_eventbridge_wants() {
        let pattern = event_pattern();
        for (source, events) in SERVICES {
            for declared in *events {
                assert!(matches(&pattern, Some(&event(source, declared.name))), "{source} {}", declared.name);
            }
        }
        let length = pattern.to_string().chars().count();
        assert!(length <= QUOTA, "{length} characters");
    }

    #[test]
    fn the_pattern_refuses_failed_calls_reads_forgeries_and_other_services() {
        let pattern = event_pattern();
        let good = event("s3.amazonaws.com", "PutBucketPolicy");
        let changed = |change: &dyn Fn(&mut Value)| {
            let mut event = good.clone();
            change(&mut event);
            matches(&pattern, Some(&event))
        };
        assert!(changed(&|_| ()));
        assert!(!changed(&|event| event["detail"]["errorCode"] = "AccessDenied".into()));
        assert!(!changed(&|event| event["detail"]["readOnly"] = true.into()));
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

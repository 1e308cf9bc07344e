//! `check --format sarif` against the official schema, and its places against lines counted by hand.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

mod program;

use std::fs;

use program::{Said, run, run_in};
use serde_json::Value;

/// The schema of SARIF 2.1.0; its origin stands in the file beside it.
const SCHEMA: &str = include_str!("sarif-schema-2.1.0.json");

/// Holds a value against the part of the schema; faults are pushed with their path. A keyword that this does not know fails,
/// so that no demand of the schema goes unasked.
fn validate(root: &Value, schema: &Value, value: &Value, path: &str, faults: &mut Vec<String>) {
    let at = |what: String| format!("{path}: {what}");
    for (keyword, demand) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "$schema" | "$id" | "title" | "description" | "default" | "definitions" => {}
            "type" => {
                let found = match value {
                    Value::Null => "null",
                    Value::Bool(_) => "boolean",
                    Value::Number(number) if number.is_i64() || number.is_u64() => "integer",
                    Value::Number(_) => "number",
                    Value::String(_) => "string",
                    Value::Array(_) => "array",
                    Value::Object(_) => "object",
                };
                let fits = |kind: &Value| kind == found || (kind == "number" && found == "integer");
                if !demand.as_array().map_or_else(|| fits(demand), |kinds| kinds.iter().any(fits)) {
                    faults.push(at(format!("is {found}, not {demand}")));
                }
            }
            "required" => {
                for name in demand.as_array().unwrap().iter().filter_map(Value::as_str) {
                    if value.get(name).is_none() {
                        faults.push(at(format!("has no {name}")));
                    }
                }
            }
            "enum" if !demand.as_array().unwrap().contains(value) => {
                faults.push(at(format!("{value} is none of {demand}")));
            }
            "minimum" if value.as_f64().unwrap() < demand.as_f64().unwrap() => {
                faults.push(at(format!("{value} < {demand}")));
            }
            "maximum" if value.as_f64().unwrap() > demand.as_f64().unwrap() => {
                faults.push(at(format!("{value} > {demand}")));
            }
            "minItems" if (value.as_array().unwrap().len() as u64) < demand.as_u64().unwrap() => {
                faults.push(at(format!("has fewer than {demand} items")));
            }
            "uniqueItems" => {
                let items = value.as_array().unwrap();
                let twice = items.iter().enumerate().any(|(at, item)| items[..at].contains(item));
                if demand == true && twice {
                    faults.push(at("has an item twice".to_owned()));
                }
            }
            "enum" | "minimum" | "maximum" | "minItems" => {}
            "format" => {
                let text = value.as_str().unwrap();
                let plain = |letter: char| letter.is_ascii_graphic() && !"\"<>\\^`{|}".contains(letter);
                if !["uri", "uri-reference"].contains(&demand.as_str().unwrap()) || !text.chars().all(plain) {
                    faults.push(at(format!("`{text}` is no {demand}")));
                }
            }
            "$ref" => {
                let part = root.pointer(demand.as_str().unwrap().trim_start_matches('#')).unwrap();
                validate(root, part, value, path, faults);
                return;
            }
            "items" => {
                for (at, item) in value.as_array().unwrap().iter().enumerate() {
                    validate(root, demand, item, &format!("{path}[{at}]"), faults);
                }
            }
            "properties" => {
                for (name, member) in value.as_object().unwrap() {
                    if let Some(part) = demand.get(name) {
                        validate(root, part, member, &format!("{path}.{name}"), faults);
                    }
                }
            }
            "additionalProperties" => {
                for (name, member) in value.as_object().unwrap() {
                    match demand {
                        _ if schema.get("properties").is_some_and(|known| known.get(name).is_some()) => {}
                        Value::Bool(true) => {}
                        Value::Bool(_) => faults.push(format!("{path}: {name} is not known")),
                        part => validate(root, part, member, &format!("{path}.{name}"), faults),
                    }
                }
            }
            "anyOf" | "oneOf" => {
                let fits = |part: &&Value| {
                    let mut found = Vec::new();
                    // A part may demand members only.
                    validate(root, part, value, path, &mut found);
                    found.is_empty()
                };
                let fitting = demand.as_array().unwrap().iter().filter(fits).count();
                if fitting == 0 || (keyword == "oneOf" && fitting > 1) {
                    faults.push(at(format!("fits {fitting} parts of {demand}")));
                }
            }
            other => panic!("{path}: the schema demands `{other}`: {demand}"),
        }
    }
}

fn faults(log: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut faults = Vec::new();
    validate(&schema, &schema, log, "", &mut faults);
    faults
}

/// The one log that the program printed, which fits the schema.
fn log(said: &Said) -> Value {
    let mut rows = said.rows();
    assert_eq!(rows.len(), 1, "{}", said.err);
    let log = rows.remove(0);
    assert_eq!(faults(&log), [""; 0], "{log}");
    log
}

fn result<'a>(log: &'a Value, rule: &str) -> &'a Value {
    let results = log["runs"][0]["results"].as_array().unwrap();
    results.iter().find(|result| result["ruleId"] == rule).unwrap_or_else(|| panic!("no result of {rule} in {log}"))
}

const STACK: &str = r#"AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Wished: {Type: String}
Resources:
  Wall:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: a wall
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8}
        - CidrIp: 0.0.0.0/0
          IpProtocol: tcp
          FromPort: 22
          ToPort: 22
  Store:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: !Ref Wished}
      PublicAccessBlockConfiguration:
        BlockPublicAcls: true
        BlockPublicPolicy: false
        IgnorePublicAcls: true
        RestrictPublicBuckets: true
  Other:
    Type: AWS::Nowhere::Thing
"#;

/// That the schema is asked in earnest: a log that is wrong in one place has one fault there.
#[test]
fn a_wrong_log_does_not_fit_the_schema() {
    let right: Value =
        serde_json::from_str(r#"{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "a"}}, "results": []}]}"#)
            .unwrap();
    assert_eq!(faults(&right), [""; 0]);
    for (pointer, value, says) in [
        ("/version", r#""2.0.0""#, ".version: \"2.0.0\" is none of"),
        ("/runs/0/tool/driver", r#"{"names": "a"}"#, "names is not known"),
        ("/runs/0/results", r#"[{"message": {"text": 1}}]"#, ".runs[0].results[0].message.text: is integer"),
        ("/runs/0/results", r#"[{"message": {"text": "a"}, "level": "bad"}]"#, ".level: \"bad\" is none of"),
        ("/runs/0/results", r#"[{"message": {"text": "a"}, "ruleIndex": -2}]"#, ".ruleIndex: -2 < -1"),
        ("/runs/0/results", r#"[{"ruleId": "a"}]"#, "has no message"),
    ] {
        let mut wrong = right.clone();
        *wrong.pointer_mut(pointer).unwrap() = serde_json::from_str(value).unwrap();
        assert!(faults(&wrong).iter().any(|fault| fault.contains(says)), "{says}: {:?}", faults(&wrong));
    }
}

#[test]
fn a_log_names_rules_places_and_what_was_not_told() {
    let files: &[(&str, &[u8])] = &[("a stack.yaml", STACK.as_bytes()), ("bad.yaml", b"Resources:\n  A: {Type: x\n")];
    let said = run(files, &["check", "--format", "sarif", "a stack.yaml", "bad.yaml", "none.yaml"]);
    assert_eq!(said.code, 2, "{}", said.err);
    let log = log(&said);
    let run = &log["runs"][0];
    assert_eq!((&log["version"], &run["columnKind"]), (&"2.1.0".into(), &"unicodeCodePoints".into()));

    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert_eq!(rule["defaultConfiguration"]["level"], result["level"]);
        assert!(rule["help"]["markdown"].as_str().unwrap().contains("## Fix"), "{rule}");
    }
    let ssh = rules.iter().find(|rule| rule["id"] == "ec2-security-group-ssh-closed").unwrap();
    assert_eq!(ssh["properties"]["tags"], serde_json::json!(["security", "security-groups"]));
    assert_eq!(
        (&ssh["properties"]["security-severity"], &ssh["defaultConfiguration"]["level"]),
        (&"9.5".into(), &"error".into())
    );

    // Counted by hand: the second rule of the group and the switch that is off.
    for (rule, line, column) in [
        ("ec2-security-group-ssh-closed", 11, 11),
        ("s3-bucket-public-access-block", 21, 9),
        ("s3-bucket-tls-only", 15, 3),
    ] {
        let location = &result(&log, rule)["locations"][0];
        let physical = &location["physicalLocation"];
        assert_eq!(physical["region"], serde_json::json!({"startLine": line, "startColumn": column}), "{rule}");
        assert_eq!(
            physical["artifactLocation"],
            serde_json::json!({"uri": "a%20stack.yaml", "uriBaseId": "%SRCROOT%"})
        );
    }
    assert_eq!(
        result(&log, "s3-bucket-tls-only")["locations"][0]["logicalLocations"][0]["fullyQualifiedName"],
        "Resources.Store"
    );

    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let notices = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    let find = |id: &str| notices.iter().filter(move |notice| notice["descriptor"]["id"] == id).collect::<Vec<_>>();
    let unreadable = find("template-unreadable");
    assert_eq!(unreadable.len(), 2, "{notices:?}");
    assert_eq!(unreadable[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "bad.yaml");
    assert_eq!(unreadable[1]["level"], "error");
    let unknown = find("answers-unknown")[0]["message"]["text"].as_str().unwrap();
    assert!(
        unknown.contains("answers cannot be told before deployment")
            && unknown.contains("it is decided only at deployment"),
        "{unknown}"
    );
    assert_eq!(
        find("resources-not-judged")[0]["message"]["text"],
        "not judged: AWS::Nowhere::Thing: no rule judges its type"
    );
}

/// What code scanning follows a result by stays when lines are put before it, and differs between any two results.
#[test]
fn a_result_keeps_its_fingerprint_when_it_moves() {
    let prints = |text: &str| {
        let said = run(&[("a.yaml", text.as_bytes())], &["check", "--format", "sarif", "a.yaml"]);
        assert_eq!(said.code, 1);
        let log = log(&said);
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        results.iter().map(|result| result["partialFingerprints"]["trailhoundFinding/v1"].clone()).collect::<Vec<_>>()
    };
    let before = prints(STACK);
    let after = prints(&STACK.replace("Resources:\n", "Metadata:\n  A: note\n\nResources:\n"));
    assert_eq!(before, after);
    let distinct: std::collections::BTreeSet<String> = before.iter().map(ToString::to_string).collect();
    assert_eq!(distinct.len(), before.len());
}

#[test]
fn a_path_below_the_folder_is_relative_however_it_was_named() {
    let folder = tempfile::tempdir().unwrap();
    let stacks = folder.path().canonicalize().unwrap().join("stacks");
    fs::create_dir(&stacks).unwrap();
    fs::write(stacks.join("a.yaml"), STACK).unwrap();
    let whole = stacks.join("a.yaml");
    for path in ["stacks/a.yaml", "./stacks/a.yaml", whole.to_str().unwrap()] {
        let log = log(&run_in(stacks.parent().unwrap(), &["check", "--format", "sarif", path]));
        let artifact = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(artifact["uri"], "stacks/a.yaml", "{path}");
    }
}

#[test]
fn a_run_without_failures_is_a_log_too() {
    let said = run(&[("a.yaml", b"Resources: {}\n")], &["check", "--format", "sarif", "a.yaml"]);
    assert_eq!(said.code, 0);
    let log = log(&said);
    assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], true);
}

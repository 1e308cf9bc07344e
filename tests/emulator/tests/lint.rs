//! The stacks' templates: by CloudFormation's own linter, and for what it cannot know.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test stops at what it did not expect"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use trailhound_emulator::{EmulatorError, Tools};

fn tools() -> Option<Tools> {
    match Tools::install() {
        Ok(tools) => Some(tools),
        Err(EmulatorError::Missing(why)) => {
            eprintln!("skipped: {why}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn infra() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra")
}

#[test]
fn the_templates_are_clean() {
    let Some(tools) = tools() else { return };
    let output = Command::new(tools.program("cfn-lint"))
        .args(["--format", "parseable", "--non-zero-exit-code", "warning", "--"])
        .args([infra().join("pipeline.yaml"), infra().join("member.yaml")])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

/// A template's resources, by name, as the linter reads them.
fn resources(template: &str) -> Option<Vec<(String, Value)>> {
    const PRINT: &str = "import json, sys\nfrom cfnlint.decode import cfn_yaml\n\
                         print(json.dumps(cfn_yaml.load(sys.argv[1])['Resources']))";
    let template = infra().join(template);
    let output = Command::new(tools()?.program("python")).args(["-c", PRINT]).arg(template).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let all: Value = serde_json::from_slice(&output.stdout).unwrap();
    Some(all.as_object().unwrap().clone().into_iter().collect())
}

/// Those of a type.
fn of<'a>(all: &'a [(String, Value)], kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    all.iter().filter(move |(_, resource)| resource["Type"] == kind).map(|(name, resource)| (&**name, resource))
}

/// The resource that a value refers to.
fn named(value: &Value) -> &str {
    let attribute = &value["Fn::GetAtt"];
    let whole = value["Ref"].as_str().or_else(|| attribute.as_str()).or_else(|| attribute[0].as_str());
    whole.map_or("", |whole| whole.split('.').next().unwrap())
}

fn number(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_else(|| panic!("{value} is no number"))
}

/// A function keeps a message itself on the last time that its queue hands it over, so that it has to know which that is.
#[test]
fn a_function_is_told_what_its_queue_does() {
    let Some(all) = resources("pipeline.yaml") else { return };
    let find = |name: &str| &all.iter().find(|(other, _)| other == name).unwrap().1["Properties"];
    let mut seen = 0;
    for (_, mapping) in of(&all, "AWS::Lambda::EventSourceMapping") {
        let (function, queue) = (&mapping["Properties"]["FunctionName"], &mapping["Properties"]["EventSourceArn"]);
        let (function, queue) = (find(named(function)), find(named(queue)));
        let (told, redrive) = (&function["Environment"]["Variables"], &queue["RedrivePolicy"]);
        assert_eq!(number(&told["TRAILHOUND_ATTEMPTS"]), number(&redrive["maxReceiveCount"]), "{function}");
        assert_eq!(named(&told["TRAILHOUND_DEAD_LETTERS_URL"]), named(&redrive["deadLetterTargetArn"]), "{function}");
        // AWS's advice: so long that a throttled function does not use up the attempts.
        assert!(number(&queue["VisibilityTimeout"]) >= 6 * number(&function["Timeout"]), "{function}");
        seen += 1;
    }
    assert_eq!(seen, 3);
}

#[test]
fn whatever_can_fail_has_somewhere_to_go_and_an_alarm() {
    let Some(all) = resources("pipeline.yaml") else { return };
    let queues: BTreeSet<&str> = of(&all, "AWS::SQS::Queue").map(|(name, _)| name).collect();
    let dead = |name: &&str| name.ends_with("DeadLetters");
    let condition = |resource: &Value| resource["Condition"].as_str().unwrap_or_default().to_owned();
    // Dead letters that are there, messages that nobody takes, invocations that fail.
    let watchable = of(&all, "AWS::SQS::Queue").chain(of(&all, "AWS::Lambda::Function"));
    let wanted: BTreeSet<(&str, String)> = watchable.map(|(name, resource)| (name, condition(resource))).collect();
    let alarms = of(&all, "AWS::CloudWatch::Alarm").filter(|(name, _)| *name != "Silence");
    let watched: BTreeSet<(&str, String)> = alarms
        .map(|(name, alarm)| {
            assert_eq!(named(&alarm["Properties"]["AlarmActions"][0]), "Operations", "{name}");
            (named(&alarm["Properties"]["Dimensions"][0]["Value"]), condition(alarm))
        })
        .collect();
    assert_eq!(watched, wanted);

    for (name, rule) in of(&all, "AWS::Events::Rule") {
        for target in rule["Properties"]["Targets"].as_array().unwrap() {
            assert_eq!(named(&target["DeadLetterConfig"]["Arn"]), "EventDeadLetters", "{name}");
        }
    }
    for (name, schedule) in of(&all, "AWS::Scheduler::Schedule") {
        assert_eq!(
            named(&schedule["Properties"]["Target"]["DeadLetterConfig"]["Arn"]),
            "ScheduleDeadLetters",
            "{name}"
        );
    }
    for queue in queues.iter().filter(|name| !dead(name)) {
        let (_, queue) = all.iter().find(|(name, _)| name == queue).unwrap();
        assert!(dead(&named(&queue["Properties"]["RedrivePolicy"]["deadLetterTargetArn"])), "{queue}");
    }
    // What is invoked without anybody waiting for an answer.
    let kept: BTreeSet<&str> = of(&all, "AWS::Lambda::EventInvokeConfig")
        .filter(|(_, config)| dead(&named(&config["Properties"]["DestinationConfig"]["OnFailure"]["Destination"])))
        .map(|(_, config)| named(&config["Properties"]["FunctionName"]))
        .collect();
    assert_eq!(kept, BTreeSet::from(["Evaluator", "Reporter", "Sweeper"]));
}

#[test]
fn what_a_member_cannot_send_is_kept_and_told() {
    let Some(all) = resources("member.yaml") else { return };
    let mut targets = 0;
    for (name, rule) in of(&all, "AWS::Events::Rule") {
        for target in rule["Properties"]["Targets"].as_array().unwrap() {
            assert_eq!(named(&target["DeadLetterConfig"]["Arn"]), "Unsent", "{name}");
            targets += 1;
        }
    }
    assert!(targets > 0);
    let alarms: Vec<&Value> = of(&all, "AWS::CloudWatch::Alarm").map(|(_, alarm)| &alarm["Properties"]).collect();
    assert_eq!(alarms.len(), 1);
    assert_eq!(named(&alarms[0]["Dimensions"][0]["Value"]), "Unsent");
    for when in ["AlarmActions", "OKActions"] {
        assert_eq!(named(&alarms[0][when]["Fn::If"][1][0]), "OperationsTopicArn", "{when}");
    }
}

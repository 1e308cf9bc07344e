//! The pipeline, shown: deployed on the local AWS, given a fault, a repair and a message.

use std::time::Duration;

use anyhow::{Context, Error, Result, ensure};
use serde_json::{Value, json};
use trailhound_emulator::{Options, REGION};
use trailhound_pipeline_tests::{Pipeline, attribute, record};

use crate::repo;

/// Shows everything once, and leaves nothing running.
pub(crate) fn run() -> Result<()> {
    println!("== building the functions, and deploying infra/pipeline.yaml on the local AWS");
    let pipeline =
        Pipeline::deploy(Options::default()).map_err(Error::from_boxed)?.context("there is no local AWS here")?;
    println!("the table is {}, alerts go to {}", pipeline.output("Table"), pipeline.output("Alerts"));

    println!("\n== alice opens SSH to the internet, and makes a role that anybody may assume");
    let group = pipeline.group("demo")?;
    let opened = pipeline.open(&group, 22)?;
    let trust = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "sts:AssumeRole" },
    ] })
    .to_string();
    pipeline.aws.call("iam", "create_role", json!({ "RoleName": "demo", "AssumeRolePolicyDocument": trust }))?;
    let role = json!({ "roleName": "demo", "assumeRolePolicyDocument": trust });
    pipeline.send(&[opened, record("iam", "CreateRole", role, Value::Null)]).map_err(Error::from_boxed)?;
    pipeline.wait_for_message(&[&group, "opened"]).map_err(Error::from_boxed)?;
    pipeline.wait_for_message(&["iam-role-trust-private", "opened"]).map_err(Error::from_boxed)?;

    println!("== alice closes it again");
    let closed = pipeline.close(&group, 22)?;
    pipeline.send(&[closed]).map_err(Error::from_boxed)?;
    pipeline.wait_for_message(&[&group, "resolved"]).map_err(Error::from_boxed)?;

    println!("\n== what Slack got");
    std::thread::sleep(Duration::from_secs(1));
    for message in pipeline.webhook.messages() {
        println!("{}", readable(&message));
    }
    println!("== the findings, as rows of the table");
    for row in pipeline.findings()?.values() {
        let cell = |name| attribute(row, name);
        println!(
            "{:9} {:9} {:32} {} {}",
            cell("status"),
            cell("severity"),
            cell("rule"),
            cell("resource"),
            cell("message")
        );
    }
    println!("\n== the report of the table");
    let store = format!("dynamodb:{}@{REGION}", pipeline.output("Table"));
    let report = repo::root().join("target/demo.html");
    let status =
        repo::cargo_command(&["run", "--quiet", "--features", "aws", "--", "report", "--store", &store, "--output"])
            .arg(&report)
            .envs(pipeline.emulator().environment())
            .status()?;
    ensure!(status.success(), "the report failed");
    Ok(())
}

/// The text of a message's blocks, as a person would read them.
fn readable(message: &str) -> String {
    fn texts(value: &Value, into: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                if let Some(text) = members.get("text").and_then(Value::as_str).filter(|_| members.contains_key("type"))
                {
                    into.push(format!("  {}", text.replace('\n', "\n  ")));
                }
                members.values().for_each(|member| texts(member, into));
            }
            Value::Array(entries) => entries.iter().for_each(|entry| texts(entry, into)),
            _ => {}
        }
    }
    let mut lines = Vec::new();
    let message: Value = serde_json::from_str(message).unwrap_or_default();
    texts(message.get("blocks").unwrap_or(&Value::Null), &mut lines);
    lines.join("\n") + "\n"
}

//! The stack's resources, and the evaluator without some of its reads.

use serde_json::{Value, json};
use trailhound_emulator::Refused;

use crate::{Failed, Pipeline, STACK, entries, text};

impl Pipeline {
    /// The physical ids of the stack's resources of a type, with their names in the template.
    ///
    /// # Errors
    /// When the stack cannot be read.
    pub fn resources(&self, kind: &str) -> Result<Vec<(String, String)>, Refused> {
        let all = self.aws.call("cloudformation", "describe_stack_resources", json!({ "StackName": STACK }))?;
        let found = entries(&all, "StackResources").iter().filter(|resource| text(resource, "ResourceType") == kind);
        Ok(found
            .map(|resource| {
                (text(resource, "LogicalResourceId").to_owned(), text(resource, "PhysicalResourceId").to_owned())
            })
            .collect())
    }

    /// Does something while the evaluator may not make some of its reads, and gives them back.
    ///
    /// # Errors
    /// When the policy cannot be written, or what is done fails.
    pub fn blind_to<T>(&self, reads: &[&str], work: impl FnOnce() -> Result<T, Failed>) -> Result<T, Failed> {
        let policies = self.resources("AWS::IAM::ManagedPolicy")?;
        let (_, arn) = policies.first().ok_or("the stack has no managed policy")?;
        let read = self.aws.call("iam", "get_policy_version", json!({ "PolicyArn": arn, "VersionId": "v1" }))?;
        let whole = read.pointer("/PolicyVersion/Document").cloned().unwrap_or_default();
        let left: Vec<String> = entries(&whole, "Statement").iter().flat_map(actions).collect();
        let left: Vec<String> = left.into_iter().filter(|action| !reads.contains(&&**action)).collect();
        let less = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": left, "Resource": "*",
        }] });
        let write = |document: &Value| {
            let with = json!({ "PolicyArn": arn, "PolicyDocument": document.to_string(), "SetAsDefault": true });
            self.aws.call("iam", "create_policy_version", with)
        };
        write(&less)?;
        let done = work();
        write(&whole)?;
        // A policy has five versions at most.
        let versions = self.aws.call("iam", "list_policy_versions", json!({ "PolicyArn": arn }))?;
        for version in entries(&versions, "Versions") {
            let id = text(version, "VersionId");
            if id != "v1" && version.get("IsDefaultVersion") != Some(&Value::Bool(true)) {
                self.aws.call("iam", "delete_policy_version", json!({ "PolicyArn": arn, "VersionId": id }))?;
            }
        }
        done
    }
}

/// The actions of a statement, which may be a text or a list.
fn actions(statement: &Value) -> Vec<String> {
    match statement.get("Action") {
        Some(Value::String(action)) => vec![action.clone()],
        Some(Value::Array(actions)) => actions.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

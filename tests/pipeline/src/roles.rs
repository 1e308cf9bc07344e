//! The stack's resources and roles, and what goes on while a role lacks something.

use serde_json::{Value, json};
use trailhound_emulator::Refused;

use crate::{Failed, Pipeline, STACK, entries, set, text};

/// An action that a statement of one of the stack's roles allows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The role's name in the template.
    pub role: String,
    /// The statement's name.
    pub sid: String,
    /// The action.
    pub action: String,
    /// The role's own name, and that of its policy.
    place: (String, String),
}

impl Pipeline {
    /// What the roles' own policies allow, action by action, as it is deployed.
    ///
    /// # Errors
    /// When the roles cannot be read.
    pub fn grants(&self) -> Result<Vec<Grant>, Refused> {
        let mut grants = Vec::new();
        for (role, name) in self.resources("AWS::IAM::Role")? {
            let policies = self.aws.call("iam", "list_role_policies", json!({ "RoleName": name }))?;
            for policy in entries(&policies, "PolicyNames").iter().filter_map(Value::as_str) {
                let place = (name.clone(), policy.to_owned());
                for statement in entries(&self.policy(&place)?, "Statement") {
                    let grant = |action| Grant {
                        role: role.clone(),
                        sid: text(statement, "Sid").to_owned(),
                        action,
                        place: place.clone(),
                    };
                    grants.extend(actions(statement).into_iter().map(grant));
                }
            }
        }
        grants.sort();
        Ok(grants)
    }

    /// A policy that is a role's own.
    fn policy(&self, (role, policy): &(String, String)) -> Result<Value, Refused> {
        let read = self.aws.call("iam", "get_role_policy", json!({ "RoleName": role, "PolicyName": policy }))?;
        Ok(read.get("PolicyDocument").cloned().unwrap_or_default())
    }

    /// Does something while a role lacks one action of one statement, and gives it back.
    ///
    /// # Errors
    /// When the policy cannot be written, or what is done fails.
    pub fn without<T>(&self, grant: &Grant, work: impl FnOnce() -> Result<T, Failed>) -> Result<T, Failed> {
        let whole = self.policy(&grant.place)?;
        let mut left = Vec::new();
        for statement in entries(&whole, "Statement") {
            let mut statement = statement.clone();
            if text(&statement, "Sid") == grant.sid {
                let rest: Vec<String> = actions(&statement).into_iter().filter(|one| *one != grant.action).collect();
                if rest.is_empty() {
                    continue;
                }
                set(&mut statement, "Action", json!(rest));
            }
            left.push(statement);
        }
        let (role, policy) = &grant.place;
        let write = |document: &Value| {
            let with = json!({ "RoleName": role, "PolicyName": policy, "PolicyDocument": document.to_string() });
            self.aws.call("iam", "put_role_policy", with)
        };
        if left.is_empty() {
            self.aws.call("iam", "delete_role_policy", json!({ "RoleName": role, "PolicyName": policy }))?;
        } else {
            write(&json!({ "Version": "2012-10-17", "Statement": left }))?;
        }
        let done = work();
        write(&whole)?;
        done
    }

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

//! IAM: what roles, users and groups have of their own, and what other resources give them.

use trailhound_model::kinds::iam;
use trailhound_model::{FacetDef, Map, State, Text, Value, Why};

use super::bare;
use crate::life::{Said, Writer, stated};
use crate::part::{Given, Source};

pub(super) fn role(writer: &mut Writer<'_>) {
    inline_policies(writer, &iam::role::POLICIES);
    writer.texts(&iam::role::ATTACHED_POLICIES);
}

pub(super) fn group(writer: &mut Writer<'_>) {
    inline_policies(writer, &iam::group::POLICIES);
    writer.texts(&iam::group::ATTACHED_POLICIES);
}

/// A new user has no keys and devices but those that the template gives, and never signed in.
pub(super) fn user(writer: &mut Writer<'_>) {
    inline_policies(writer, &iam::user::POLICIES);
    writer.texts(&iam::user::ATTACHED_POLICIES);
    writer.texts(&iam::user::GROUPS);
    writer.state(&iam::user::ACCESS_KEYS_LAST_USED, State::Known(Map::new().into()));
    writer.state(&iam::user::PASSWORD_LAST_USED, State::Absent);
    match writer.said(iam::user::LOGIN_PROFILE.name) {
        Said::Nothing => {}
        // The password itself is not kept.
        Said::Value(_) => {
            let created = Value::map([("CreateDate", Some(writer.today.to_string().into()))]);
            writer.state(&iam::user::LOGIN_PROFILE, State::Known(created));
        }
        Said::Open => writer.unread(&iam::user::LOGIN_PROFILE, Why::Unresolved),
    }
}

pub(super) fn managed_policy(writer: &mut Writer<'_>) {
    if let Said::Value(document) = writer.said("PolicyDocument") {
        let versions = Map::from_iter([("v1".into(), document)]);
        writer.state(&iam::policy::VERSIONS, State::Known(versions.into()));
        writer.state(&iam::policy::DEFAULT_VERSION, State::Known("v1".into()));
    }
}

/// Inline policies, by name.
fn inline_policies(writer: &mut Writer<'_>, facet: &'static FacetDef) {
    writer.list(facet, facet.name, |at, policy| inline_entry(policy, &format!("#{}", at + 1)));
}

/// An inline policy that is a resource.
pub(crate) fn inline_policy(policy: &Source<'_>) -> Given {
    match inline_entry(policy.properties, policy.name) {
        Some((name, entry)) => Given::one(name, entry),
        None => Given::Entries(State::Unread(Why::Unresolved)),
    }
}

/// An inline policy by its name, or by `unnamed` where the name is given at deployment: what it allows does not hang on it.
fn inline_entry(policy: &Value, unnamed: &str) -> Option<(Text, Value)> {
    let document = policy.get("PolicyDocument")?.clone();
    let name = policy.get("PolicyName").and_then(Value::as_str).unwrap_or(unnamed);
    let entry = Value::map([("PolicyName", Some(name.into())), ("PolicyDocument", Some(document))]);
    Some((name.into(), entry))
}

/// A managed policy that names whom it is attached to.
pub(crate) fn attachment(policy: &Source<'_>) -> Given {
    let arn = policy.arn();
    Given::one(arn.clone(), arn.into())
}

/// A group that users are added to.
pub(crate) fn membership(addition: &Source<'_>) -> Given {
    match stated(addition.properties, "GroupName") {
        Ok(Some(Value::Text(group))) => Given::one(group.clone(), group.into()),
        _ => Given::Entries(State::Unread(Why::Unresolved)),
    }
}

/// An access key, as a user's; its id is not known yet.
pub(crate) fn access_key(key: &Source<'_>) -> Given {
    let status = match stated(key.properties, "Status") {
        Ok(status) => status.unwrap_or_else(|| "Active".into()),
        Err(why) => return Given::Entries(State::Unread(why)),
    };
    Given::one(key.id.clone(), Value::map([("Status", Some(status))]))
}

/// When an access key is made.
pub(crate) fn access_key_date(key: &Source<'_>) -> Given {
    Given::one(key.id.clone(), key.today.to_string().into())
}

/// A virtual device for the second factor.
pub(crate) fn device(device: &Source<'_>) -> Given {
    Given::one(device.id.clone(), bare())
}

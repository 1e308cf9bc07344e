//! Lambda functions and what belongs to them.

use trailhound_model::kinds::lambda::{self, LATEST};
use trailhound_model::{Map, State, Text, Value, Why};

use super::Variables;
use crate::life::{Writer, stated};
use crate::part::{Given, Source};
use crate::resolve::is_open;

pub(super) fn function(writer: &mut Writer<'_>) {
    let mut variables = Variables::default();
    variables.look_at_map(writer.said("Environment.Variables"));
    writer.state(&lambda::ENVIRONMENT_SECRETS, variables.state());
}

/// The condition that a member of a permission makes: the operator, the key and the member.
const CONDITIONS: [(&str, &str, &str); 6] = [
    ("ArnLike", "AWS:SourceArn", "SourceArn"),
    ("Bool", "lambda:InvokedViaFunctionUrl", "InvokedViaFunctionUrl"),
    ("StringEquals", "AWS:SourceAccount", "SourceAccount"),
    ("StringEquals", "aws:PrincipalOrgID", "PrincipalOrgID"),
    ("StringEquals", "lambda:EventSourceToken", "EventSourceToken"),
    ("StringEquals", "lambda:FunctionUrlAuthType", "FunctionUrlAuthType"),
];

/// A statement of the function's policy, as AWS makes it of a permission.
pub(crate) fn permission(permission: &Source<'_>) -> Given {
    let stated = |name: &str| permission.properties.get(name).filter(|value| **value != Value::Null);
    let Some(principal) = stated("Principal") else { return Given::Entries(State::Unread(Why::Unresolved)) };
    let mut conditions = Map::new();
    for (operator, key, member) in CONDITIONS {
        if let Some(value) = stated(member) {
            let pair = Map::from_iter([(key.into(), value.clone())]);
            match conditions.entry(operator.into()).or_insert_with(|| Map::new().into()) {
                Value::Map(pairs) => pairs.extend(pair),
                other => *other = pair.into(),
            }
        }
    }
    let qualifier = qualifier(permission, "FunctionName");
    let statement = Value::map([
        ("Sid", Some(permission.name.into())),
        ("Effect", Some("Allow".into())),
        ("Principal", Some(principal_of(principal))),
        ("Action", stated("Action").cloned()),
        ("Resource", stated("FunctionName").cloned()),
        ("Condition", (!conditions.is_empty()).then(|| conditions.into())),
    ]);
    let key = if &*qualifier == LATEST { permission.name.into() } else { format!("{qualifier}/{}", permission.name) };
    let entry = Value::map([("Qualifier", Some(qualifier.into())), ("Statement", Some(statement))]);
    Given::one(key.into(), entry)
}

/// A statement of a layer version's policy.
pub(crate) fn layer_permission(permission: &Source<'_>) -> Given {
    let Some(principal) = permission.properties.get("Principal") else {
        return Given::Entries(State::Unread(Why::Unresolved));
    };
    let organization = permission.properties.get("OrganizationId").filter(|value| **value != Value::Null);
    let condition = organization
        .map(|id| Value::map([("StringEquals", Some(Value::map([("aws:PrincipalOrgID", Some(id.clone()))])))]));
    let statement = Value::map([
        ("Sid", Some(permission.name.into())),
        ("Effect", Some("Allow".into())),
        ("Principal", Some(principal_of(principal))),
        ("Action", permission.properties.get("Action").cloned()),
        ("Resource", permission.properties.get("LayerVersionArn").cloned()),
        ("Condition", condition),
    ]);
    Given::one(permission.name.into(), statement)
}

/// A service, everybody, or an account or ARN.
fn principal_of(principal: &Value) -> Value {
    match principal.as_str() {
        Some("*") => "*".into(),
        Some(name) if name.contains(".amazonaws.com") || name.contains(".amazon.com") => {
            Value::map([("Service", Some(name.into()))])
        }
        _ => Value::map([("AWS", Some(principal.clone()))]),
    }
}

/// A function's URL: who may call it.
pub(crate) fn url(url: &Source<'_>) -> Given {
    match stated(url.properties, "AuthType") {
        Ok(Some(auth)) => Given::one(qualifier(url, "TargetFunctionArn"), auth),
        Ok(None) | Err(_) => Given::Entries(State::Unread(Why::Unresolved)),
    }
}

/// The version or alias that a part belongs to: stated, behind the function's name, or of the resource that stands there.
fn qualifier(part: &Source<'_>, property: &str) -> Text {
    if let Ok(Some(Value::Text(qualifier))) = stated(part.properties, "Qualifier") {
        return qualifier;
    }
    let function = part.properties.get(property).filter(|function| !is_open(function));
    if let Some(alias) =
        function.and_then(|named| part.names.named(named, &["AWS::Lambda::Alias", "AWS::Lambda::Version"]))
    {
        return alias.properties.get("Name").and_then(Value::as_str).unwrap_or(&alias.name).into();
    }
    let text = function.and_then(Value::as_str).unwrap_or_default();
    let name = text.rsplit_once("function:").map_or(text, |(_, name)| name);
    name.split_once(':').map_or(LATEST, |(_, qualifier)| qualifier).into()
}

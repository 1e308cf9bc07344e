//! `logs.amazonaws.com`: log groups.

use trailhound_model::kinds::logs::{self, LOG_GROUP};
use trailhound_model::{Birth, ResourceId};

use super::Event;
use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateLogGroup",
        does: &[Does { verb: Verb::Creates, kind: &LOG_GROUP, facets: &[] }],
        interpret: |event, draft| {
            let stated = Stated::new().value_if(&logs::KMS_KEY, event.request.text("kmsKeyId"));
            if let Some(group) = group(event)? {
                draft.on(group).create(Birth::Certain, stated);
            }
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteLogGroup",
        does: &[Does { verb: Verb::Deletes, kind: &LOG_GROUP, facets: &[] }],
        interpret: |event, draft| {
            if let Some(group) = group(event)? {
                draft.on(group).delete();
            }
            Ok(())
        },
    },
    EventSpec {
        name: "AssociateKmsKey",
        does: &[Does { verb: Verb::Sets, kind: &LOG_GROUP, facets: &[&logs::KMS_KEY.def] }],
        interpret: |event, draft| {
            if let Some(group) = group(event)? {
                draft.on(group).set_if(&logs::KMS_KEY, event.request.text("kmsKeyId"));
            }
            Ok(())
        },
    },
    EventSpec {
        name: "DisassociateKmsKey",
        does: &[Does { verb: Verb::Sets, kind: &LOG_GROUP, facets: &[&logs::KMS_KEY.def] }],
        interpret: |event, draft| {
            if let Some(group) = group(event)? {
                draft.on(group).clear(&logs::KMS_KEY);
            }
            Ok(())
        },
    },
];

/// The log group, by name or by ARN. Nothing if the call is about the results of queries, which may have a key too.
fn group(event: &Event<'_>) -> Result<Option<ResourceId>, Unplaced> {
    if let Some(name) = event.request.text("logGroupName") {
        return Ok(Some(event.resource(&LOG_GROUP, name)));
    }
    let missing = Unplaced { missing: "requestParameters.logGroupName" };
    let arn = event.request.text("resourceIdentifier").ok_or(missing)?;
    let Some((_, name)) = arn.split_once(":log-group:") else { return Ok(None) };
    let name = name.strip_suffix(":*").unwrap_or(name);
    Ok(Some(event.resource_of_arn(&LOG_GROUP, arn, name)))
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing;

    #[test]
    fn groups_go_by_name_or_arn_and_query_results_are_none() {
        for (name, request, lines) in [
            ("CreateLogGroup", r#"{"logGroupName":"/app/api"}"#, &["LogGroup /app/api create Certain"][..]),
            (
                "CreateLogGroup",
                r#"{"logGroupName":"/app/api","kmsKeyId":"arn:aws:kms:eu-west-1:111122223333:key/k"}"#,
                &[
                    "LogGroup /app/api create Certain",
                    r#"LogGroup /app/api   KmsKeyId "arn:aws:kms:eu-west-1:111122223333:key/k""#,
                ],
            ),
            (
                "AssociateKmsKey",
                r#"{"resourceIdentifier":"arn:aws:logs:eu-west-1:111122223333:log-group:/app/api","kmsKeyId":"k"}"#,
                &[r#"LogGroup /app/api set KmsKeyId "k""#],
            ),
            (
                "DisassociateKmsKey",
                r#"{"resourceIdentifier":"arn:aws:logs:eu-west-1:111122223333:log-group:/app/api:*"}"#,
                &["LogGroup /app/api clear KmsKeyId"],
            ),
            (
                "AssociateKmsKey",
                r#"{"resourceIdentifier":"arn:aws:logs:eu-west-1:111122223333:query-result:*","kmsKeyId":"k"}"#,
                &["nothing: no_effect"],
            ),
            ("DeleteLogGroup", r#"{"logGroupName":"/app/api"}"#, &["LogGroup /app/api delete"]),
        ] {
            let event =
                format!(r#"{{"eventSource":"logs.amazonaws.com","eventName":"{name}","requestParameters":{request}}}"#);
            assert_eq!(testing::told(&event), lines, "{name} {request}");
        }
    }
}

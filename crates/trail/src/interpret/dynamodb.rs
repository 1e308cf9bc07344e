//! `dynamodb.amazonaws.com`: tables.

use trailhound_model::kinds::dynamodb::{self, TABLE};
use trailhound_model::{Birth, ResourceId, Why};

use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};
use super::pipeline::TOUCHED;
use super::{Body, Draft, Event};

const CREATES: &[Does] = &[Does { verb: Verb::Creates, kind: &TABLE, facets: &[] }];
const WRITES_POLICY: &[Does] = &[Does { verb: Verb::Sets, kind: &TABLE, facets: &[&dynamodb::POLICY.def] }];

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateTable",
        does: CREATES,
        interpret: |event, draft| {
            let stated = Stated::new()
                .value_if(&dynamodb::KMS_ENCRYPTION, encryption(event.request.at(&["sSESpecification"]), event))
                .document(&dynamodb::POLICY, event.request.document("resourcePolicy"));
            draft.on(table(event, "tableName")?).create(Birth::Certain, stated);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteResourcePolicy",
        does: WRITES_POLICY,
        interpret: |event, draft| {
            if let Some(table) = policy_owner(event)? {
                draft.on(table).clear(&dynamodb::POLICY);
            }
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteTable",
        does: &[Does { verb: Verb::Deletes, kind: &TABLE, facets: &[] }, TOUCHED],
        interpret: |event, draft| {
            draft.on(table(event, "tableName")?).delete();
            Ok(())
        },
    },
    EventSpec {
        name: "ImportTable",
        does: CREATES,
        interpret: |event, draft| {
            let parameters = event.request.at(&["tableCreationParameters"]);
            let stated =
                Stated::new().value_if(&dynamodb::KMS_ENCRYPTION, parameters.at(&["sSESpecification"]).flag("enabled"));
            let name = parameters.text("tableName").or_else(|| {
                event.response.at(&["importTableDescription", "tableCreationParameters"]).text("tableName")
            });
            let name = name.ok_or(Unplaced { missing: "tableCreationParameters.tableName" })?;
            draft.on(named(event, name)).create(Birth::Certain, stated);
            Ok(())
        },
    },
    EventSpec {
        name: "PutResourcePolicy",
        does: WRITES_POLICY,
        interpret: |event, draft| {
            if let Some(table) = policy_owner(event)? {
                draft.on(table).set_document_of(&dynamodb::POLICY, event.request, "policy");
            }
            Ok(())
        },
    },
    EventSpec { name: "RestoreTableFromBackup", does: CREATES, interpret: |e, d| restore(e, d, "the backup") },
    EventSpec { name: "RestoreTableToPointInTime", does: CREATES, interpret: |e, d| restore(e, d, "the source table") },
    EventSpec {
        name: "UpdateTable",
        does: &[
            Does { verb: Verb::Sets, kind: &TABLE, facets: &[&dynamodb::KMS_ENCRYPTION.def] },
            Does { verb: Verb::Stales, kind: &TABLE, facets: &[&dynamodb::KMS_ENCRYPTION.def] },
            TOUCHED,
        ],
        interpret: |event, draft| {
            let asked = event.request.at(&["sSESpecification"]);
            let mut on = draft.on(table(event, "tableName")?);
            match encryption(asked, event) {
                None if asked.is_present() => _ = on.stale(&dynamodb::KMS_ENCRYPTION, Why::Touched),
                encryption => _ = on.set_if(&dynamodb::KMS_ENCRYPTION, encryption),
            }
            Ok(())
        },
    },
];

/// Whether a key of the account encrypts a table: as asked, or as the response describes it. A description that does
/// not speak of encryption is no proof that there is none.
fn encryption(asked: Body<'_>, event: &Event<'_>) -> Option<bool> {
    let described = event.response.at(&["tableDescription", "sSEDescription"]);
    let off = |status: &str| matches!(status, "DISABLED" | "DISABLING");
    asked.flag("enabled").or_else(|| described.text("status").map(|status| !off(status)))
}

fn restore(event: &Event<'_>, draft: &mut Draft, source: &'static str) -> Result<(), Unplaced> {
    let stated = match encryption(event.request.at(&["sSESpecificationOverride"]), event) {
        Some(on) => Stated::new().value(&dynamodb::KMS_ENCRYPTION, on),
        None => Stated::new().unread(&dynamodb::KMS_ENCRYPTION, Why::DependsOn(source.into())),
    };
    draft.on(table(event, "targetTableName")?).create(Birth::Certain, stated);
    Ok(())
}

/// The table that a member of the request names, by name or by ARN.
fn table(event: &Event<'_>, member: &'static str) -> Result<ResourceId, Unplaced> {
    let described = || event.response.at(&["tableDescription"]).text("tableName");
    let name = event.request.text(member).or_else(described);
    name.map(|name| named(event, name)).or_else(|| event.listed_resource(&TABLE)).ok_or(Unplaced { missing: member })
}

fn named(event: &Event<'_>, name: &str) -> ResourceId {
    match name.split_once(":table/") {
        Some((_, id)) => event.resource_of_arn(&TABLE, name, id),
        None => event.resource(&TABLE, name),
    }
}

/// The table whose policy a call is about; nothing if it is about the policy of a stream.
fn policy_owner(event: &Event<'_>) -> Result<Option<ResourceId>, Unplaced> {
    let arn = event.request.text("resourceArn").ok_or(Unplaced { missing: "requestParameters.resourceArn" })?;
    let id = arn.split_once(":table/").map_or(arn, |(_, id)| id);
    Ok((!id.contains('/')).then(|| event.resource_of_arn(&TABLE, arn, id)))
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing::meaning;

    // Derived from the API model: none of these was observed but `UpdateTable`.

    fn told(name: &str, rest: &str) -> Vec<String> {
        meaning(&format!(r#"{{"eventSource":"dynamodb.amazonaws.com","eventName":"{name}",{rest}}}"#))
    }

    #[test]
    fn creation() {
        assert_eq!(
            told("CreateTable", r#""requestParameters":{"tableName":"orders","billingMode":"PAY_PER_REQUEST"}"#),
            ["Table orders create Certain"]
        );
        assert_eq!(
            told(
                "CreateTable",
                r#""requestParameters":{"tableName":"orders","sSESpecification":{"enabled":true},
                    "resourcePolicy":"{\"Version\":\"2012-10-17\",\"Statement\":[]}"},
                   "responseElements":{"tableDescription":{"tableName":"orders","sSEDescription":{"status":"ENABLED","sSEType":"KMS"}}}"#
            ),
            [concat!(
                "Table orders create Certain; SSESpecification.SSEEnabled true; ResourcePolicy.PolicyDocument ",
                r#"{"Statement":[],"Version":"2012-10-17"}"#
            )]
        );
        assert_eq!(
            told(
                "ImportTable",
                r#""requestParameters":{"tableCreationParameters":{"tableName":"old","sSESpecification":{"enabled":false}}}"#
            ),
            ["Table old create Certain; SSESpecification.SSEEnabled false"]
        );
    }

    #[test]
    fn a_restored_table_is_encrypted_as_its_source_unless_the_call_says_otherwise() {
        assert_eq!(
            told("RestoreTableFromBackup", r#""requestParameters":{"targetTableName":"orders","backupArn":"arn"}"#),
            [r#"Table orders create Certain; SSESpecification.SSEEnabled Unread(DependsOn("the backup"))"#]
        );
        assert_eq!(
            told(
                "RestoreTableToPointInTime",
                r#""requestParameters":{"sourceTableName":"a","targetTableName":"b","sSESpecificationOverride":{"enabled":true}}"#
            ),
            ["Table b create Certain; SSESpecification.SSEEnabled true"]
        );
        assert_eq!(
            told(
                "RestoreTableToPointInTime",
                r#""requestParameters":{"sourceTableName":"a","targetTableName":"b"},
                   "responseElements":{"tableDescription":{"sSEDescription":{"status":"ENABLED","sSEType":"KMS"}}}"#
            ),
            ["Table b create Certain; SSESpecification.SSEEnabled true"]
        );
    }

    #[test]
    fn updates() {
        assert_eq!(
            told("UpdateTable", r#""requestParameters":{"tableName":"orders","sSESpecification":{"enabled":false}}"#),
            ["Table orders set SSESpecification.SSEEnabled false"]
        );
        assert_eq!(
            told(
                "UpdateTable",
                r#""requestParameters":{"tableName":"orders","sSESpecification":{"kMSMasterKeyId":"k"}}"#
            ),
            ["Table orders stale SSESpecification.SSEEnabled touched"]
        );
        assert_eq!(
            told("UpdateTable", r#""requestParameters":{"tableName":"orders","billingMode":"PROVISIONED"}"#),
            ["nothing: no_effect"]
        );
        // Observed: the name in the response only.
        assert_eq!(
            told(
                "UpdateTable",
                r#""requestParameters":{"sSESpecification":{"enabled":true}},
                   "responseElements":{"tableDescription":{"tableName":"orders"}}"#
            ),
            ["Table orders set SSESpecification.SSEEnabled true"]
        );
        assert_eq!(
            told(
                "DeleteTable",
                r#""requestParameters":{"tableName":"arn:aws:dynamodb:eu-west-1:444455556666:table/orders"}"#
            ),
            ["Table orders@444455556666/eu-west-1 delete"]
        );
    }

    #[test]
    fn policies_of_tables_and_not_of_streams() {
        let arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders";
        assert_eq!(
            told(
                "PutResourcePolicy",
                &format!(r#""requestParameters":{{"resourceArn":"{arn}","policy":"{{\"Statement\":[]}}"}}"#)
            ),
            [r#"Table orders set ResourcePolicy.PolicyDocument {"Statement":[]}"#]
        );
        assert_eq!(
            told("PutResourcePolicy", &format!(r#""requestParameters":{{"resourceArn":"{arn}","policy":"{{"}}"#)),
            ["Table orders stale ResourcePolicy.PolicyDocument not_understood"]
        );
        assert_eq!(
            told("DeleteResourcePolicy", &format!(r#""requestParameters":{{"resourceArn":"{arn}"}}"#)),
            ["Table orders clear ResourcePolicy.PolicyDocument"]
        );
        assert_eq!(
            told(
                "PutResourcePolicy",
                &format!(
                    r#""requestParameters":{{"resourceArn":"{arn}/stream/2026-01-01T00:00:00.000","policy":"{{}}"}}"#
                )
            ),
            ["nothing: no_effect"]
        );
    }
}

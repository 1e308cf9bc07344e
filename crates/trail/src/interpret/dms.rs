//! `dms.amazonaws.com`: replication instances. Shapes derived from the API model.

use trailhound_model::kinds::dms::{self, REPLICATION_INSTANCE};
use trailhound_model::{Birth, ResourceId};

use super::Event;
use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateReplicationInstance",
        does: &[Does { verb: Verb::Creates, kind: &REPLICATION_INSTANCE, facets: &[] }],
        interpret: |event, draft| {
            let shown = event.response.at(&["replicationInstance"]).flag("publiclyAccessible");
            let public = shown.or_else(|| event.request.flag("publiclyAccessible"));
            let stated = Stated::new().value_if(&dms::PUBLICLY_ACCESSIBLE, public);
            draft.on(instance(event)?).create(Birth::Certain, stated);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteReplicationInstance",
        does: &[Does { verb: Verb::Deletes, kind: &REPLICATION_INSTANCE, facets: &[] }],
        interpret: |event, draft| {
            draft.on(instance(event)?).delete();
            Ok(())
        },
    },
];

/// The instance, by its ARN, which only the answer to its creation shows.
fn instance(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let shown = event.response.at(&["replicationInstance"]);
    let arn = event.request.text("replicationInstanceArn").or_else(|| shown.text("replicationInstanceArn"));
    let parts = arn.and_then(|arn| Some((arn, arn.split_once(":rep:")?.1)));
    let (arn, id) = parts.ok_or(Unplaced { missing: "replicationInstanceArn" })?;
    Ok(event.resource_of_arn(&REPLICATION_INSTANCE, arn, id))
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing;

    fn told(name: &str, request: &str, response: &str) -> Vec<String> {
        testing::told(&format!(
            r#"{{"eventSource":"dms.amazonaws.com","eventName":"{name}","requestParameters":{request},"responseElements":{response}}}"#
        ))
    }

    #[test]
    fn an_instance_is_known_by_its_arn() {
        let arn = r#""replicationInstanceArn":"arn:aws:dms:eu-west-1:111122223333:rep:ABC""#;
        assert_eq!(
            told(
                "CreateReplicationInstance",
                r#"{"replicationInstanceIdentifier":"copy"}"#,
                &format!(r#"{{"replicationInstance":{{{arn},"publiclyAccessible":true}}}}"#)
            ),
            ["ReplicationInstance ABC create Certain", "ReplicationInstance ABC   PubliclyAccessible true"]
        );
        assert_eq!(
            told("DeleteReplicationInstance", &format!("{{{arn}}}"), "null"),
            ["ReplicationInstance ABC delete"]
        );
        assert_eq!(
            told("CreateReplicationInstance", r#"{"replicationInstanceIdentifier":"copy"}"#, "null"),
            ["nothing: the record does not name its resource: `replicationInstanceArn` is missing"]
        );
    }
}

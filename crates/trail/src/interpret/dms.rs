//! `dms.amazonaws.com`: replication instances and endpoints. Shapes derived from the API model.

use trailhound_model::kinds::dms::{self, ENDPOINT, REPLICATION_INSTANCE};
use trailhound_model::{Birth, ResourceId};

use super::Event;
use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateEndpoint",
        does: &[Does { verb: Verb::Creates, kind: &ENDPOINT, facets: &[] }],
        interpret: |event, draft| {
            let shown = [event.response.at(&["endpoint"]), event.request];
            let stated = Stated::new()
                .value_if(&dms::ENGINE_NAME, shown.into_iter().find_map(|body| body.text("engineName")))
                .value_if(&dms::SSL_MODE, shown.into_iter().find_map(|body| body.text("sslMode")));
            draft.on(endpoint(event)?).create(Birth::Certain, stated);
            Ok(())
        },
    },
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
        name: "DeleteEndpoint",
        does: &[Does { verb: Verb::Deletes, kind: &ENDPOINT, facets: &[] }],
        interpret: |event, draft| {
            draft.on(endpoint(event)?).delete();
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
    EventSpec {
        name: "ModifyEndpoint",
        does: &[Does { verb: Verb::Sets, kind: &ENDPOINT, facets: &[&dms::ENGINE_NAME.def, &dms::SSL_MODE.def] }],
        interpret: |event, draft| {
            let shown = [event.request, event.response.at(&["endpoint"])];
            draft
                .on(endpoint(event)?)
                .set_if(&dms::ENGINE_NAME, shown.into_iter().find_map(|body| body.text("engineName")))
                .set_if(&dms::SSL_MODE, shown.into_iter().find_map(|body| body.text("sslMode")));
            Ok(())
        },
    },
];

/// The endpoint, by its ARN, which only the answer to its creation shows.
fn endpoint(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let shown = event.response.at(&["endpoint"]);
    let arn = event.request.text("endpointArn").or_else(|| shown.text("endpointArn"));
    let parts = arn.and_then(|arn| Some((arn, arn.split_once(":endpoint:")?.1)));
    let (arn, id) = parts.ok_or(Unplaced { missing: "endpointArn" })?;
    Ok(event.resource_of_arn(&ENDPOINT, arn, id))
}

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

    #[test]
    fn an_endpoint_has_the_mode_that_was_asked_for() {
        let arn = r#""endpointArn":"arn:aws:dms:eu-west-1:111122223333:endpoint:XYZ""#;
        assert_eq!(
            told(
                "CreateEndpoint",
                r#"{"endpointIdentifier":"orders","engineName":"postgres"}"#,
                &format!(r#"{{"endpoint":{{{arn},"engineName":"postgres","sslMode":"none"}}}}"#)
            ),
            [
                "Endpoint XYZ create Certain",
                r#"Endpoint XYZ   EngineName "postgres""#,
                r#"Endpoint XYZ   SslMode "none""#
            ]
        );
        assert_eq!(
            told("ModifyEndpoint", &format!(r#"{{{arn},"sslMode":"require"}}"#), "null"),
            [r#"Endpoint XYZ set SslMode "require""#]
        );
        assert_eq!(told("DeleteEndpoint", &format!("{{{arn}}}"), "null"), ["Endpoint XYZ delete"]);
    }
}

//! `amazonmq.amazonaws.com`: brokers. Shapes derived from the API model.

use trailhound_model::kinds::mq::{self, BROKER};
use trailhound_model::{Birth, ResourceId};

use super::Event;
use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateBroker",
        does: &[Does { verb: Verb::Creates, kind: &BROKER, facets: &[] }],
        interpret: |event, draft| {
            let public = event.request.flag("publiclyAccessible");
            draft.on(broker(event)?).create(Birth::Certain, Stated::new().value_if(&mq::PUBLICLY_ACCESSIBLE, public));
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteBroker",
        does: &[Does { verb: Verb::Deletes, kind: &BROKER, facets: &[] }],
        interpret: |event, draft| {
            draft.on(broker(event)?).delete();
            Ok(())
        },
    },
];

/// The broker, by its id, which only the answer to its creation shows.
fn broker(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let asked = event.request.text("broker-id").or_else(|| event.request.text("brokerId"));
    let id = asked.or_else(|| event.response.text("brokerId")).ok_or(Unplaced { missing: "brokerId" })?;
    Ok(event.resource(&BROKER, id))
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing;

    fn told(name: &str, request: &str, response: &str) -> Vec<String> {
        testing::told(&format!(
            r#"{{"eventSource":"amazonmq.amazonaws.com","eventName":"{name}","requestParameters":{request},"responseElements":{response}}}"#
        ))
    }

    #[test]
    fn a_broker_is_known_by_its_id() {
        let id = r#"{"brokerId":"b-1"}"#;
        for (name, request, response, expected) in [
            (
                "CreateBroker",
                r#"{"brokerName":"orders","publiclyAccessible":true}"#,
                id,
                vec!["Broker b-1 create Certain", "Broker b-1   PubliclyAccessible true"],
            ),
            ("CreateBroker", r#"{"brokerName":"orders"}"#, id, vec!["Broker b-1 create Certain"]),
            ("DeleteBroker", r#"{"broker-id":"b-1"}"#, id, vec!["Broker b-1 delete"]),
            (
                "CreateBroker",
                r#"{"brokerName":"orders"}"#,
                "null",
                vec!["nothing: the record does not name its resource: `brokerId` is missing"],
            ),
        ] {
            assert_eq!(told(name, request, response), expected, "{name} {request}");
        }
    }
}

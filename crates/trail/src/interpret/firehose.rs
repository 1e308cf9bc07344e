//! `firehose.amazonaws.com`: delivery streams. Shapes derived from the API model.

use trailhound_model::kinds::firehose::{self, DELIVERY_STREAM};
use trailhound_model::{Birth, ResourceId};

use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};
use super::{Body, Event};

const SETS_KEY: &[Does] = &[Does { verb: Verb::Sets, kind: &DELIVERY_STREAM, facets: &[&firehose::KEY_TYPE.def] }];

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateDeliveryStream",
        does: &[Does { verb: Verb::Creates, kind: &DELIVERY_STREAM, facets: &[] }],
        interpret: |event, draft| {
            let stated = Stated::new()
                .value_if(&firehose::TYPE, event.request.text("deliveryStreamType"))
                .value_if(&firehose::KEY_TYPE, key_type(event.request));
            draft.on(stream(event)?).create(Birth::Certain, stated);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteDeliveryStream",
        does: &[Does { verb: Verb::Deletes, kind: &DELIVERY_STREAM, facets: &[] }],
        interpret: |event, draft| {
            draft.on(stream(event)?).delete();
            Ok(())
        },
    },
    EventSpec {
        name: "StartDeliveryStreamEncryption",
        does: SETS_KEY,
        interpret: |event, draft| {
            // Without a word about it the key is AWS's.
            let key = key_type(event.request).unwrap_or("AWS_OWNED_CMK");
            draft.on(stream(event)?).set(&firehose::KEY_TYPE, key);
            Ok(())
        },
    },
    EventSpec {
        name: "StopDeliveryStreamEncryption",
        does: SETS_KEY,
        interpret: |event, draft| {
            draft.on(stream(event)?).clear(&firehose::KEY_TYPE);
            Ok(())
        },
    },
];

fn key_type(body: Body<'_>) -> Option<&str> {
    body.at(&["deliveryStreamEncryptionConfigurationInput"]).text("keyType")
}

fn stream(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let name = event.request.text("deliveryStreamName").ok_or(Unplaced { missing: "deliveryStreamName" })?;
    Ok(event.resource(&DELIVERY_STREAM, name))
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing;

    fn told(name: &str, more: &str) -> Vec<String> {
        testing::told(&format!(
            r#"{{"eventSource":"firehose.amazonaws.com","eventName":"{name}","requestParameters":{{"deliveryStreamName":"logs"{more}}}}}"#
        ))
    }

    #[test]
    fn encryption_is_stated_started_and_stopped() {
        let key = r#","deliveryStreamEncryptionConfigurationInput":{"keyType":"CUSTOMER_MANAGED_CMK"}"#;
        let facet = "DeliveryStreamEncryptionConfigurationInput.KeyType";
        for (name, more, expected) in [
            ("CreateDeliveryStream", "", vec!["create Certain".to_owned()]),
            (
                "CreateDeliveryStream",
                key,
                vec!["create Certain".to_owned(), format!(r#"  {facet} "CUSTOMER_MANAGED_CMK""#)],
            ),
            (
                "CreateDeliveryStream",
                r#","deliveryStreamType":"KinesisStreamAsSource""#,
                vec!["create Certain".to_owned(), r#"  DeliveryStreamType "KinesisStreamAsSource""#.to_owned()],
            ),
            ("StartDeliveryStreamEncryption", "", vec![format!(r#"set {facet} "AWS_OWNED_CMK""#)]),
            ("StartDeliveryStreamEncryption", key, vec![format!(r#"set {facet} "CUSTOMER_MANAGED_CMK""#)]),
            ("StopDeliveryStreamEncryption", "", vec![format!("clear {facet}")]),
            ("DeleteDeliveryStream", "", vec!["delete".to_owned()]),
        ] {
            let expected: Vec<String> = expected.iter().map(|line| format!("DeliveryStream logs {line}")).collect();
            assert_eq!(told(name, more), expected, "{name} {more}");
        }
    }
}

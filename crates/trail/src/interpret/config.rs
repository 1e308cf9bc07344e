//! `config.amazonaws.com`: whether AWS Config records in a region.

use trailhound_model::kinds::account::REGION;
use trailhound_model::kinds::config;

use super::draft::{Does, EventSpec, Verb};

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "StartConfigurationRecorder",
        does: &[Does {
            verb: Verb::Sets,
            kind: &REGION,
            facets: &[&config::DELIVERY_CHANNEL.def, &config::RECORDING.def],
        }],
        interpret: |event, draft| {
            // AWS refuses to start a recorder without a channel, so the call proves that there is one.
            draft.on(event.region_resource()).set(&config::RECORDING, true).set(&config::DELIVERY_CHANNEL, true);
            Ok(())
        },
    },
    EventSpec {
        name: "StopConfigurationRecorder",
        does: &[Does { verb: Verb::Sets, kind: &REGION, facets: &[&config::RECORDING.def] }],
        interpret: |event, draft| {
            draft.on(event.region_resource()).set(&config::RECORDING, false);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteConfigurationRecorder",
        does: &[Does { verb: Verb::Sets, kind: &REGION, facets: &[&config::RECORDING.def] }],
        interpret: |event, draft| {
            draft.on(event.region_resource()).set(&config::RECORDING, false);
            Ok(())
        },
    },
    EventSpec {
        name: "PutDeliveryChannel",
        does: &[Does { verb: Verb::Sets, kind: &REGION, facets: &[&config::DELIVERY_CHANNEL.def] }],
        interpret: |event, draft| {
            draft.on(event.region_resource()).set(&config::DELIVERY_CHANNEL, true);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteDeliveryChannel",
        does: &[Does { verb: Verb::Sets, kind: &REGION, facets: &[&config::DELIVERY_CHANNEL.def] }],
        interpret: |event, draft| {
            draft.on(event.region_resource()).set(&config::DELIVERY_CHANNEL, false);
            Ok(())
        },
    },
];

#[cfg(test)]
mod tests {
    use super::super::testing::told;

    #[test]
    fn each_call_says_whether_config_records_or_delivers() {
        let recorder = r#"{"configurationRecorderName":"default"}"#;
        for (name, request, expected) in [
            (
                "StartConfigurationRecorder",
                recorder,
                &["ConfigRecorderRecording true", "ConfigDeliveryChannel true"][..],
            ),
            ("StopConfigurationRecorder", recorder, &["ConfigRecorderRecording false"]),
            ("DeleteConfigurationRecorder", recorder, &["ConfigRecorderRecording false"]),
            (
                "PutDeliveryChannel",
                r#"{"deliveryChannel":{"name":"default","s3BucketName":"acme-config"}}"#,
                &["ConfigDeliveryChannel true"],
            ),
            ("DeleteDeliveryChannel", r#"{"deliveryChannelName":"default"}"#, &["ConfigDeliveryChannel false"]),
        ] {
            let event = format!(
                r#"{{"eventSource":"config.amazonaws.com","eventName":"{name}","requestParameters":{request}}}"#
            );
            let expected: Vec<_> = expected.iter().map(|set| format!("Region self set {set}")).collect();
            assert_eq!(told(&event), expected, "{name}");
        }
    }
}

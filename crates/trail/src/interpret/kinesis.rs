//! `kinesis.amazonaws.com`: data streams.

use trailhound_model::kinds::kinesis::{self, STREAM};
use trailhound_model::{Birth, ResourceId};

use super::Event;
use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};

const SETS_ENCRYPTION: &[Does] = &[Does { verb: Verb::Sets, kind: &STREAM, facets: &[&kinesis::ENCRYPTION_TYPE.def] }];

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateStream",
        does: &[Does { verb: Verb::Creates, kind: &STREAM, facets: &[] }],
        interpret: |event, draft| {
            draft.on(stream(event)?).create(Birth::Certain, Stated::new());
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteStream",
        does: &[Does { verb: Verb::Deletes, kind: &STREAM, facets: &[] }],
        interpret: |event, draft| {
            draft.on(stream(event)?).delete();
            Ok(())
        },
    },
    EventSpec {
        name: "StartStreamEncryption",
        does: SETS_ENCRYPTION,
        interpret: |event, draft| {
            let kind = event.request.text("encryptionType").unwrap_or("KMS");
            draft.on(stream(event)?).set(&kinesis::ENCRYPTION_TYPE, kind);
            Ok(())
        },
    },
    EventSpec {
        name: "StopStreamEncryption",
        does: SETS_ENCRYPTION,
        interpret: |event, draft| {
            draft.on(stream(event)?).clear(&kinesis::ENCRYPTION_TYPE);
            Ok(())
        },
    },
];

/// The stream, by ARN or name; a caller may give either or both.
fn stream(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    if let Some(arn) = event.request.text("streamARN")
        && let Some((_, name)) = arn.split_once(":stream/")
    {
        return Ok(event.resource_of_arn(&STREAM, arn, name));
    }
    let name = event.request.text("streamName").ok_or(Unplaced { missing: "streamName" })?;
    Ok(event.resource(&STREAM, name))
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing::meaning;

    // Derived from the API model: these were not observed.

    fn told(name: &str, request: &str) -> Vec<String> {
        meaning(&format!(
            r#"{{"eventSource":"kinesis.amazonaws.com","eventName":"{name}","requestParameters":{{{request}}}}}"#
        ))
    }

    #[test]
    fn a_stream_is_named_by_name_or_arn() {
        let arn = r#""streamARN":"arn:aws:kinesis:eu-west-1:444455556666:stream/clicks""#;
        assert_eq!(
            told("StopStreamEncryption", arn),
            ["Stream clicks@444455556666/eu-west-1 clear StreamEncryption.EncryptionType"]
        );
        assert_eq!(told("CreateStream", r#""streamName":"clicks","shardCount":1"#), ["Stream clicks create Certain"]);
        assert_eq!(told("DeleteStream", r#""streamName":"clicks""#), ["Stream clicks delete"]);
        assert_eq!(
            told("DeleteStream", ""),
            ["nothing: the record does not name its resource: `streamName` is missing"]
        );
    }

    #[test]
    fn encryption() {
        assert_eq!(
            told(
                "StartStreamEncryption",
                r#""streamName":"clicks","encryptionType":"KMS","keyId":"alias/aws/kinesis""#
            ),
            [r#"Stream clicks set StreamEncryption.EncryptionType "KMS""#]
        );
    }
}

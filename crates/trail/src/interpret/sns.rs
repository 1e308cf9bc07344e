//! `sns.amazonaws.com`: topics. Attributes are a map whose keys keep the API's spelling.

use trailhound_model::kinds::sns::{self, TOPIC};
use trailhound_model::{Birth, ResourceId, Why};

use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};
use super::pipeline::TOUCHED;
use super::{Draft, Event};

/// A statement comes or goes under a label; what else the policy holds is not shown.
const TOUCHES_POLICY: &[Does] = &[Does { verb: Verb::Stales, kind: &TOPIC, facets: &[&sns::POLICY.def] }, TOUCHED];

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec { name: "AddPermission", does: TOUCHES_POLICY, interpret: touch_policy },
    EventSpec {
        name: "CreateTopic",
        does: &[Does { verb: Verb::Creates, kind: &TOPIC, facets: &[] }],
        interpret: |event, draft| {
            let attributes = event.request.at(&["attributes"]);
            let key = attributes.text("KmsMasterKeyId").filter(|key| !key.is_empty());
            let stated =
                Stated::new().value_if(&sns::KMS_KEY, key).document(&sns::POLICY, attributes.document("Policy"));
            // Idempotent by name.
            draft.on(topic(event)?).create(Birth::Unproven, stated);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteTopic",
        does: &[Does { verb: Verb::Deletes, kind: &TOPIC, facets: &[] }, TOUCHED],
        interpret: |event, draft| {
            draft.on(topic(event)?).delete();
            Ok(())
        },
    },
    EventSpec { name: "RemovePermission", does: TOUCHES_POLICY, interpret: touch_policy },
    EventSpec {
        name: "SetTopicAttributes",
        does: &[Does { verb: Verb::Sets, kind: &TOPIC, facets: &[&sns::KMS_KEY.def, &sns::POLICY.def] }, TOUCHED],
        interpret: |event, draft| {
            let mut on = draft.on(topic(event)?);
            match event.request.text("attributeName") {
                Some("KmsMasterKeyId") => match event.request.text("attributeValue") {
                    None | Some("") => on.clear(&sns::KMS_KEY),
                    Some(key) => on.set(&sns::KMS_KEY, key),
                },
                Some("Policy") => match event.request.document("attributeValue") {
                    Ok(None) => on.clear(&sns::POLICY),
                    document => on.set_document(&sns::POLICY, document),
                },
                _ => return Ok(()),
            };
            Ok(())
        },
    },
    EventSpec { name: "Unsubscribe", does: &[TOUCHED], interpret: |_, _| Ok(()) },
];

fn touch_policy(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    draft.on(topic(event)?).stale(&sns::POLICY, Why::Touched);
    Ok(())
}

fn topic(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let arn = event.request.text("topicArn").or_else(|| event.response.text("topicArn"));
    let arn = arn.ok_or(Unplaced { missing: "topicArn" })?;
    let name = arn.rsplit(':').next().unwrap_or(arn);
    Ok(event.resource_of_arn(&TOPIC, arn, name))
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing::meaning;

    fn told(name: &str, rest: &str) -> Vec<String> {
        meaning(&format!(r#"{{"eventSource":"sns.amazonaws.com","eventName":"{name}",{rest}}}"#))
    }

    #[test]
    fn creation_proves_no_birth() {
        let response = r#""responseElements":{"topicArn":"arn:aws:sns:eu-west-1:111122223333:alarms"}"#;
        assert_eq!(
            told("CreateTopic", &format!(r#""requestParameters":{{"name":"alarms"}},{response}"#)),
            ["Topic alarms create Unproven"]
        );
        assert_eq!(
            told(
                "CreateTopic",
                &format!(
                    r#""requestParameters":{{"name":"alarms","attributes":{{"KmsMasterKeyId":"alias/aws/sns",
                        "Policy":"{{\"Statement\":[]}}"}}}},{response}"#
                )
            ),
            [r#"Topic alarms create Unproven; KmsMasterKeyId "alias/aws/sns"; PolicyDocument {"Statement":[]}"#]
        );
        assert_eq!(
            told("CreateTopic", r#""requestParameters":{"name":"alarms"}"#),
            ["nothing: the record does not name its resource: `topicArn` is missing"]
        );
    }

    #[test]
    fn attributes() {
        let set = |name: &str, value: &str| {
            told(
                "SetTopicAttributes",
                &format!(
                    r#""requestParameters":{{"topicArn":"arn:aws:sns:eu-west-1:444455556666:alarms","attributeName":"{name}",
                        "attributeValue":"{value}"}}"#
                ),
            )
        };
        let topic = "Topic alarms@444455556666/eu-west-1";
        assert_eq!(set("KmsMasterKeyId", "alias/aws/sns"), [format!(r#"{topic} set KmsMasterKeyId "alias/aws/sns""#)]);
        assert_eq!(set("KmsMasterKeyId", ""), [format!("{topic} clear KmsMasterKeyId")]);
        assert_eq!(
            set("Policy", r#"{\"Statement\":[]}"#),
            [format!(r#"{topic} set PolicyDocument {{"Statement":[]}}"#)]
        );
        assert_eq!(set("Policy", ""), [format!("{topic} clear PolicyDocument")]);
        assert_eq!(set("Policy", "{"), [format!("{topic} stale PolicyDocument not_understood")]);
        assert_eq!(set("DisplayName", "x"), ["nothing: no_effect"]);
    }

    #[test]
    fn permissions_change_the_policy_without_showing_it() {
        let request =
            r#""requestParameters":{"topicArn":"arn:aws:sns:eu-west-1:111122223333:alarms","label":"partner"}"#;
        for name in ["AddPermission", "RemovePermission"] {
            assert_eq!(told(name, request), ["Topic alarms stale PolicyDocument touched"]);
        }
        assert_eq!(told("DeleteTopic", request), ["Topic alarms delete"]);
    }
}

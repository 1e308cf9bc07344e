//! `sqs.amazonaws.com`: queues. A queue is named by its URL, whose path holds the owner's account and the name.

use trailhound_model::kinds::sqs::{self, QUEUE};
use trailhound_model::{Birth, FacetDef, ResourceId, Why};

use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};
use super::pipeline::TOUCHED;
use super::{Draft, Event};

const FACETS: &[&FacetDef] = &[&sqs::KMS_KEY.def, &sqs::POLICY.def, &sqs::SSE_SQS.def];

/// A statement comes or goes under a label; what else the policy holds is not shown.
const TOUCHES_POLICY: &[Does] = &[Does { verb: Verb::Stales, kind: &QUEUE, facets: &[&sqs::POLICY.def] }, TOUCHED];

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec { name: "AddPermission", does: TOUCHES_POLICY, interpret: touch_policy },
    EventSpec {
        name: "CreateQueue",
        does: &[Does { verb: Verb::Creates, kind: &QUEUE, facets: &[] }],
        interpret: |event, draft| {
            let attributes = event.request.at(&["attributes"]);
            let key = attributes.text("KmsMasterKeyId").filter(|key| !key.is_empty());
            // A key of the account takes the place of the key of SQS.
            let sse_sqs = attributes.flag("SqsManagedSseEnabled").or(key.map(|_| false));
            let stated = Stated::new()
                .value_if(&sqs::KMS_KEY, key)
                .value_if(&sqs::SSE_SQS, sse_sqs)
                .document(&sqs::POLICY, attributes.document("Policy"));
            // Idempotent by name.
            draft.on(queue(event)?).create(Birth::Unproven, stated);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteQueue",
        does: &[Does { verb: Verb::Deletes, kind: &QUEUE, facets: &[] }, TOUCHED],
        interpret: |event, draft| {
            draft.on(queue(event)?).delete();
            Ok(())
        },
    },
    EventSpec { name: "RemovePermission", does: TOUCHES_POLICY, interpret: touch_policy },
    EventSpec {
        name: "SetQueueAttributes",
        does: &[Does { verb: Verb::Sets, kind: &QUEUE, facets: FACETS }, TOUCHED],
        interpret: |event, draft| {
            let attributes = event.request.at(&["attributes"]);
            let mut on = draft.on(queue(event)?);
            on.set_document_of(&sqs::POLICY, attributes, "Policy");
            // The two ways of encryption exclude each other: to set one is to lose the other.
            match (attributes.flag("SqsManagedSseEnabled"), attributes.text("KmsMasterKeyId")) {
                (Some(true), _) => _ = on.set(&sqs::SSE_SQS, true).clear(&sqs::KMS_KEY),
                (None, Some(key)) if !key.is_empty() => _ = on.set(&sqs::KMS_KEY, key).set(&sqs::SSE_SQS, false),
                (off, _) => {
                    on.set_if(&sqs::SSE_SQS, off).set_text_of(&sqs::KMS_KEY, attributes, "KmsMasterKeyId");
                }
            }
            Ok(())
        },
    },
];

fn touch_policy(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    draft.on(queue(event)?).stale(&sqs::POLICY, Why::Touched);
    Ok(())
}

fn queue(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let url = event.request.text("queueUrl").or_else(|| event.response.text("queueUrl"));
    let url = url.ok_or(Unplaced { missing: "queueUrl" })?;
    let mut path = url.trim_end_matches('/').rsplit('/');
    let name = path.next().filter(|name| !name.is_empty()).ok_or(Unplaced { missing: "queueUrl" })?;
    let mut queue = event.resource(&QUEUE, name);
    if let Some(owner) = path.next().filter(|owner| owner.len() == 12 && owner.bytes().all(|b| b.is_ascii_digit())) {
        queue.account = owner.into();
    }
    Ok(queue)
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing::meaning;

    fn told(name: &str, rest: &str) -> Vec<String> {
        meaning(&format!(r#"{{"eventSource":"sqs.amazonaws.com","eventName":"{name}",{rest}}}"#))
    }

    fn set(attributes: &str) -> Vec<String> {
        told(
            "SetQueueAttributes",
            &format!(
                r#""requestParameters":{{"queueUrl":"https://sqs.eu-west-1.amazonaws.com/111122223333/jobs",
                    "attributes":{{{attributes}}}}}"#
            ),
        )
    }

    #[test]
    fn creation_proves_no_birth() {
        let response = r#""responseElements":{"queueUrl":"https://sqs.eu-west-1.amazonaws.com/111122223333/jobs"}"#;
        let create = |attributes: &str| {
            told(
                "CreateQueue",
                &format!(r#""requestParameters":{{"queueName":"jobs","attributes":{attributes}}},{response}"#),
            )
        };
        assert_eq!(create("{}"), ["Queue jobs create Unproven"]);
        assert_eq!(
            create(r#"{"KmsMasterKeyId":"alias/jobs","VisibilityTimeout":"30"}"#),
            [r#"Queue jobs create Unproven; KmsMasterKeyId "alias/jobs"; SqsManagedSseEnabled false"#]
        );
        assert_eq!(
            create(r#"{"SqsManagedSseEnabled":"false","Policy":"{\"Statement\":[]}"}"#),
            [r#"Queue jobs create Unproven; SqsManagedSseEnabled false; PolicyDocument {"Statement":[]}"#]
        );
    }

    #[test]
    fn one_way_of_encryption_takes_the_place_of_the_other() {
        assert_eq!(
            set(r#""KmsMasterKeyId":"alias/jobs""#),
            [r#"Queue jobs set KmsMasterKeyId "alias/jobs""#, "Queue jobs set SqsManagedSseEnabled false"]
        );
        assert_eq!(
            set(r#""SqsManagedSseEnabled":"true""#),
            ["Queue jobs set SqsManagedSseEnabled true", "Queue jobs clear KmsMasterKeyId"]
        );
        assert_eq!(set(r#""KmsMasterKeyId":"""#), ["Queue jobs clear KmsMasterKeyId"]);
        assert_eq!(
            set(r#""KmsMasterKeyId":"","SqsManagedSseEnabled":"false""#),
            ["Queue jobs set SqsManagedSseEnabled false", "Queue jobs clear KmsMasterKeyId"]
        );
    }

    #[test]
    fn policies() {
        assert_eq!(set(r#""Policy":"{\"Statement\":[]}""#), [r#"Queue jobs set PolicyDocument {"Statement":[]}"#]);
        assert_eq!(set(r#""Policy":"""#), ["Queue jobs clear PolicyDocument"]);
        assert_eq!(set(r#""Policy":"x""#), ["Queue jobs stale PolicyDocument not_understood"]);
        assert_eq!(set(r#""DelaySeconds":"5""#), ["nothing: no_effect"]);
    }

    #[test]
    fn a_url_names_the_owner() {
        let request =
            |url: &str| told("AddPermission", &format!(r#""requestParameters":{{"queueUrl":"{url}","label":"a"}}"#));
        assert_eq!(
            request("https://queue.amazonaws.com/444455556666/jobs"),
            ["Queue jobs@444455556666/eu-west-1 stale PolicyDocument touched"]
        );
        assert_eq!(
            told(
                "DeleteQueue",
                r#""requestParameters":{"queueUrl":"https://sqs.eu-west-1.amazonaws.com/111122223333/jobs"}"#
            ),
            ["Queue jobs delete"]
        );
        assert_eq!(
            told("RemovePermission", r#""requestParameters":{"label":"a"}"#),
            ["nothing: the record does not name its resource: `queueUrl` is missing"]
        );
    }
}

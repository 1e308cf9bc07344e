//! Calls that touch Trailhound's own pipeline: whoever blinds the watcher first is seen by its last look.
//!
//! They are calls of several services, which mean something for their own resources too; each service's table says with
//! [`TOUCHED`] that they are looked at here as well.

use trailhound_model::kinds::account::REGION;
use trailhound_model::kinds::pipeline::{MARK, PARTS};
use trailhound_model::{Text, Value};

use super::actor::actor;
use super::draft::{Does, Verb};
use super::{Draft, Event, unversioned};

/// What a call on a part of the pipeline does to its region.
pub(super) const TOUCHED: Does = Does { verb: Verb::Patches, kind: &REGION, facets: &[&PARTS.def] };

/// Notes a call on a part of the pipeline.
pub(super) fn observe(event: &Event<'_>, draft: &mut Draft) {
    let Some((kind, name)) = part(event).filter(|(_, name)| is_marked(name)) else { return };
    let call = unversioned(&event.record.event_name);
    let actor = actor(event.record);
    let role = actor.role.as_deref().and_then(|arn| arn.rsplit('/').next());
    let entry = |enabled: Option<bool>| {
        Value::map([
            ("Name", Some(name.into())),
            ("Event", Some(call.into())),
            ("By", Some(actor.name.clone().into())),
            ("Role", role.map(Value::from)),
            ("Via", actor.invoked_by.clone().map(Value::from)),
            ("Enabled", enabled.map(Value::from)),
        ])
    };
    let (whole, state) = (format!("{kind}/{name}"), Text::from(format!("{kind}/{name}/state")));
    let mut on = draft.on(event.region_resource());
    match call {
        "EnableRule" | "StartLogging" => on.put(&PARTS, state, entry(Some(true))),
        "DisableRule" | "StopLogging" => on.put(&PARTS, state, entry(Some(false))),
        "PutRule" => {
            // A rule is enabled unless the call says otherwise.
            let enabled = event.request.text("state") != Some("DISABLED");
            on.put(&PARTS, whole, entry(None)).put(&PARTS, state, entry(Some(enabled)))
        }
        "DeleteRule" | "DeleteTrail" => on.put(&PARTS, whole, entry(None)).remove(&PARTS, state),
        _ => on.put(&PARTS, whole, entry(None)),
    };
}

/// The kind and name of what the call touches.
fn part<'a>(event: &Event<'a>) -> Option<(&'static str, &'a str)> {
    let request = |name| event.request.text(name);
    let last = |text: &'a str, separator: char| text.rsplit(separator).next();
    let (kind, name) = match (&*event.record.event_source, unversioned(&event.record.event_name)) {
        ("events.amazonaws.com", "DeleteRule" | "DisableRule" | "EnableRule" | "PutRule") => ("rule", request("name")),
        ("events.amazonaws.com", "PutTargets" | "RemoveTargets") => ("targets", request("rule")),
        ("sqs.amazonaws.com", "DeleteQueue" | "RemovePermission" | "SetQueueAttributes") => {
            ("queue", request("queueUrl").and_then(|url| last(url, '/')))
        }
        ("sns.amazonaws.com", "DeleteTopic" | "RemovePermission" | "SetTopicAttributes") => {
            ("topic", request("topicArn").and_then(|arn| last(arn, ':')))
        }
        // The ARN of a subscription is its topic's with one more part.
        ("sns.amazonaws.com", "Unsubscribe") => {
            ("topic", request("subscriptionArn").and_then(|arn| arn.split(':').nth(5)))
        }
        ("dynamodb.amazonaws.com", "DeleteTable" | "UpdateTable") => {
            ("table", request("tableName").and_then(|name| last(name, '/')))
        }
        (
            "lambda.amazonaws.com",
            "DeleteEventSourceMapping"
            | "DeleteFunction"
            | "PutFunctionConcurrency"
            | "RemovePermission"
            | "UpdateEventSourceMapping"
            | "UpdateFunctionCode"
            | "UpdateFunctionConfiguration",
        ) => {
            // A mapping is named by its own id; the response has its function.
            let name = request("functionName").or_else(|| event.response.text("functionArn"));
            let bare = |name: &'a str| name.rsplit_once("function:").map_or(name, |(_, bare)| bare).split(':').next();
            ("function", name.and_then(bare))
        }
        (
            "cloudtrail.amazonaws.com",
            "DeleteTrail" | "PutEventSelectors" | "StartLogging" | "StopLogging" | "UpdateTrail",
        ) => ("trail", request("name").or_else(|| request("trailName")).and_then(|name| last(name, '/'))),
        _ => return None,
    };
    Some((kind, name?))
}

fn is_marked(name: &str) -> bool {
    name.as_bytes().windows(MARK.len()).any(|window| window.eq_ignore_ascii_case(MARK.as_bytes()))
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing;

    fn keys(source: &str, name: &str, request: &str, response: &str) -> Vec<String> {
        let lines = testing::told(&format!(
            r#"{{"eventSource":"{source}.amazonaws.com","eventName":"{name}","requestParameters":{request},"responseElements":{response}}}"#
        ));
        let ours = lines.iter().filter_map(|line| line.strip_prefix("Region self "));
        ours.map(|line| line.split(" {").next().unwrap().to_owned()).collect()
    }

    #[test]
    fn each_part_is_named_in_its_own_way() {
        for (source, name, request, key) in [
            ("events", "DeleteRule", r#"{"name":"trailhound-events"}"#, "rule/trailhound-events"),
            (
                "events",
                "RemoveTargets",
                r#"{"rule":"trailhound-events","ids":["evaluator"]}"#,
                "targets/trailhound-events",
            ),
            (
                "sqs",
                "SetQueueAttributes",
                r#"{"queueUrl":"https://sqs.eu-west-1.amazonaws.com/111122223333/trailhound-work","attributes":{"Policy":""}}"#,
                "queue/trailhound-work",
            ),
            (
                "sns",
                "Unsubscribe",
                r#"{"subscriptionArn":"arn:aws:sns:eu-west-1:111122223333:trailhound-alerts:0a1b2c3d"}"#,
                "topic/trailhound-alerts",
            ),
            ("dynamodb", "UpdateTable", r#"{"tableName":"trailhound"}"#, "table/trailhound"),
            (
                "lambda",
                "UpdateFunctionCode20150331v2",
                r#"{"functionName":"arn:aws:lambda:eu-west-1:111122223333:function:Trailhound-Evaluator:live"}"#,
                "function/Trailhound-Evaluator",
            ),
            (
                "cloudtrail",
                "PutEventSelectors",
                r#"{"trailName":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/acme-trailhound"}"#,
                "trail/acme-trailhound",
            ),
        ] {
            let found = keys(source, name, request, "null");
            assert_eq!(found.first(), Some(&format!("put PipelineParts {key}")), "{name}");
        }
        let mapping =
            r#"{"uUID":"m","functionArn":"arn:aws:lambda:eu-west-1:111122223333:function:trailhound-notifier"}"#;
        assert_eq!(
            keys("lambda", "DeleteEventSourceMapping20150331", r#"{"uUID":"m"}"#, mapping),
            ["put PipelineParts function/trailhound-notifier"]
        );
    }

    #[test]
    fn whether_a_rule_is_on_is_kept_apart_from_what_it_is() {
        let rule = r#"{"name":"trailhound-events"}"#;
        let (whole, state) = ("PipelineParts rule/trailhound-events", "PipelineParts rule/trailhound-events/state");
        assert_eq!(keys("events", "DisableRule", rule, "null"), [format!("put {state}")]);
        assert_eq!(keys("events", "PutRule", rule, "null"), [format!("put {whole}"), format!("put {state}")]);
        assert_eq!(keys("events", "DeleteRule", rule, "null"), [format!("put {whole}"), format!("remove {state}")]);
    }

    #[test]
    fn who_did_it_is_kept() {
        let told = testing::told(
            r#"{"eventSource":"events.amazonaws.com","eventName":"DisableRule","requestParameters":{"name":"trailhound-events"},
                "userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/ops/carol","accountId":"111122223333",
                "invokedBy":"cloudformation.amazonaws.com","sessionContext":{"sessionIssuer":{"type":"Role",
                "arn":"arn:aws:iam::111122223333:role/team/ops","userName":"ops"}}}}"#,
        );
        assert_eq!(
            told,
            [concat!(
                "Region self put PipelineParts rule/trailhound-events/state ",
                r#"{"By":"carol","Enabled":false,"Event":"DisableRule","Name":"trailhound-events","Role":"ops","#,
                r#""Via":"cloudformation.amazonaws.com"}"#
            )]
        );
    }

    #[test]
    fn what_is_no_part_of_a_pipeline_is_not_kept() {
        assert!(keys("events", "DisableRule", r#"{"name":"nightly-backup"}"#, "null").is_empty());
        assert!(
            keys("lambda", "CreateFunction20150331", r#"{"functionName":"trailhound-evaluator"}"#, "null").is_empty()
        );
    }
}

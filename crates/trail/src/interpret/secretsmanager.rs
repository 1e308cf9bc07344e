//! `secretsmanager.amazonaws.com`: secrets. Callers name a secret by name or ARN; the response has the ARN, spelled `arn`
//! or, before February 2024, often `aRN`.

use trailhound_model::kinds::secretsmanager::{self, FAILED, NAME, SECRET, SUCCEEDED};
use trailhound_model::{Birth, ResourceId, Value, Why};

use super::draft::{Does, EventSpec, On, Stated, Unplaced, Verb};
use super::{Body, Draft, Event};

const WRITES_POLICY: &[Does] = &[Does { verb: Verb::Sets, kind: &SECRET, facets: &[&secretsmanager::POLICY.def] }];
const REPORTS_ROTATION: &[Does] =
    &[Does { verb: Verb::Sets, kind: &SECRET, facets: &[&secretsmanager::LAST_ROTATION.def] }];

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CancelRotateSecret",
        does: &[Does {
            verb: Verb::Sets,
            kind: &SECRET,
            facets: &[&secretsmanager::LAST_ROTATION.def, &secretsmanager::ROTATION.def],
        }],
        interpret: |event, draft| {
            secret(event, draft)?.clear(&secretsmanager::ROTATION).clear(&secretsmanager::LAST_ROTATION);
            Ok(())
        },
    },
    EventSpec {
        name: "CreateSecret",
        does: &[Does { verb: Verb::Creates, kind: &SECRET, facets: &[] }],
        interpret: |event, draft| {
            let arn = event.response.text("arn").ok_or(Unplaced { missing: "responseElements.arn" })?;
            let resource = of_arn(event, arn).ok_or(Unplaced { missing: "responseElements.arn" })?;
            if let Some(name) = event.request.text("name") {
                draft.bind(event.alias(&SECRET, NAME, name), &resource, true);
            }
            draft.on(resource).create(Birth::Certain, Stated::new());
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteResourcePolicy",
        does: WRITES_POLICY,
        interpret: |event, draft| {
            secret(event, draft)?.clear(&secretsmanager::POLICY);
            Ok(())
        },
    },
    EventSpec {
        // A secret that waits for its deletion cannot be used, and comes back as it was.
        name: "DeleteSecret",
        does: &[Does { verb: Verb::Deletes, kind: &SECRET, facets: &[] }],
        interpret: |event, draft| {
            secret(event, draft)?.delete();
            Ok(())
        },
    },
    EventSpec {
        name: "PutResourcePolicy",
        does: WRITES_POLICY,
        interpret: |event, draft| {
            secret(event, draft)?.set_document_of(&secretsmanager::POLICY, event.request, "resourcePolicy");
            Ok(())
        },
    },
    EventSpec {
        name: "RestoreSecret",
        does: &[Does { verb: Verb::Creates, kind: &SECRET, facets: &[] }],
        interpret: |event, draft| {
            secret(event, draft)?.restore();
            Ok(())
        },
    },
    EventSpec {
        name: "RotateSecret",
        does: &[
            Does { verb: Verb::Sets, kind: &SECRET, facets: &[&secretsmanager::ROTATION.def] },
            Does { verb: Verb::Stales, kind: &SECRET, facets: &[&secretsmanager::ROTATION.def] },
        ],
        interpret: |event, draft| {
            let rules = event.request.at(&["rotationRules"]);
            let configures = event.request.at(&["rotationLambdaARN"]).is_present();
            let mut on = secret(event, draft)?;
            match schedule(rules) {
                Some(schedule) => on.set(&secretsmanager::ROTATION, schedule),
                // Turned on, with the schedule that the secret had before or with none.
                None if configures || rules.is_present() => on.stale(&secretsmanager::ROTATION, Why::Touched),
                // A rotation now and then, which is no schedule.
                None => return Ok(()),
            };
            Ok(())
        },
    },
    EventSpec { name: "RotationFailed", does: REPORTS_ROTATION, interpret: |e, d| report(e, d, FAILED) },
    EventSpec { name: "RotationSucceeded", does: REPORTS_ROTATION, interpret: |e, d| report(e, d, SUCCEEDED) },
];

/// The schedule that a request's or a read's `RotationRules` give, if they give one.
#[must_use]
pub fn schedule(rules: Body<'_>) -> Option<Value> {
    let days = rules.int("automaticallyAfterDays").map(Value::Int);
    let expression = rules.text("scheduleExpression").map(Value::from);
    (days.is_some() || expression.is_some())
        .then(|| Value::map([("AutomaticallyAfterDays", days), ("ScheduleExpression", expression)]))
}

/// What Secrets Manager itself reports when a rotation ends.
fn report(event: &Event<'_>, draft: &mut Draft, outcome: &str) -> Result<(), Unplaced> {
    // Observed in both places.
    let details = Body::logged(event.record.service_event_details.as_ref());
    let named =
        [event.details, details].into_iter().find_map(|body| body.text("secretId").or_else(|| body.text("arn")));
    let named = named.ok_or(Unplaced { missing: "additionalEventData.SecretId" })?;
    on(event, draft, named).set(&secretsmanager::LAST_ROTATION, outcome);
    Ok(())
}

/// The secret that a call is about.
fn secret<'d>(event: &Event<'_>, draft: &'d mut Draft) -> Result<On<'d>, Unplaced> {
    let used = event.request.text("secretId");
    if let Some(resource) = event.response.text("arn").and_then(|arn| of_arn(event, arn)) {
        let name = event.response.text("name").or(used.filter(|used| !used.starts_with("arn:")));
        if let Some(name) = name {
            draft.bind(event.alias(&SECRET, NAME, name), &resource, false);
        }
        return Ok(draft.on(resource));
    }
    Ok(on(event, draft, used.ok_or(Unplaced { missing: "secretId" })?))
}

/// The secret with this ARN, or else with this name.
fn on<'d>(event: &Event<'_>, draft: &'d mut Draft, named: &str) -> On<'d> {
    match of_arn(event, named) {
        Some(resource) => draft.on(resource),
        None => {
            let name = named.split_once(":secret:").map_or(named, |(_, name)| name);
            draft.on_alias(event.alias(&SECRET, NAME, name))
        }
    }
}

/// The secret with this ARN. An ARN may be given without the generated suffix: then it holds no more than the name.
fn of_arn(event: &Event<'_>, arn: &str) -> Option<ResourceId> {
    let (_, id) = arn.split_once(":secret:")?;
    let (_, suffix) = id.rsplit_once('-')?;
    let complete = suffix.len() == 6 && suffix.bytes().all(|letter| letter.is_ascii_alphanumeric());
    complete.then(|| event.resource_of_arn(&SECRET, arn, id))
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing::{attack, meaning};

    const ARN: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-Ab12Cd";

    fn told(name: &str, rest: &str) -> Vec<String> {
        meaning(&format!(r#"{{"eventSource":"secretsmanager.amazonaws.com","eventName":"{name}",{rest}}}"#))
    }

    const SECRET: &str = "Secret prod/db-Ab12Cd";
    const MEANS: &str = "name prod/db means Secret prod/db-Ab12Cd";

    #[test]
    fn creation_teaches_the_name() {
        assert_eq!(
            told(
                "CreateSecret",
                &format!(
                    r#""requestParameters":{{"name":"prod/db","description":""}},"responseElements":{{"arn":"{ARN}"}}"#
                )
            ),
            [format!("{SECRET} create Certain"), "name prod/db begins to mean Secret prod/db-Ab12Cd".to_owned()]
        );
        assert_eq!(
            told("CreateSecret", r#""requestParameters":{"name":"prod/db"}"#),
            ["nothing: the record does not name its resource: `responseElements.arn` is missing"]
        );
    }

    #[test]
    fn a_secret_is_named_by_response_arn_or_name() {
        let put = |names: &str| {
            told(
                "PutResourcePolicy",
                &format!(r#""requestParameters":{{"resourcePolicy":"{{\"Statement\":[]}}"{names}}}"#),
            )
        };
        let set = r#"set ResourcePolicy {"Statement":[]}"#;
        for member in ["arn", "aRN"] {
            assert_eq!(
                put(&format!(r#","secretId":"prod/db"}},"responseElements":{{"{member}":"{ARN}","name":"prod/db""#)),
                [format!("{SECRET} {set}"), MEANS.to_owned()]
            );
        }
        assert_eq!(put(&format!(r#","secretId":"{ARN}""#)), [format!("{SECRET} {set}")]);
        assert_eq!(put(r#","secretId":"prod/db""#), [format!("AWS::SecretsManager::Secret name=prod/db {set}")]);
        // An ARN without the suffix; `-database` is no suffix.
        assert_eq!(
            put(r#","secretId":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod-database""#),
            [format!("AWS::SecretsManager::Secret name=prod-database {set}")]
        );
        assert_eq!(put(""), ["nothing: the record does not name its resource: `secretId` is missing"]);
    }

    #[test]
    fn policies_and_deletion() {
        let rest = format!(
            r#""requestParameters":{{"secretId":"{ARN}"}},"responseElements":{{"aRN":"{ARN}","name":"prod/db"}}"#
        );
        for (name, operation) in
            [("DeleteResourcePolicy", "clear ResourcePolicy"), ("DeleteSecret", "delete"), ("RestoreSecret", "restore")]
        {
            assert_eq!(told(name, &rest), [format!("{SECRET} {operation}"), MEANS.to_owned()]);
        }
    }

    #[test]
    fn rotation() {
        let rotate = |rest: &str| told("RotateSecret", &format!(r#""requestParameters":{{"secretId":"{ARN}"{rest}}}"#));
        assert_eq!(
            rotate(
                r#","rotationLambdaARN":"arn:aws:lambda:eu-west-1:111122223333:function:r","rotationRules":{"automaticallyAfterDays":30}"#
            ),
            [format!(r#"{SECRET} set RotationRules {{"AutomaticallyAfterDays":30}}"#)]
        );
        assert_eq!(
            rotate(r#","rotationRules":{"scheduleExpression":"rate(10 days)","duration":"2h"}"#),
            [format!(r#"{SECRET} set RotationRules {{"ScheduleExpression":"rate(10 days)"}}"#)]
        );
        assert_eq!(rotate(r#","rotationLambdaARN":"arn""#), [format!("{SECRET} stale RotationRules touched")]);
        assert_eq!(rotate(r#","clientRequestToken":"t""#), ["nothing: no_effect"]);
        assert_eq!(
            told("CancelRotateSecret", &format!(r#""requestParameters":{{"secretId":"{ARN}"}}"#)),
            [format!("{SECRET} clear RotationRules"), format!("{SECRET} clear LastRotation")]
        );
    }

    #[test]
    fn the_service_reports_how_rotations_end() {
        // A failed rotation is reported with an error message; the report itself did not fail.
        assert_eq!(
            told(
                "RotationFailed",
                &format!(
                    r#""eventType":"AwsServiceEvent","requestParameters":null,"errorMessage":"Error when executing lambda",
                       "additionalEventData":{{"SecretId":"{ARN}"}}"#
                )
            ),
            [format!(r#"{SECRET} set LastRotation "Failed""#)]
        );
        assert_eq!(
            told(
                "RotationSucceeded",
                &format!(r#""eventType":"AwsServiceEvent","serviceEventDetails":{{"secretId":"{ARN}"}}"#)
            ),
            [format!(r#"{SECRET} set LastRotation "Succeeded""#)]
        );
    }

    #[test]
    fn secrets_in_a_simulated_attack() {
        let Some(told) = attack("secretsmanager.amazonaws.com") else { return };
        let count =
            |name: &str, end: &str| told.iter().filter(|(call, lines)| call == name && lines[0].ends_with(end)).count();
        assert_eq!(count("CreateSecret", " create Certain"), 20);
        // Three deletions were not recorded.
        assert_eq!(count("DeleteSecret", " delete"), 17);
        assert_eq!(told.len(), 37);
    }
}

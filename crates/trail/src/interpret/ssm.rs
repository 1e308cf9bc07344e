//! `ssm.amazonaws.com`: parameters, whose values CloudTrail hides, and the sharing of documents.

use trailhound_model::kinds::ssm::{self, DOCUMENT, PARAMETER};
use trailhound_model::{Birth, ResourceId};

use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};
use super::{Draft, Event};

const DELETES_PARAMETER: &[Does] = &[Does { verb: Verb::Deletes, kind: &PARAMETER, facets: &[] }];

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateDocument",
        does: &[Does { verb: Verb::Creates, kind: &DOCUMENT, facets: &[] }],
        interpret: |event, draft| {
            draft.on(document(event)?).create(Birth::Certain, Stated::new());
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteDocument",
        does: &[Does { verb: Verb::Deletes, kind: &DOCUMENT, facets: &[] }],
        interpret: |event, draft| {
            draft.on(document(event)?).delete();
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteParameter",
        does: DELETES_PARAMETER,
        interpret: |event, draft| {
            draft.on(parameter(event, event.request.text("name").ok_or(Unplaced { missing: "name" })?)).delete();
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteParameters",
        does: DELETES_PARAMETER,
        interpret: |event, draft| {
            // The response lists those that existed.
            let found = event.response.at(&["deletedParameters"]).is_present();
            let names = if found { event.response.texts("deletedParameters") } else { event.request.texts("names") };
            for name in names {
                draft.on(parameter(event, name)).delete();
            }
            Ok(())
        },
    },
    EventSpec {
        name: "ModifyDocumentPermission",
        does: &[Does { verb: Verb::Sets, kind: &DOCUMENT, facets: &[&ssm::DOCUMENT_PUBLIC.def] }],
        interpret: |event, draft| {
            let all = |member: &str| event.request.texts(member).iter().any(|id| id.eq_ignore_ascii_case("all"));
            let public = match (all("accountIdsToAdd"), all("accountIdsToRemove")) {
                (true, _) => Some(true),
                (false, true) => Some(false),
                (false, false) => None,
            };
            draft.on(document(event)?).set_if(&ssm::DOCUMENT_PUBLIC, public);
            Ok(())
        },
    },
    EventSpec {
        name: "PutParameter",
        does: &[
            Does { verb: Verb::Creates, kind: &PARAMETER, facets: &[] },
            Does { verb: Verb::Sets, kind: &PARAMETER, facets: &[&ssm::TYPE.def] },
        ],
        interpret: put_parameter,
    },
];

/// A parameter's first version is its creation; without permission to overwrite, AWS refuses any other.
fn put_parameter(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let name = event.request.text("name").ok_or(Unplaced { missing: "name" })?;
    let kind = event.request.text("type");
    let created = match event.response.int("version") {
        Some(version) => version == 1,
        None => event.request.flag("overwrite") != Some(true),
    };
    let mut on = draft.on(parameter(event, name));
    if created {
        on.create(Birth::Certain, Stated::new().value_if(&ssm::TYPE, kind));
    } else {
        on.set_if(&ssm::TYPE, kind);
    }
    Ok(())
}

fn parameter(event: &Event<'_>, name: &str) -> ResourceId {
    match name.split_once(":parameter/") {
        Some((_, id)) => event.resource_of_arn(&PARAMETER, name, id),
        None => event.resource(&PARAMETER, name.strip_prefix('/').unwrap_or(name)),
    }
}

fn document(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let described = event.response.at(&["documentDescription"]);
    let name = event.request.text("name").or_else(|| described.text("name"));
    let name = name.ok_or(Unplaced { missing: "name" })?;
    Ok(match name.split_once(":document/") {
        Some((_, id)) => event.resource_of_arn(&DOCUMENT, name, id),
        None => event.resource(&DOCUMENT, name),
    })
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing::{attack, meaning};

    fn told(name: &str, rest: &str) -> Vec<String> {
        meaning(&format!(r#"{{"eventSource":"ssm.amazonaws.com","eventName":"{name}",{rest}}}"#))
    }

    fn put(request: &str, version: &str) -> Vec<String> {
        told(
            "PutParameter",
            &format!(
                r#""requestParameters":{{"name":"/prod/db/password","value":"HIDDEN_DUE_TO_SECURITY_REASONS"{request}}},
                   "responseElements":{version}"#
            ),
        )
    }

    #[test]
    fn the_first_version_is_the_creation() {
        let create = [r#"Parameter prod/db/password create Certain; Type "String""#];
        assert_eq!(put(r#","type":"String","overwrite":false"#, r#"{"version":1,"tier":"Standard"}"#), create);
        assert_eq!(put(r#","type":"String","overwrite":true"#, r#"{"version":1,"tier":"Standard"}"#), create);
        assert_eq!(put(r#","type":"String""#, "null"), create);
    }

    #[test]
    fn a_later_version_changes_what_it_states() {
        assert_eq!(
            put(r#","type":"SecureString","overwrite":true"#, r#"{"version":7}"#),
            [r#"Parameter prod/db/password set Type "SecureString""#]
        );
        assert_eq!(put(r#","overwrite":true"#, r#"{"version":8}"#), ["nothing: no_effect"]);
        assert_eq!(put(r#","overwrite":true"#, "null"), ["nothing: no_effect"]);
    }

    #[test]
    fn deletion_of_one_and_of_many() {
        assert_eq!(told("DeleteParameter", r#""requestParameters":{"name":"flat"}"#), ["Parameter flat delete"]);
        assert_eq!(
            told(
                "DeleteParameters",
                r#""requestParameters":{"names":["/a","/b","/c"]},
                   "responseElements":{"deletedParameters":["/a","/b"],"invalidParameters":["/c"]}"#
            ),
            ["Parameter a delete", "Parameter b delete"]
        );
        assert_eq!(told("DeleteParameters", r#""requestParameters":{"names":["/a"]}"#), ["Parameter a delete"]);
    }

    #[test]
    fn documents() {
        let share = |rest: &str| {
            told(
                "ModifyDocumentPermission",
                &format!(r#""requestParameters":{{"name":"restart-workers","permissionType":"Share"{rest}}}"#),
            )
        };
        assert_eq!(share(r#","accountIdsToAdd":["all"]"#), ["Document restart-workers set SharedWithAll true"]);
        assert_eq!(
            share(r#","accountIdsToRemove":["All"],"accountIdsToAdd":[]"#),
            ["Document restart-workers set SharedWithAll false"]
        );
        assert_eq!(share(r#","accountIdsToAdd":["444455556666"]"#), ["nothing: no_effect"]);
        assert_eq!(
            told("CreateDocument", r#""requestParameters":{"name":"restart-workers","content":"{}"}"#),
            ["Document restart-workers create Certain"]
        );
        assert_eq!(
            told(
                "DeleteDocument",
                r#""requestParameters":{"name":"arn:aws:ssm:eu-west-1:444455556666:document/restart-workers"}"#
            ),
            ["Document restart-workers@444455556666/eu-west-1 delete"]
        );
    }

    #[test]
    fn parameters_in_a_simulated_attack() {
        let Some(told) = attack("ssm.amazonaws.com") else { return };
        let count = |name: &str, line: &str| {
            told.iter().filter(|(call, lines)| call == name && lines.iter().any(|told| told.ends_with(line))).count()
        };
        assert_eq!(count("PutParameter", r#"   Type "SecureString""#), 42);
        assert_eq!(count("DeleteParameter", " delete"), 40);
        assert_eq!(count("PutParameter", "failed") + count("DeleteParameter", "failed"), 63);
    }
}

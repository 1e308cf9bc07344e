//! `redshift-serverless.amazonaws.com`: workgroups. Shapes derived from the API model.

use trailhound_model::kinds::redshiftserverless::{self, WORKGROUP};
use trailhound_model::{Birth, ResourceId};

use super::Event;
use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateWorkgroup",
        does: &[Does { verb: Verb::Creates, kind: &WORKGROUP, facets: &[] }],
        interpret: |event, draft| {
            let stated = Stated::new().value_if(&redshiftserverless::PUBLICLY_ACCESSIBLE, public(event));
            draft.on(workgroup(event)?).create(Birth::Certain, stated);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteWorkgroup",
        does: &[Does { verb: Verb::Deletes, kind: &WORKGROUP, facets: &[] }],
        interpret: |event, draft| {
            draft.on(workgroup(event)?).delete();
            Ok(())
        },
    },
    EventSpec {
        name: "UpdateWorkgroup",
        does: &[Does { verb: Verb::Sets, kind: &WORKGROUP, facets: &[&redshiftserverless::PUBLICLY_ACCESSIBLE.def] }],
        interpret: |event, draft| {
            draft.on(workgroup(event)?).set_if(&redshiftserverless::PUBLICLY_ACCESSIBLE, public(event));
            Ok(())
        },
    },
];

/// What was asked for; else what the answer shows.
fn public(event: &Event<'_>) -> Option<bool> {
    let shown = event.response.at(&["workgroup"]).flag("publiclyAccessible");
    event.request.flag("publiclyAccessible").or(shown)
}

fn workgroup(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let name = event.request.text("workgroupName").ok_or(Unplaced { missing: "workgroupName" })?;
    Ok(event.resource(&WORKGROUP, name))
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing;

    fn told(name: &str, request: &str, response: &str) -> Vec<String> {
        testing::told(&format!(
            r#"{{"eventSource":"redshift-serverless.amazonaws.com","eventName":"{name}","requestParameters":{request},"responseElements":{response}}}"#
        ))
    }

    #[test]
    fn a_workgroup_is_as_asked_for() {
        let shown = r#"{"workgroup":{"workgroupName":"bi","publiclyAccessible":true}}"#;
        for (name, request, response, expected) in [
            ("CreateWorkgroup", r#"{"workgroupName":"bi"}"#, "null", vec!["Workgroup bi create Certain"]),
            (
                "CreateWorkgroup",
                r#"{"workgroupName":"bi"}"#,
                shown,
                vec!["Workgroup bi create Certain", "Workgroup bi   PubliclyAccessible true"],
            ),
            // The answer may still show what was.
            (
                "UpdateWorkgroup",
                r#"{"workgroupName":"bi","publiclyAccessible":false}"#,
                shown,
                vec!["Workgroup bi set PubliclyAccessible false"],
            ),
            ("UpdateWorkgroup", r#"{"workgroupName":"bi","port":5440}"#, "null", vec!["nothing: no_effect"]),
            ("DeleteWorkgroup", r#"{"workgroupName":"bi"}"#, "null", vec!["Workgroup bi delete"]),
        ] {
            assert_eq!(told(name, request, response), expected, "{name} {request}");
        }
    }
}

//! `cloudformation.amazonaws.com`: stacks.
//!
//! A call shows the values of some parameters, but neither the template's defaults nor which parameters the template hides
//! (`NoEcho`): what everyone who may describe the stack can read is not known from a log.

use trailhound_model::kinds::cloudformation::{self, STACK};
use trailhound_model::{Birth, FacetDef, ResourceId, Why};

use super::Event;
use super::draft::{Does, Draft, EventSpec, Stated, Unplaced, Verb};

/// What a stack shows.
const SHOWN: &[&FacetDef] = &[&cloudformation::PARAMETER_SECRETS.def, &cloudformation::OUTPUT_SECRETS.def];
const TOUCHES: &[Does] = &[Does { verb: Verb::Stales, kind: &STACK, facets: SHOWN }];

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateStack",
        does: &[Does { verb: Verb::Creates, kind: &STACK, facets: &[] }],
        interpret: |event, draft| {
            let stated = SHOWN.iter().fold(Stated::new(), |stated, facet| stated.unread(facet, template()));
            draft.on(stack(event)?).create(Birth::Certain, stated);
            Ok(())
        },
    },
    EventSpec { name: "UpdateStack", does: TOUCHES, interpret: touch },
    EventSpec { name: "ExecuteChangeSet", does: TOUCHES, interpret: touch },
    EventSpec { name: "ContinueUpdateRollback", does: TOUCHES, interpret: touch },
    EventSpec { name: "RollbackStack", does: TOUCHES, interpret: touch },
    EventSpec {
        name: "DeleteStack",
        does: &[Does { verb: Verb::Deletes, kind: &STACK, facets: &[] }],
        interpret: |event, draft| {
            draft.on(stack(event)?).delete();
            Ok(())
        },
    },
];

fn touch(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let mut on = draft.on(stack(event)?);
    for facet in SHOWN {
        on.stale(facet, template());
    }
    Ok(())
}

fn template() -> Why {
    Why::DependsOn("the stack's template".into())
}

/// The stack, by name or by ARN (`…:stack/name/generated`).
fn stack(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let text = event.request.text("stackName").ok_or(Unplaced { missing: "requestParameters.stackName" })?;
    let name = text.split_once(":stack/").map_or(text, |(_, rest)| rest.split_once('/').map_or(rest, |(name, _)| name));
    Ok(event.resource_of_arn(&STACK, if text.starts_with("arn:") { text } else { "" }, name))
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing;

    fn told(name: &str, request: &str) -> Vec<String> {
        testing::told(&format!(
            r#"{{"eventSource":"cloudformation.amazonaws.com","eventName":"{name}","requestParameters":{request}}}"#
        ))
    }

    #[test]
    fn what_a_stack_shows_is_never_taken_from_a_call() {
        let create = r#"{"stackName":"web","parameters":[{"parameterKey":"Mode","parameterValue":"blue"}]}"#;
        assert_eq!(
            told("CreateStack", create),
            [
                "Stack web create Certain",
                r#"Stack web   ParameterSecrets Unread(DependsOn("the stack's template"))"#,
                r#"Stack web   OutputSecrets Unread(DependsOn("the stack's template"))"#
            ]
        );
        let touched = ["Stack web stale ParameterSecrets depends_on", "Stack web stale OutputSecrets depends_on"];
        for name in ["UpdateStack", "ExecuteChangeSet", "RollbackStack", "ContinueUpdateRollback"] {
            assert_eq!(told(name, r#"{"stackName":"web","changeSetName":"c"}"#), touched, "{name}");
        }
    }

    #[test]
    fn a_stack_goes_by_name_or_arn() {
        for named in ["web", "arn:aws:cloudformation:eu-west-1:111122223333:stack/web/1b2c3d4e"] {
            assert_eq!(told("DeleteStack", &format!(r#"{{"stackName":"{named}"}}"#)), ["Stack web delete"]);
        }
        assert_eq!(
            told(
                "ExecuteChangeSet",
                r#"{"changeSetName":"arn:aws:cloudformation:eu-west-1:111122223333:changeSet/c/1"}"#
            ),
            ["nothing: the record does not name its resource: `requestParameters.stackName` is missing"]
        );
    }
}

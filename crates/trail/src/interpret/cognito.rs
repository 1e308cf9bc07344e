//! `cognito-identity.amazonaws.com`: identity pools. Shapes derived from the API model.

use trailhound_model::kinds::cognito::{self, IDENTITY_POOL};
use trailhound_model::{Birth, ResourceId};

use super::Event;
use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateIdentityPool",
        does: &[Does { verb: Verb::Creates, kind: &IDENTITY_POOL, facets: &[] }],
        interpret: |event, draft| {
            let guests = event.request.flag("allowUnauthenticatedIdentities");
            draft.on(pool(event)?).create(Birth::Certain, Stated::new().value_if(&cognito::ALLOW_GUESTS, guests));
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteIdentityPool",
        does: &[Does { verb: Verb::Deletes, kind: &IDENTITY_POOL, facets: &[] }],
        interpret: |event, draft| {
            draft.on(pool(event)?).delete();
            Ok(())
        },
    },
    EventSpec {
        name: "UpdateIdentityPool",
        does: &[Does { verb: Verb::Sets, kind: &IDENTITY_POOL, facets: &[&cognito::ALLOW_GUESTS.def] }],
        interpret: |event, draft| {
            let guests = event.request.flag("allowUnauthenticatedIdentities");
            draft.on(pool(event)?).set_if(&cognito::ALLOW_GUESTS, guests);
            Ok(())
        },
    },
];

/// The pool, by its id, which only the answer to its creation shows.
fn pool(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let id = event.request.text("identityPoolId").or_else(|| event.response.text("identityPoolId"));
    Ok(event.resource(&IDENTITY_POOL, id.ok_or(Unplaced { missing: "identityPoolId" })?))
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing;

    fn told(name: &str, request: &str, response: &str) -> Vec<String> {
        testing::told(&format!(
            r#"{{"eventSource":"cognito-identity.amazonaws.com","eventName":"{name}","requestParameters":{request},"responseElements":{response}}}"#
        ))
    }

    #[test]
    fn a_pool_lets_guests_in_or_not() {
        let id = r#""identityPoolId":"eu-west-1:1-2""#;
        assert_eq!(
            told("CreateIdentityPool", r#"{"allowUnauthenticatedIdentities":true}"#, &format!("{{{id}}}")),
            [
                "IdentityPool eu-west-1:1-2 create Certain",
                "IdentityPool eu-west-1:1-2   AllowUnauthenticatedIdentities true"
            ]
        );
        assert_eq!(
            told("UpdateIdentityPool", &format!(r#"{{{id},"allowUnauthenticatedIdentities":false}}"#), "null"),
            ["IdentityPool eu-west-1:1-2 set AllowUnauthenticatedIdentities false"]
        );
        assert_eq!(told("DeleteIdentityPool", &format!("{{{id}}}"), "null"), ["IdentityPool eu-west-1:1-2 delete"]);
    }
}

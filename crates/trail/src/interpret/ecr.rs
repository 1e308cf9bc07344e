//! `ecr.amazonaws.com`: repositories.

use trailhound_model::kinds::ecr::{self, REPOSITORY};
use trailhound_model::{Birth, ResourceId, Value};

use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};
use super::{Body, Event};

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateRepository",
        does: &[Does { verb: Verb::Creates, kind: &REPOSITORY, facets: &[] }],
        interpret: |event, draft| {
            let stated = Stated::new().value_if(
                &ecr::ENCRYPTION,
                [event.response.at(&["repository"]), event.request].into_iter().find_map(encryption),
            );
            draft.on(repository(event)?).create(Birth::Certain, stated);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteRepository",
        does: &[Does { verb: Verb::Deletes, kind: &REPOSITORY, facets: &[] }],
        interpret: |event, draft| {
            draft.on(repository(event)?).delete();
            Ok(())
        },
    },
    EventSpec {
        name: "SetRepositoryPolicy",
        does: &[Does { verb: Verb::Sets, kind: &REPOSITORY, facets: &[&ecr::POLICY.def] }],
        interpret: |event, draft| {
            let document = event.request.document("policyText");
            draft.on(repository(event)?).set_document(&ecr::POLICY, document);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteRepositoryPolicy",
        does: &[Does { verb: Verb::Sets, kind: &REPOSITORY, facets: &[&ecr::POLICY.def] }],
        interpret: |event, draft| {
            draft.on(repository(event)?).clear(&ecr::POLICY);
            Ok(())
        },
    },
];

/// The repository, in the registry (an account) that the call names.
fn repository(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let name = event.request.text("repositoryName").ok_or(Unplaced { missing: "requestParameters.repositoryName" })?;
    let mut id = event.resource(&REPOSITORY, name);
    if let Some(registry) = event.request.text("registryId") {
        id.account = registry.into();
    }
    Ok(id)
}

/// The encryption that a repository states.
#[must_use]
pub fn encryption(body: Body<'_>) -> Option<Value> {
    let configuration = body.at(&["encryptionConfiguration"]);
    let kind = configuration.text("encryptionType")?;
    let key = configuration.text("kmsKey").map(Value::from);
    Some(Value::map([("EncryptionType", Some(kind.into())), ("KmsKey", key)]))
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing;

    fn told(name: &str, request: &str, response: &str) -> Vec<String> {
        testing::told(&format!(
            r#"{{"eventSource":"ecr.amazonaws.com","eventName":"{name}","requestParameters":{request},"responseElements":{response}}}"#
        ))
    }

    #[test]
    fn a_repository_is_encrypted_as_the_response_says() {
        let request = r#"{"repositoryName":"team/api","encryptionConfiguration":{"encryptionType":"KMS"}}"#;
        let response = r#"{"repository":{"repositoryName":"team/api","encryptionConfiguration":
            {"encryptionType":"KMS","kmsKey":"arn:aws:kms:eu-west-1:111122223333:key/k"}}}"#;
        for (response, stated) in [
            ("null", r#"{"EncryptionType":"KMS"}"#),
            (response, r#"{"EncryptionType":"KMS","KmsKey":"arn:aws:kms:eu-west-1:111122223333:key/k"}"#),
        ] {
            assert_eq!(
                told("CreateRepository", request, response),
                [
                    "Repository team/api create Certain".to_owned(),
                    format!("Repository team/api   EncryptionConfiguration {stated}")
                ]
            );
        }
        assert_eq!(told("CreateRepository", r#"{"repositoryName":"api"}"#, "null"), ["Repository api create Certain"]);
        assert_eq!(
            told("DeleteRepository", r#"{"repositoryName":"api","force":true}"#, "null"),
            ["Repository api delete"]
        );
    }

    #[test]
    fn a_policy_is_text_in_the_request_and_belongs_to_the_registry_that_is_named() {
        let request = r#"{"registryId":"444455556666","repositoryName":"api","policyText":"{\"Statement\":[]}"}"#;
        assert_eq!(
            told("SetRepositoryPolicy", request, "null"),
            [r#"Repository api@444455556666/eu-west-1 set RepositoryPolicyText {"Statement":[]}"#]
        );
        assert_eq!(
            told("SetRepositoryPolicy", r#"{"repositoryName":"api","policyText":"{ cut"}"#, "null"),
            ["Repository api stale RepositoryPolicyText not_understood"]
        );
        assert_eq!(
            told("DeleteRepositoryPolicy", r#"{"repositoryName":"api"}"#, "null"),
            ["Repository api clear RepositoryPolicyText"]
        );
    }

    #[test]
    fn real_policies_are_read() {
        let Some(told) = testing::collected("ecr.amazonaws.com") else { return };
        let mut ids: Vec<_> = told
            .iter()
            .filter(|(name, lines)| name == "SetRepositoryPolicy" && lines[0].contains(r#""Principal":"*""#))
            .filter_map(|(_, lines)| lines[0].split(" set ").next())
            .collect();
        ids.sort_unstable();
        assert_eq!(ids, ["Repository community@112233445566/eu-west-1", "Repository test@123456789123/us-east-1"]);
    }
}

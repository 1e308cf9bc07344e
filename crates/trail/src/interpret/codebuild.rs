//! `codebuild.amazonaws.com`: projects. Shapes derived from the API model.

use trailhound_model::kinds::codebuild::{self, PROJECT};
use trailhound_model::{Birth, ResourceId};

use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};
use super::variables::Variables;
use super::{Body, Event};

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateProject",
        does: &[Does { verb: Verb::Creates, kind: &PROJECT, facets: &[] }],
        interpret: |event, draft| {
            let stated = match variables(event) {
                Some(variables) => variables.state(Stated::new(), &codebuild::ENVIRONMENT_SECRETS),
                None => Stated::new(),
            };
            draft.on(project(event)?).create(Birth::Certain, stated);
            Ok(())
        },
    },
    EventSpec {
        name: "UpdateProject",
        does: &[Does { verb: Verb::Sets, kind: &PROJECT, facets: &[&codebuild::ENVIRONMENT_SECRETS.def] }],
        interpret: |event, draft| {
            if let Some(variables) = variables(event) {
                variables.set(&mut draft.on(project(event)?), &codebuild::ENVIRONMENT_SECRETS);
            }
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteProject",
        does: &[Does { verb: Verb::Deletes, kind: &PROJECT, facets: &[] }],
        interpret: |event, draft| {
            draft.on(project(event)?).delete();
            Ok(())
        },
    },
];

/// The project, by name or by ARN.
fn project(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let text = event.request.text("name").ok_or(Unplaced { missing: "requestParameters.name" })?;
    let name = text.split_once(":project/").map_or(text, |(_, name)| name);
    Ok(event.resource(&PROJECT, name))
}

/// The plaintext variables of the environment that the call shows; an environment is always given as a whole.
fn variables(event: &Event<'_>) -> Option<Variables> {
    let shown = [event.response.at(&["project"]), event.request].map(|body| body.at(&["environment"]));
    let environment = shown.into_iter().find(|environment| environment.is_present())?;
    let is_plain = |variable: &Body<'_>| variable.text("type").is_none_or(|kind| kind == "PLAINTEXT");
    let mut variables = Variables::default();
    variables.look("", environment.list("environmentVariables").into_iter().filter(is_plain));
    Some(variables)
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing;

    fn told(name: &str, request: &str, response: &str) -> Vec<String> {
        testing::told(&format!(
            r#"{{"eventSource":"codebuild.amazonaws.com","eventName":"{name}","requestParameters":{request},"responseElements":{response}}}"#
        ))
    }

    const VARIABLES: &str = r#""environment":{"type":"LINUX_CONTAINER","environmentVariables":[
        {"name":"STAGE","value":"prod","type":"PLAINTEXT"},{"name":"DB_PASSWORD","value":"correct-horse-battery"},
        {"name":"TOKEN","value":"build/token","type":"PARAMETER_STORE"},
        {"name":"API_KEY","value":"build/key:SecretString","type":"SECRETS_MANAGER"}]}"#;

    #[test]
    fn only_the_names_of_secret_looking_plaintext_variables_are_kept() {
        let kept = r#"EnvironmentSecrets {"DB_PASSWORD":{"Detector":"secret_name","Name":"DB_PASSWORD"}}"#;
        assert_eq!(
            told("CreateProject", &format!(r#"{{"name":"build",{VARIABLES}}}"#), "null"),
            ["Project build create Certain".to_owned(), format!("Project build   {kept}")]
        );
        assert_eq!(
            told("UpdateProject", r#"{"name":"build"}"#, &format!(r#"{{"project":{{"name":"build",{VARIABLES}}}}}"#)),
            [format!("Project build set {kept}")]
        );
        assert_eq!(told("DeleteProject", r#"{"name":"build"}"#, "{}"), ["Project build delete"]);
    }

    #[test]
    fn a_hidden_value_is_not_harmless() {
        let variables = r#""environment":{"environmentVariables":[{"name":"STAGE","value":"HIDDEN_DUE_TO_SECURITY_REASONS"},
            {"name":"DB_PASSWORD","value":"correct-horse-battery"}]}"#;
        assert_eq!(
            told("UpdateProject", &format!(r#"{{"name":"build",{variables}}}"#), "null"),
            [
                "Project build stale EnvironmentSecrets hidden",
                r#"Project build put EnvironmentSecrets DB_PASSWORD {"Detector":"secret_name","Name":"DB_PASSWORD"}"#
            ]
        );
    }

    #[test]
    fn a_call_that_shows_no_environment_says_nothing_about_it() {
        assert_eq!(told("UpdateProject", r#"{"name":"build","description":"x"}"#, "null"), ["nothing: no_effect"]);
        assert_eq!(
            told("CreateProject", "null", "null"),
            ["nothing: the record does not name its resource: `requestParameters.name` is missing"]
        );
    }
}

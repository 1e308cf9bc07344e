//! `ecs.amazonaws.com`: task definitions and services. Shapes derived from the API model.

use trailhound_model::kinds::ecs::{self, SERVICE, TASK_DEFINITION};
use trailhound_model::{Birth, Map, ResourceId, Value};

use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};
use super::variables::Variables;
use super::{Body, Event};

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "RegisterTaskDefinition",
        does: &[
            Does { verb: Verb::Creates, kind: &TASK_DEFINITION, facets: &[] },
            Does { verb: Verb::Sets, kind: &TASK_DEFINITION, facets: &[&ecs::SUPERSEDED_BY.def] },
        ],
        interpret: |event, draft| {
            let registered = event.response.at(&["taskDefinition"]);
            let id = registered
                .text("taskDefinitionArn")
                .and_then(|arn| task_definition(event, arn))
                .ok_or(Unplaced { missing: "responseElements.taskDefinition.taskDefinitionArn" })?;
            let shown =
                |name| [registered, event.request].map(|body| body.at(&[name])).into_iter().find(|b| b.is_present());
            let stated = variables(shown("containerDefinitions").unwrap_or_default())
                .state(Stated::new(), &ecs::ENVIRONMENT_SECRETS)
                .value(&ecs::VOLUMES, volumes(shown("volumes").unwrap_or_default()));
            if let Some(before) = predecessor(&id) {
                draft.on(before).set(&ecs::SUPERSEDED_BY, &*id.id);
            }
            draft.on(id).create(Birth::Certain, stated);
            Ok(())
        },
    },
    EventSpec {
        name: "DeregisterTaskDefinition",
        does: &[Does { verb: Verb::Sets, kind: &TASK_DEFINITION, facets: &[&ecs::STATUS.def] }],
        interpret: |event, draft| {
            let named = event.response.at(&["taskDefinition"]).text("taskDefinitionArn");
            let id = named
                .or_else(|| event.request.text("taskDefinition"))
                .and_then(|text| task_definition(event, text))
                .ok_or(Unplaced { missing: "requestParameters.taskDefinition" })?;
            draft.on(id).set(&ecs::STATUS, "INACTIVE");
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteTaskDefinitions",
        does: &[Does { verb: Verb::Deletes, kind: &TASK_DEFINITION, facets: &[] }],
        interpret: |event, draft| {
            let deleted = event.response.list("taskDefinitions");
            // Some may have failed; the response has those that did not.
            let names = if event.response.is_present() {
                deleted.iter().filter_map(|deleted| deleted.text("taskDefinitionArn")).collect()
            } else {
                event.request.texts("taskDefinitions")
            };
            for id in names.into_iter().filter_map(|text| task_definition(event, text)) {
                draft.on(id).delete();
            }
            Ok(())
        },
    },
    EventSpec {
        name: "CreateService",
        does: &[Does { verb: Verb::Creates, kind: &SERVICE, facets: &[] }],
        interpret: |event, draft| {
            let stated = Stated::new().value_if(&ecs::NETWORK, network(event));
            // A second call with the same settings succeeds.
            draft.on(service(event)?).create(Birth::Repeatable, stated);
            Ok(())
        },
    },
    EventSpec {
        name: "UpdateService",
        does: &[Does { verb: Verb::Sets, kind: &SERVICE, facets: &[&ecs::NETWORK.def] }],
        interpret: |event, draft| {
            draft.on(service(event)?).set_if(&ecs::NETWORK, network(event));
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteService",
        does: &[Does { verb: Verb::Deletes, kind: &SERVICE, facets: &[] }],
        interpret: |event, draft| {
            draft.on(service(event)?).delete();
            Ok(())
        },
    },
];

/// A revision by `family:revision` or ARN; nothing if the revision is missing.
fn task_definition(event: &Event<'_>, text: &str) -> Option<ResourceId> {
    let id = last_of_arn(text, ":task-definition/");
    id.rsplit_once(':').filter(|(_, revision)| revision.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(event.resource(&TASK_DEFINITION, id))
}

/// The revision before this one.
fn predecessor(id: &ResourceId) -> Option<ResourceId> {
    let (family, revision) = id.id.rsplit_once(':')?;
    let before = revision.parse::<u64>().ok()?.checked_sub(1).filter(|before| *before > 0)?;
    Some(ResourceId { id: format!("{family}:{before}").into(), ..id.clone() })
}

/// What stands after `kind` in an ARN, or the text itself if it is none.
fn last_of_arn<'a>(text: &'a str, kind: &str) -> &'a str {
    text.split_once(kind).map_or(text, |(_, id)| id)
}

/// The secret-looking variables of all containers.
#[must_use]
pub fn variables(containers: Body<'_>) -> Variables {
    let mut variables = Variables::default();
    for container in containers.elements() {
        let prefix = format!("{}/", container.text("name").unwrap_or_default());
        variables.look(&prefix, container.list("environment"));
    }
    variables
}

/// The volumes, of which only what EFS needs is kept: the options of a driver may hold a password.
#[must_use]
pub fn volumes(list: Body<'_>) -> Map {
    let volume = |volume: Body<'_>| {
        let name = volume.text("name")?;
        let efs = volume.at(&["efsVolumeConfiguration"]);
        let efs = efs.is_present().then(|| {
            Value::map([
                ("FilesystemId", efs.text("fileSystemId").map(Value::from)),
                ("TransitEncryption", efs.text("transitEncryption").map(Value::from)),
            ])
        });
        Some((name.into(), Value::map([("Name", Some(name.into())), ("EFSVolumeConfiguration", efs)])))
    };
    list.elements().into_iter().filter_map(volume).collect()
}

/// The service. Its ARN has had its cluster in it since 2018 only, and a call that names none means `default`.
fn service(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let shown = event.response.at(&["service"]);
    let named = [shown.text("serviceArn"), event.request.text("service"), event.request.text("serviceName")];
    let name = named.into_iter().flatten().next().ok_or(Unplaced { missing: "requestParameters.service" })?;
    let name = last_of_arn(name, ":service/");
    if name.contains('/') {
        return Ok(event.resource(&SERVICE, name));
    }
    let cluster = shown.text("clusterArn").or_else(|| event.request.text("cluster")).unwrap_or("default");
    Ok(event.resource(&SERVICE, &format!("{}/{name}", last_of_arn(cluster, ":cluster/"))))
}

/// The network of the service's tasks, if the call shows it.
fn network(event: &Event<'_>) -> Option<Value> {
    let shown = [event.response.at(&["service"]), event.request];
    let network = shown
        .map(|body| body.at(&["networkConfiguration", "awsvpcConfiguration"]))
        .into_iter()
        .find(|network| network.is_present())?;
    network.cloudformation()
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing;

    fn told(name: &str, request: &str, response: &str) -> Vec<String> {
        testing::told(&format!(
            r#"{{"eventSource":"ecs.amazonaws.com","eventName":"{name}","requestParameters":{request},"responseElements":{response}}}"#
        ))
    }

    #[test]
    fn a_revision_keeps_secret_looking_names_and_volumes_and_supersedes_the_one_before() {
        let definition = r#""family":"web","containerDefinitions":[
            {"name":"app","environment":[{"name":"STAGE","value":"prod"},{"name":"DB_PASSWORD","value":"correct-horse-battery"}],
             "secrets":[{"name":"API_KEY","valueFrom":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:k"}]},
            {"name":"proxy","environment":[]}],
            "volumes":[{"name":"data","efsVolumeConfiguration":{"fileSystemId":"fs-1","transitEncryption":"ENABLED"}},
            {"name":"share","dockerVolumeConfiguration":{"driverOpts":{"o":"password=hunter2"}}}]"#;
        let response = format!(
            r#"{{"taskDefinition":{{{definition},"revision":7,"taskDefinitionArn":"arn:aws:ecs:eu-west-1:111122223333:task-definition/web:7"}}}}"#
        );
        let expected = [
            r#"TaskDefinition web:6 set SupersededBy "web:7""#,
            "TaskDefinition web:7 create Certain",
            r#"TaskDefinition web:7   EnvironmentSecrets {"app/DB_PASSWORD":{"Detector":"secret_name","Name":"DB_PASSWORD"}}"#,
            concat!(
                r#"TaskDefinition web:7   Volumes {"data":{"EFSVolumeConfiguration":{"FilesystemId":"fs-1","#,
                r#""TransitEncryption":"ENABLED"},"Name":"data"},"share":{"Name":"share"}}"#
            ),
        ];
        assert_eq!(told("RegisterTaskDefinition", &format!("{{{definition}}}"), &response), expected);
        // Where a record has a word in the place of the variables, they are hidden.
        let hidden = r#"{"family":"web","containerDefinitions":[{"name":"app","environment":"HIDDEN_DUE_TO_SECURITY_REASONS"}]}"#;
        let bare_one =
            r#"{"taskDefinition":{"taskDefinitionArn":"arn:aws:ecs:eu-west-1:111122223333:task-definition/web:1"}}"#;
        let told_of_hidden = told("RegisterTaskDefinition", hidden, bare_one).join("\n");
        assert!(told_of_hidden.contains("EnvironmentSecrets") && told_of_hidden.contains("Hidden"), "{told_of_hidden}");
        // A response that shows the ARN alone is completed by the request.
        let bare =
            r#"{"taskDefinition":{"taskDefinitionArn":"arn:aws:ecs:eu-west-1:111122223333:task-definition/web:7"}}"#;
        assert_eq!(told("RegisterTaskDefinition", &format!("{{{definition}}}"), bare), expected);
        assert_eq!(
            told("RegisterTaskDefinition", r#"{"family":"web"}"#, "null"),
            [
                "nothing: the record does not name its resource: `responseElements.taskDefinition.taskDefinitionArn` is missing"
            ]
        );
    }

    #[test]
    fn a_hidden_value_leaves_the_rest_unknown() {
        let response = r#"{"taskDefinition":{"taskDefinitionArn":"arn:aws:ecs:eu-west-1:111122223333:task-definition/web:1",
            "containerDefinitions":[{"name":"app","environment":[{"name":"A","value":"HIDDEN_DUE_TO_SECURITY_REASONS"}]}]}}"#;
        assert_eq!(
            told("RegisterTaskDefinition", "{}", response),
            [
                "TaskDefinition web:1 create Certain",
                "TaskDefinition web:1   EnvironmentSecrets Partial({}, Hidden)",
                "TaskDefinition web:1   Volumes {}"
            ]
        );
    }

    #[test]
    fn a_revision_goes_by_short_name_or_arn() {
        let inactive = r#"TaskDefinition web:7 set Status "INACTIVE""#;
        for named in ["web:7", "arn:aws:ecs:eu-west-1:111122223333:task-definition/web:7"] {
            let request = format!(r#"{{"taskDefinition":"{named}"}}"#);
            assert_eq!(told("DeregisterTaskDefinition", &request, "null"), [inactive]);
        }
        assert_eq!(
            told("DeregisterTaskDefinition", r#"{"taskDefinition":"web"}"#, "null"),
            ["nothing: the record does not name its resource: `requestParameters.taskDefinition` is missing"]
        );
    }

    #[test]
    fn of_several_deletions_only_those_that_succeeded_count() {
        let request = r#"{"taskDefinitions":["web:6","web:7"]}"#;
        let response = r#"{"taskDefinitions":[{"taskDefinitionArn":"arn:aws:ecs:eu-west-1:111122223333:task-definition/web:7",
            "status":"DELETE_IN_PROGRESS"}],"failures":[{"arn":"arn:aws:ecs:eu-west-1:111122223333:task-definition/web:6"}]}"#;
        assert_eq!(told("DeleteTaskDefinitions", request, response), ["TaskDefinition web:7 delete"]);
        assert_eq!(
            told("DeleteTaskDefinitions", request, "null"),
            ["TaskDefinition web:6 delete", "TaskDefinition web:7 delete"]
        );
    }

    #[test]
    fn a_service_is_named_with_its_cluster() {
        let old = r#"{"service":{"serviceArn":"arn:aws:ecs:eu-west-1:111122223333:service/api",
            "clusterArn":"arn:aws:ecs:eu-west-1:111122223333:cluster/prod"}}"#;
        let new = r#"{"service":{"serviceArn":"arn:aws:ecs:eu-west-1:111122223333:service/prod/api"}}"#;
        for (request, response, id) in [
            (r#"{"service":"api"}"#, "null", "default/api"),
            (r#"{"service":"api"}"#, old, "prod/api"),
            (r#"{"service":"api","cluster":"prod"}"#, "null", "prod/api"),
            (r#"{"service":"api","cluster":"arn:aws:ecs:eu-west-1:111122223333:cluster/prod"}"#, "null", "prod/api"),
            (r#"{"service":"arn:aws:ecs:eu-west-1:111122223333:service/prod/api"}"#, "null", "prod/api"),
            (r#"{"service":"arn:aws:ecs:eu-west-1:111122223333:service/api","cluster":"prod"}"#, new, "prod/api"),
        ] {
            assert_eq!(told("DeleteService", request, response), [format!("Service {id} delete")], "{request}");
        }
    }

    #[test]
    fn a_service_has_the_network_that_the_call_shows() {
        let network = |public: &str| {
            format!(
                r#""networkConfiguration":{{"awsvpcConfiguration":{{"subnets":["subnet-1"],"securityGroups":[],"assignPublicIp":"{public}"}}}}"#
            )
        };
        let line = |public: &str| {
            format!(
                r#"NetworkConfiguration.AwsvpcConfiguration {{"AssignPublicIp":"{public}","SecurityGroups":[],"Subnets":["subnet-1"]}}"#
            )
        };
        assert_eq!(
            told("CreateService", &format!(r#"{{"serviceName":"api",{}}}"#, network("ENABLED")), "null"),
            ["Service default/api create Repeatable".to_owned(), format!("Service default/api   {}", line("ENABLED"))]
        );
        assert_eq!(
            told(
                "UpdateService",
                r#"{"service":"api","desiredCount":2}"#,
                &format!(r#"{{"service":{{"serviceName":"api",{}}}}}"#, network("DISABLED"))
            ),
            [format!("Service default/api set {}", line("DISABLED"))]
        );
        assert_eq!(told("UpdateService", r#"{"service":"api","desiredCount":2}"#, "{}"), ["nothing: no_effect"]);
    }
}

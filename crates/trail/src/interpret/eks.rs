//! `eks.amazonaws.com`: clusters. Shapes derived from the API model.

use trailhound_model::kinds::eks::{self, CLUSTER};
use trailhound_model::{Birth, ResourceId, Value};

use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};
use super::{Body, Event};

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateCluster",
        does: &[Does { verb: Verb::Creates, kind: &CLUSTER, facets: &[] }],
        interpret: |event, draft| {
            let shown = [event.response.at(&["cluster"]), event.request];
            let stated = Stated::new()
                .value_if(&eks::ENDPOINT_PUBLIC_ACCESS, shown.into_iter().find_map(endpoint))
                .value_if(&eks::PUBLIC_ACCESS_CIDRS, shown.into_iter().find_map(cidrs));
            draft.on(cluster(event)?).create(Birth::Certain, stated);
            Ok(())
        },
    },
    EventSpec {
        // Takes some minutes to be in force; what was asked for is what is judged.
        name: "UpdateClusterConfig",
        does: &[Does {
            verb: Verb::Sets,
            kind: &CLUSTER,
            facets: &[&eks::ENDPOINT_PUBLIC_ACCESS.def, &eks::PUBLIC_ACCESS_CIDRS.def],
        }],
        interpret: |event, draft| {
            draft
                .on(cluster(event)?)
                .set_if(&eks::ENDPOINT_PUBLIC_ACCESS, endpoint(event.request))
                .set_if(&eks::PUBLIC_ACCESS_CIDRS, cidrs(event.request));
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteCluster",
        does: &[Does { verb: Verb::Deletes, kind: &CLUSTER, facets: &[] }],
        interpret: |event, draft| {
            draft.on(cluster(event)?).delete();
            Ok(())
        },
    },
];

fn cluster(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let name = event.request.text("name").ok_or(Unplaced { missing: "requestParameters.name" })?;
    Ok(event.resource(&CLUSTER, name))
}

fn endpoint(body: Body<'_>) -> Option<bool> {
    body.at(&["resourcesVpcConfig"]).flag("endpointPublicAccess")
}

/// The addresses, if the call names any: an empty list leaves them as they are.
fn cidrs(body: Body<'_>) -> Option<Value> {
    let cidrs = body.at(&["resourcesVpcConfig"]).texts("publicAccessCidrs");
    (!cidrs.is_empty()).then(|| cidrs.into())
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing;

    fn told(name: &str, request: &str, response: &str) -> Vec<String> {
        testing::told(&format!(
            r#"{{"eventSource":"eks.amazonaws.com","eventName":"{name}","requestParameters":{request},"responseElements":{response}}}"#
        ))
    }

    #[test]
    fn a_cluster_has_the_endpoint_that_the_response_shows() {
        let request = r#"{"name":"prod","resourcesVpcConfig":{"subnetIds":["subnet-1"],"publicAccessCidrs":["198.51.100.0/24"]}}"#;
        assert_eq!(
            told("CreateCluster", request, "null"),
            [
                "Cluster prod create Certain",
                r#"Cluster prod   ResourcesVpcConfig.PublicAccessCidrs ["198.51.100.0/24"]"#
            ]
        );
        let response = r#"{"cluster":{"name":"prod","resourcesVpcConfig":{"endpointPublicAccess":true,"publicAccessCidrs":["0.0.0.0/0"]}}}"#;
        assert_eq!(
            told("CreateCluster", r#"{"name":"prod"}"#, response),
            [
                "Cluster prod create Certain",
                "Cluster prod   ResourcesVpcConfig.EndpointPublicAccess true",
                r#"Cluster prod   ResourcesVpcConfig.PublicAccessCidrs ["0.0.0.0/0"]"#
            ]
        );
        assert_eq!(told("DeleteCluster", r#"{"name":"prod"}"#, "null"), ["Cluster prod delete"]);
    }

    #[test]
    fn an_update_touches_only_what_it_names() {
        for (config, lines) in [
            (r#"{"endpointPublicAccess":false}"#, vec!["set ResourcesVpcConfig.EndpointPublicAccess false"]),
            (
                r#"{"publicAccessCidrs":["198.51.100.0/24"]}"#,
                vec![r#"set ResourcesVpcConfig.PublicAccessCidrs ["198.51.100.0/24"]"#],
            ),
        ] {
            let expected: Vec<String> = lines.into_iter().map(|line| format!("Cluster prod {line}")).collect();
            let request = format!(r#"{{"name":"prod","resourcesVpcConfig":{config}}}"#);
            assert_eq!(told("UpdateClusterConfig", &request, r#"{"update":{"status":"InProgress"}}"#), expected);
        }
        assert_eq!(
            told("UpdateClusterConfig", r#"{"name":"prod","logging":{"clusterLogging":[]}}"#, "null"),
            ["nothing: no_effect"]
        );
    }
}

//! `dax.amazonaws.com`: clusters. Shapes derived from the API model.

use trailhound_model::kinds::dax::{self, CLUSTER};
use trailhound_model::{Birth, ResourceId};

use super::Event;
use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateCluster",
        does: &[Does { verb: Verb::Creates, kind: &CLUSTER, facets: &[] }],
        interpret: |event, draft| {
            // Observed in DynamoDB's records: the first letters of an acronym may be lower case.
            let asked = event.request.at(&["sSESpecification"]).flag("enabled");
            draft.on(cluster(event)?).create(Birth::Certain, Stated::new().value_if(&dax::SSE_ENABLED, asked));
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
    let name = event.request.text("clusterName").ok_or(Unplaced { missing: "clusterName" })?;
    Ok(event.resource(&CLUSTER, &name.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing;

    fn told(name: &str, request: &str) -> Vec<String> {
        testing::told(&format!(
            r#"{{"eventSource":"dax.amazonaws.com","eventName":"{name}","requestParameters":{request}}}"#
        ))
    }

    #[test]
    fn a_cluster_is_encrypted_if_asked_for() {
        for member in ["sSESpecification", "SSESpecification"] {
            assert_eq!(
                told("CreateCluster", &format!(r#"{{"clusterName":"Hot","{member}":{{"enabled":true}}}}"#)),
                ["Cluster hot create Certain", "Cluster hot   SSESpecification.SSEEnabled true"]
            );
        }
        assert_eq!(told("CreateCluster", r#"{"clusterName":"hot"}"#), ["Cluster hot create Certain"]);
        assert_eq!(told("DeleteCluster", r#"{"clusterName":"hot"}"#), ["Cluster hot delete"]);
    }
}

//! `kafka.amazonaws.com`: provisioned clusters of MSK. Shapes derived from the API model.

use trailhound_model::kinds::msk::{self, CLUSTER};
use trailhound_model::{Birth, FacetDef, ResourceId, Value};

use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};
use super::{Body, Draft, Event};

type Member = fn(Body<'_>) -> Option<Value>;

/// The facets, with how a description of a cluster holds them.
const SETTINGS: [(&FacetDef, Member); 3] = [
    (&msk::CLIENT_BROKER.def, |body| in_transit(body).text("clientBroker").map(Value::from)),
    (&msk::IN_CLUSTER.def, |body| in_transit(body).flag("inCluster").map(Value::Bool)),
    (&msk::PUBLIC_ACCESS.def, |body| {
        let of_brokers = body.at(&["brokerNodeGroupInfo", "connectivityInfo", "publicAccess"]).text("type");
        of_brokers.or_else(|| body.at(&["connectivityInfo", "publicAccess"]).text("type")).map(Value::from)
    }),
];

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateCluster",
        does: &[Does { verb: Verb::Creates, kind: &CLUSTER, facets: &[] }],
        interpret: |event, draft| create(event, draft, event.request),
    },
    EventSpec {
        name: "CreateClusterV2",
        does: &[Does { verb: Verb::Creates, kind: &CLUSTER, facets: &[] }],
        interpret: |event, draft| match event.request.at(&["provisioned"]) {
            provisioned if provisioned.is_present() => create(event, draft, provisioned),
            _ => Ok(()),
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
    EventSpec {
        // Takes some minutes to be in force; what was asked for is what is judged.
        name: "UpdateConnectivity",
        does: &[Does { verb: Verb::Sets, kind: &CLUSTER, facets: &[&msk::PUBLIC_ACCESS.def] }],
        interpret: update,
    },
    EventSpec {
        name: "UpdateSecurity",
        does: &[Does { verb: Verb::Sets, kind: &CLUSTER, facets: &[&msk::CLIENT_BROKER.def, &msk::IN_CLUSTER.def] }],
        interpret: update,
    },
];

fn in_transit(body: Body<'_>) -> Body<'_> {
    body.at(&["encryptionInfo", "encryptionInTransit"])
}

fn create(event: &Event<'_>, draft: &mut Draft, described: Body<'_>) -> Result<(), Unplaced> {
    let stated = SETTINGS.iter().fold(Stated::new(), |stated, (facet, of)| stated.value_if(facet, of(described)));
    draft.on(cluster(event)?).create(Birth::Certain, stated);
    Ok(())
}

fn update(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let mut on = draft.on(cluster(event)?);
    for (facet, of) in SETTINGS {
        on.set_if(facet, of(event.request));
    }
    Ok(())
}

/// The cluster, by its ARN, which only the answer to its creation shows.
fn cluster(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let arn = event.request.text("clusterArn").or_else(|| event.response.text("clusterArn"));
    let parts = arn.and_then(|arn| Some((arn, arn.split_once(":cluster/")?.1)));
    let (arn, id) = parts.ok_or(Unplaced { missing: "clusterArn" })?;
    Ok(event.resource_of_arn(&CLUSTER, arn, id))
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing;

    const ARN: &str = r#""clusterArn":"arn:aws:kafka:eu-west-1:111122223333:cluster/clicks/11-2""#;

    fn told(name: &str, request: &str, response: &str) -> Vec<String> {
        testing::told(&format!(
            r#"{{"eventSource":"kafka.amazonaws.com","eventName":"{name}","requestParameters":{request},"responseElements":{response}}}"#
        ))
    }

    #[test]
    fn a_cluster_is_known_by_its_arn_and_is_what_was_asked_for() {
        let shown = format!("{{{ARN}}}");
        let settings = r#""encryptionInfo":{"encryptionInTransit":{"clientBroker":"TLS_PLAINTEXT","inCluster":false}},
            "brokerNodeGroupInfo":{"connectivityInfo":{"publicAccess":{"type":"SERVICE_PROVIDED_EIPS"}}}"#;
        let made = [
            "Cluster clicks/11-2 create Certain",
            r#"Cluster clicks/11-2   EncryptionInfo.EncryptionInTransit.ClientBroker "TLS_PLAINTEXT""#,
            "Cluster clicks/11-2   EncryptionInfo.EncryptionInTransit.InCluster false",
            r#"Cluster clicks/11-2   BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type "SERVICE_PROVIDED_EIPS""#,
        ];
        assert_eq!(told("CreateCluster", &format!(r#"{{"clusterName":"clicks",{settings}}}"#), &shown), made);
        let second = format!(r#"{{"clusterName":"clicks","provisioned":{{{settings}}}}}"#);
        assert_eq!(told("CreateClusterV2", &second, &shown), made);
        let serverless = r#"{"clusterName":"clicks","serverless":{"vpcConfigs":[]}}"#;
        assert_eq!(told("CreateClusterV2", serverless, &shown), ["nothing: no_effect"]);
        assert_eq!(
            told("CreateCluster", r#"{"clusterName":"clicks"}"#, "null"),
            ["nothing: the record does not name its resource: `clusterArn` is missing"]
        );
        assert_eq!(told("DeleteCluster", &shown, "null"), ["Cluster clicks/11-2 delete"]);
    }

    #[test]
    fn updates_touch_what_they_name() {
        for (name, members, expected) in [
            (
                "UpdateConnectivity",
                r#""connectivityInfo":{"publicAccess":{"type":"DISABLED"}}"#,
                r#"Cluster clicks/11-2 set BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type "DISABLED""#,
            ),
            (
                "UpdateSecurity",
                r#""encryptionInfo":{"encryptionInTransit":{"clientBroker":"TLS"}}"#,
                r#"Cluster clicks/11-2 set EncryptionInfo.EncryptionInTransit.ClientBroker "TLS""#,
            ),
            ("UpdateSecurity", r#""clientAuthentication":{"sasl":{"iam":{"enabled":true}}}"#, "nothing: no_effect"),
        ] {
            assert_eq!(told(name, &format!("{{{ARN},{members}}}"), "null"), [expected]);
        }
    }
}

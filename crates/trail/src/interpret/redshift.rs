//! `redshift.amazonaws.com`: provisioned clusters. Most calls answer with the whole cluster.

use trailhound_model::kinds::redshift::{self, CLUSTER};
use trailhound_model::{Birth, FacetDef, ResourceId, Value, Why};

use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};
use super::{Body, Draft, Event};

mod parameters;

type Member = fn(Body<'_>) -> Option<Value>;

/// The facets, with how requests and responses hold them.
const SETTINGS: [(&FacetDef, Member); 3] = [
    (&redshift::ENCRYPTED.def, |body| body.flag("encrypted").map(Value::Bool)),
    (&redshift::PARAMETER_GROUP_NAME.def, |body| {
        let first = body.list("clusterParameterGroups").first().and_then(|group| group.text("parameterGroupName"));
        body.text("clusterParameterGroupName").or(first).map(|name| name.to_ascii_lowercase().into())
    }),
    (&redshift::PUBLICLY_ACCESSIBLE.def, |body| body.flag("publiclyAccessible").map(Value::Bool)),
];

const FACETS: &[&FacetDef] =
    &[&redshift::ENCRYPTED.def, &redshift::PARAMETER_GROUP_NAME.def, &redshift::PUBLICLY_ACCESSIBLE.def];

const CREATES: &[Does] = &[Does { verb: Verb::Creates, kind: &CLUSTER, facets: &[] }];
const SHOWS: &[Does] = &[Does { verb: Verb::Sets, kind: &CLUSTER, facets: FACETS }];

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateCluster",
        does: CREATES,
        interpret: |event, draft| {
            draft.on(cluster(event)?).create(Birth::Certain, stated(event, None));
            Ok(())
        },
    },
    EventSpec { name: "CreateClusterParameterGroup", does: parameters::CREATES, interpret: parameters::create },
    EventSpec {
        name: "DeleteCluster",
        does: &[Does { verb: Verb::Deletes, kind: &CLUSTER, facets: &[] }],
        interpret: |event, draft| {
            draft.on(cluster(event)?).delete();
            Ok(())
        },
    },
    EventSpec { name: "DeleteClusterParameterGroup", does: parameters::DELETES, interpret: parameters::delete },
    EventSpec {
        name: "ModifyCluster",
        does: &[
            Does { verb: Verb::Sets, kind: &CLUSTER, facets: FACETS },
            Does { verb: Verb::Creates, kind: &CLUSTER, facets: &[] },
            Does { verb: Verb::Deletes, kind: &CLUSTER, facets: &[] },
        ],
        interpret: modify,
    },
    EventSpec { name: "ModifyClusterParameterGroup", does: parameters::SETS, interpret: parameters::modify },
    EventSpec { name: "PauseCluster", does: SHOWS, interpret: show },
    EventSpec { name: "RebootCluster", does: SHOWS, interpret: show },
    EventSpec { name: "ResetClusterParameterGroup", does: parameters::SETS, interpret: parameters::reset },
    EventSpec { name: "ResizeCluster", does: SHOWS, interpret: show },
    EventSpec {
        name: "RestoreFromClusterSnapshot",
        does: CREATES,
        interpret: |event, draft| {
            draft.on(cluster(event)?).create(Birth::Certain, stated(event, Some("the snapshot")));
            Ok(())
        },
    },
    EventSpec { name: "ResumeCluster", does: SHOWS, interpret: show },
];

/// What a creating call and its response state. What neither says is as in `source`, if there is one.
fn stated(event: &Event<'_>, source: Option<&'static str>) -> Stated {
    SETTINGS.iter().fold(Stated::new(), |stated, (facet, of)| {
        match (of(event.response).or_else(|| of(event.request)), source) {
            (Some(value), _) => stated.value(facet, value),
            (None, Some(source)) => stated.unread(facet, Why::DependsOn(source.into())),
            (None, None) => stated,
        }
    })
}

/// Changes begin at once, and the response still shows the values before them.
fn modify(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let resource = cluster(event)?;
    let value = |of: Member| of(event.request).or_else(|| of(event.response));
    if let Some(new) = event.request.text("newClusterIdentifier") {
        draft.on(resource).delete();
        let stated = SETTINGS.iter().fold(Stated::new(), |stated, (facet, of)| match value(*of) {
            Some(value) => stated.value(facet, value),
            None => stated.unread(facet, Why::DependsOn("what it was under its former name".into())),
        });
        draft.on(event.resource(&CLUSTER, &new.to_ascii_lowercase())).create(Birth::Certain, stated);
        return Ok(());
    }
    let mut on = draft.on(resource);
    for (facet, of) in SETTINGS {
        on.set_if(facet, value(of));
    }
    Ok(())
}

/// A call that changes nothing that is kept, and whose response shows everything.
fn show(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let mut on = draft.on(cluster(event)?);
    for (facet, of) in SETTINGS {
        on.set_if(facet, of(event.response));
    }
    Ok(())
}

fn cluster(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let id = event.request.text("clusterIdentifier").or_else(|| event.response.text("clusterIdentifier"));
    let id = id.ok_or(Unplaced { missing: "clusterIdentifier" })?;
    Ok(event.resource(&CLUSTER, &id.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing::meaning;

    fn told(name: &str, rest: &str) -> Vec<String> {
        meaning(&format!(r#"{{"eventSource":"redshift.amazonaws.com","eventName":"{name}",{rest}}}"#))
    }

    #[test]
    fn creation() {
        assert_eq!(
            told(
                "CreateCluster",
                r#""requestParameters":{"clusterIdentifier":"DW","masterUserPassword":"****"},
                   "responseElements":{"clusterIdentifier":"dw","encrypted":false,"publiclyAccessible":true,"pendingModifiedValues":{}}"#
            ),
            ["Cluster dw create Certain; Encrypted false; PubliclyAccessible true"]
        );
        assert_eq!(
            told("CreateCluster", r#""requestParameters":{"clusterIdentifier":"dw","publiclyAccessible":false}"#),
            ["Cluster dw create Certain; PubliclyAccessible false"]
        );
        let [line] = &told(
            "RestoreFromClusterSnapshot",
            r#""requestParameters":{"clusterIdentifier":"dw","encrypted":true}"#,
        )[..] else {
            panic!("one line");
        };
        assert!(line.starts_with("Cluster dw create Certain; Encrypted true;"), "{line}");
        assert!(line.ends_with(r#"PubliclyAccessible Unread(DependsOn("the snapshot"))"#), "{line}");
        assert_eq!(
            told(
                "CreateCluster",
                r#""requestParameters":{"clusterIdentifier":"dw"},"responseElements":{"clusterIdentifier":"dw",
                   "clusterParameterGroups":[{"parameterGroupName":"default.redshift-2.0","parameterApplyStatus":"in-sync"}]}"#
            ),
            [r#"Cluster dw create Certain; ClusterParameterGroupName "default.redshift-2.0""#]
        );
    }

    #[test]
    fn the_request_tells_what_a_change_leads_to() {
        // Observed: the response shows the value before and the new one as pending.
        assert_eq!(
            told(
                "ModifyCluster",
                r#""requestParameters":{"clusterIdentifier":"dw","publiclyAccessible":false},
                   "responseElements":{"clusterIdentifier":"dw","publiclyAccessible":true,"encrypted":false,
                     "pendingModifiedValues":{"publiclyAccessible":false}}"#
            ),
            ["Cluster dw set Encrypted false", "Cluster dw set PubliclyAccessible false"]
        );
        assert_eq!(
            told(
                "ModifyCluster",
                r#""requestParameters":{"clusterIdentifier":"dw","encrypted":true},"responseElements":null"#
            ),
            ["Cluster dw set Encrypted true"]
        );
    }

    #[test]
    fn a_new_identifier_is_a_new_life() {
        assert_eq!(
            told(
                "ModifyCluster",
                r#""requestParameters":{"clusterIdentifier":"dw","newClusterIdentifier":"warehouse","clusterParameterGroupName":"Strict"},
                   "responseElements":{"clusterIdentifier":"dw","encrypted":true}"#
            ),
            [
                "Cluster dw delete",
                concat!(
                    r#"Cluster warehouse create Certain; Encrypted true; ClusterParameterGroupName "strict"; "#,
                    r#"PubliclyAccessible Unread(DependsOn("what it was under its former name"))"#
                )
            ]
        );
    }

    #[test]
    fn other_calls_show_the_cluster() {
        let rest = r#""requestParameters":{"clusterIdentifier":"dw"},
                      "responseElements":{"clusterIdentifier":"dw","encrypted":false,"publiclyAccessible":true}"#;
        for name in ["PauseCluster", "RebootCluster", "ResizeCluster", "ResumeCluster"] {
            assert_eq!(told(name, rest), ["Cluster dw set Encrypted false", "Cluster dw set PubliclyAccessible true"]);
        }
        assert_eq!(
            told("DeleteCluster", r#""requestParameters":{"clusterIdentifier":"dw","skipFinalClusterSnapshot":true}"#),
            ["Cluster dw delete"]
        );
    }
}

//! `redshift.amazonaws.com`: provisioned clusters. Most calls answer with the whole cluster.

use trailhound_model::kinds::redshift::{self, CLUSTER};
use trailhound_model::{Birth, FacetDef, ResourceId, Why};

use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};
use super::{Draft, Event};

/// The facets, with the member that requests and responses hold them in.
const SETTINGS: [(&FacetDef, &str); 2] =
    [(&redshift::ENCRYPTED.def, "encrypted"), (&redshift::PUBLICLY_ACCESSIBLE.def, "publiclyAccessible")];

const FACETS: &[&FacetDef] = &[&redshift::ENCRYPTED.def, &redshift::PUBLICLY_ACCESSIBLE.def];

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
    EventSpec {
        name: "DeleteCluster",
        does: &[Does { verb: Verb::Deletes, kind: &CLUSTER, facets: &[] }],
        interpret: |event, draft| {
            draft.on(cluster(event)?).delete();
            Ok(())
        },
    },
    EventSpec {
        name: "ModifyCluster",
        does: &[
            Does { verb: Verb::Sets, kind: &CLUSTER, facets: FACETS },
            Does { verb: Verb::Creates, kind: &CLUSTER, facets: &[] },
            Does { verb: Verb::Deletes, kind: &CLUSTER, facets: &[] },
        ],
        interpret: modify,
    },
    EventSpec { name: "PauseCluster", does: SHOWS, interpret: show },
    EventSpec { name: "RebootCluster", does: SHOWS, interpret: show },
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
    SETTINGS.iter().fold(Stated::new(), |stated, (facet, member)| {
        match (event.response.flag(member).or_else(|| event.request.flag(member)), source) {
            (Some(on), _) => stated.value(facet, on),
            (None, Some(source)) => stated.unread(facet, Why::DependsOn(source.into())),
            (None, None) => stated,
        }
    })
}

/// Changes begin at once, and the response still shows the values before them.
fn modify(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let resource = cluster(event)?;
    let value = |member: &str| event.request.flag(member).or_else(|| event.response.flag(member));
    if let Some(new) = event.request.text("newClusterIdentifier") {
        draft.on(resource).delete();
        let stated = SETTINGS.iter().fold(Stated::new(), |stated, (facet, member)| match value(member) {
            Some(on) => stated.value(facet, on),
            None => stated.unread(facet, Why::DependsOn("what it was under its former name".into())),
        });
        draft.on(event.resource(&CLUSTER, &new.to_ascii_lowercase())).create(Birth::Certain, stated);
        return Ok(());
    }
    let mut on = draft.on(resource);
    for (facet, member) in SETTINGS {
        on.set_if(facet, value(member));
    }
    Ok(())
}

/// A call that changes nothing that is kept, and whose response shows everything.
fn show(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let mut on = draft.on(cluster(event)?);
    for (facet, member) in SETTINGS {
        on.set_if(facet, event.response.flag(member));
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
        assert_eq!(
            told("RestoreFromClusterSnapshot", r#""requestParameters":{"clusterIdentifier":"dw","encrypted":true}"#),
            [r#"Cluster dw create Certain; Encrypted true; PubliclyAccessible Unread(DependsOn("the snapshot"))"#]
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
                r#""requestParameters":{"clusterIdentifier":"dw","newClusterIdentifier":"warehouse"},
                   "responseElements":{"clusterIdentifier":"dw","encrypted":true}"#
            ),
            [
                "Cluster dw delete",
                r#"Cluster warehouse create Certain; Encrypted true; PubliclyAccessible Unread(DependsOn("what it was under its former name"))"#
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

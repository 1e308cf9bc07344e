//! `elasticache.amazonaws.com`: replication groups. The response holds the group, in some records under its own name.

use trailhound_model::kinds::elasticache::{self, REPLICATION_GROUP};
use trailhound_model::{Birth, FacetDef, ResourceId, Value, Why};

use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};
use super::{Body, Draft, Event};

/// What a change can set.
const FACETS: &[&FacetDef] = &[
    &elasticache::ENCRYPTION_AT_REST.def,
    &elasticache::ENCRYPTION_IN_TRANSIT.def,
    &elasticache::ENGINE.def,
    &elasticache::TRANSIT_MODE.def,
];

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateReplicationGroup",
        does: &[Does { verb: Verb::Creates, kind: &REPLICATION_GROUP, facets: &[] }],
        interpret: create,
    },
    EventSpec {
        name: "DeleteReplicationGroup",
        does: &[Does { verb: Verb::Deletes, kind: &REPLICATION_GROUP, facets: &[] }],
        interpret: |event, draft| {
            draft.on(group(event)?).delete();
            Ok(())
        },
    },
    EventSpec {
        name: "ModifyReplicationGroup",
        does: &[
            Does { verb: Verb::Sets, kind: &REPLICATION_GROUP, facets: FACETS },
            Does { verb: Verb::Stales, kind: &REPLICATION_GROUP, facets: FACETS },
        ],
        interpret: modify,
    },
];

fn create(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let (asked, shown) = (event.request, shown(event));
    let global = asked.text("globalReplicationGroupId");
    let mut stated = Stated::new().value_if(&elasticache::GLOBAL_GROUP, global);
    for (facet, of) in SETTINGS {
        stated = match of(shown).or_else(|| of(asked)) {
            Some(value) => stated.value(facet, value),
            // A member of a global group is set up as the group's first.
            None if global.is_some() => stated.unread(facet, Why::DependsOn("the global replication group".into())),
            None => stated,
        };
    }
    draft.on(group(event)?).create(Birth::Certain, stated);
    Ok(())
}

/// A request tells what will be, a response what is; the first holds when the change is applied at once.
fn modify(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let immediately = event.request.flag("applyImmediately").unwrap_or(false);
    let shown = shown(event);
    let mut on = draft.on(group(event)?);
    for (facet, of) in SETTINGS {
        match (of(event.request), of(shown)) {
            (None, shown) => _ = on.set_if(facet, shown),
            (Some(asked), shown) if immediately || shown.as_ref() == Some(&asked) => _ = on.set(facet, asked),
            (Some(_), _) => _ = on.stale(facet, Why::Pending),
        }
    }
    Ok(())
}

type Member = fn(Body<'_>) -> Option<Value>;

/// The facets, with how requests and responses hold them.
const SETTINGS: [(&FacetDef, Member); 4] = [
    (&elasticache::ENCRYPTION_AT_REST.def, |body| body.flag("atRestEncryptionEnabled").map(Value::Bool)),
    (&elasticache::ENCRYPTION_IN_TRANSIT.def, |body| body.flag("transitEncryptionEnabled").map(Value::Bool)),
    (&elasticache::ENGINE.def, |body| body.text("engine").map(|engine| engine.to_ascii_lowercase().into())),
    (&elasticache::TRANSIT_MODE.def, |body| body.text("transitEncryptionMode").map(Value::from)),
];

fn shown<'a>(event: &Event<'a>) -> Body<'a> {
    let group = event.response.at(&["replicationGroup"]);
    if group.is_present() { group } else { event.response }
}

fn group(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let id = event.request.text("replicationGroupId").or_else(|| shown(event).text("replicationGroupId"));
    let id = id.ok_or(Unplaced { missing: "replicationGroupId" })?;
    Ok(event.resource(&REPLICATION_GROUP, &id.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing::meaning;

    // Derived from the API model: none of these was observed.

    fn told(name: &str, rest: &str) -> Vec<String> {
        meaning(&format!(r#"{{"eventSource":"elasticache.amazonaws.com","eventName":"{name}",{rest}}}"#))
    }

    const GROUP: &str = "ReplicationGroup sessions";

    #[test]
    fn creation() {
        let shown =
            r#"{"replicationGroupId":"sessions","atRestEncryptionEnabled":true,"transitEncryptionEnabled":false}"#;
        for response in [shown.to_owned(), format!(r#"{{"replicationGroup":{shown}}}"#)] {
            assert_eq!(
                told(
                    "CreateReplicationGroup",
                    &format!(
                        r#""requestParameters":{{"replicationGroupId":"Sessions","engine":"valkey"}},"responseElements":{response}"#
                    )
                ),
                [format!(
                    r#"{GROUP} create Certain; AtRestEncryptionEnabled true; TransitEncryptionEnabled false; Engine "valkey""#
                )]
            );
        }
        assert_eq!(
            told("CreateReplicationGroup", r#""requestParameters":{"replicationGroupId":"sessions"}"#),
            [format!("{GROUP} create Certain")]
        );
        let [line] = &told(
            "CreateReplicationGroup",
            r#""requestParameters":{"replicationGroupId":"sessions","globalReplicationGroupId":"world"}"#,
        )[..] else {
            panic!("one line");
        };
        assert!(line.contains("AtRestEncryptionEnabled Unread(DependsOn("), "{line}");
    }

    #[test]
    fn a_change_counts_when_it_is_applied() {
        let modify = |rest: &str| {
            told("ModifyReplicationGroup", &format!(r#""requestParameters":{{"replicationGroupId":"sessions"{rest}"#))
        };
        assert_eq!(
            modify(r#","transitEncryptionMode":"required","applyImmediately":true}"#),
            [format!(r#"{GROUP} set TransitEncryptionMode "required""#)]
        );
        assert_eq!(
            modify(
                r#","transitEncryptionEnabled":true,"applyImmediately":false},
                   "responseElements":{"transitEncryptionEnabled":false,"pendingModifiedValues":{"transitEncryptionEnabled":true}}"#
            ),
            [format!("{GROUP} stale TransitEncryptionEnabled pending")]
        );
        assert_eq!(
            modify(r#"},"responseElements":{"atRestEncryptionEnabled":false,"transitEncryptionEnabled":true}"#),
            [
                format!("{GROUP} set AtRestEncryptionEnabled false"),
                format!("{GROUP} set TransitEncryptionEnabled true")
            ]
        );
    }

    #[test]
    fn deletion() {
        assert_eq!(
            told("DeleteReplicationGroup", r#""requestParameters":{"replicationGroupId":"sessions"}"#),
            [format!("{GROUP} delete")]
        );
        assert_eq!(
            told("DeleteReplicationGroup", r#""requestParameters":{}"#),
            ["nothing: the record does not name its resource: `replicationGroupId` is missing"]
        );
    }
}

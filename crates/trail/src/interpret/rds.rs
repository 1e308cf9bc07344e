//! `rds.amazonaws.com`: database instances, clusters and snapshots, also of Aurora, Neptune and DocumentDB.
//!
//! Most calls answer with the whole instance or cluster, so even a start or a reboot shows how it is set up.

use trailhound_model::kinds::rds::{self, CLUSTER, INSTANCE, SNAPSHOT};
use trailhound_model::{Birth, FacetDef, KindDef, ResourceId, State, Value, Why};

use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};
use super::{Body, Draft, Event};

mod parameters;
mod proxy;

/// What a response shows of an instance.
const INSTANCE_FACETS: &[&FacetDef] = &[
    &rds::CLUSTER_IDENTIFIER.def,
    &rds::ENGINE.def,
    &rds::IAM_AUTHENTICATION.def,
    &rds::MANAGED_PASSWORD.def,
    &rds::PARAMETER_GROUP_NAME.def,
    &rds::PUBLICLY_ACCESSIBLE.def,
    &rds::STORAGE_ENCRYPTED.def,
    &rds::SUBNET_GROUP_NAME.def,
];

/// What a response shows of a cluster.
const CLUSTER_FACETS: &[&FacetDef] =
    &[&rds::ENGINE.def, &rds::IAM_AUTHENTICATION.def, &rds::MANAGED_PASSWORD.def, &rds::STORAGE_ENCRYPTED.def];

const CREATES_INSTANCE: &[Does] = &[Does { verb: Verb::Creates, kind: &INSTANCE, facets: &[] }];
const CREATES_CLUSTER: &[Does] = &[Does { verb: Verb::Creates, kind: &CLUSTER, facets: &[] }];
const CREATES_SNAPSHOT: &[Does] = &[Does { verb: Verb::Creates, kind: &SNAPSHOT, facets: &[] }];
const SHOWS_INSTANCE: &[Does] = &[Does { verb: Verb::Sets, kind: &INSTANCE, facets: INSTANCE_FACETS }];
const SHOWS_CLUSTER: &[Does] = &[Does { verb: Verb::Sets, kind: &CLUSTER, facets: CLUSTER_FACETS }];
const SHARES_SNAPSHOT: &[Does] = &[Does { verb: Verb::Sets, kind: &SNAPSHOT, facets: &[&rds::SNAPSHOT_PUBLIC.def] }];
const DELETES_SNAPSHOT: &[Does] = &[Does { verb: Verb::Deletes, kind: &SNAPSHOT, facets: &[] }];

/// A change of settings, and the new life that a change of the identifier begins.
const MODIFIES_INSTANCE: &[Does] = &[
    Does { verb: Verb::Sets, kind: &INSTANCE, facets: INSTANCE_FACETS },
    Does { verb: Verb::Stales, kind: &INSTANCE, facets: INSTANCE_FACETS },
    Does { verb: Verb::Creates, kind: &INSTANCE, facets: &[] },
    Does { verb: Verb::Deletes, kind: &INSTANCE, facets: &[] },
];
const MODIFIES_CLUSTER: &[Does] = &[
    Does { verb: Verb::Sets, kind: &CLUSTER, facets: CLUSTER_FACETS },
    Does { verb: Verb::Stales, kind: &CLUSTER, facets: CLUSTER_FACETS },
    Does { verb: Verb::Creates, kind: &CLUSTER, facets: &[] },
    Does { verb: Verb::Deletes, kind: &CLUSTER, facets: &[] },
];

/// A deletion, and the final snapshot that it may leave.
const DELETES_INSTANCE: &[Does] = &[
    Does { verb: Verb::Deletes, kind: &INSTANCE, facets: &[] },
    Does { verb: Verb::Creates, kind: &SNAPSHOT, facets: &[] },
];
const DELETES_CLUSTER: &[Does] = &[
    Does { verb: Verb::Deletes, kind: &CLUSTER, facets: &[] },
    Does { verb: Verb::Creates, kind: &SNAPSHOT, facets: &[] },
];

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CopyDBClusterSnapshot",
        does: CREATES_SNAPSHOT,
        interpret: |e, d| copy_snapshot(e, d, &OF_CLUSTER),
    },
    EventSpec { name: "CopyDBParameterGroup", does: parameters::CREATES, interpret: parameters::copy },
    EventSpec { name: "CopyDBSnapshot", does: CREATES_SNAPSHOT, interpret: |e, d| copy_snapshot(e, d, &OF_INSTANCE) },
    EventSpec { name: "CreateDBCluster", does: CREATES_CLUSTER, interpret: |e, d| create(e, d, &A_CLUSTER, None) },
    EventSpec {
        name: "CreateDBClusterSnapshot",
        does: CREATES_SNAPSHOT,
        interpret: |e, d| create_snapshot(e, d, &OF_CLUSTER),
    },
    EventSpec { name: "CreateDBInstance", does: CREATES_INSTANCE, interpret: |e, d| create(e, d, &AN_INSTANCE, None) },
    EventSpec {
        name: "CreateDBInstanceReadReplica",
        does: CREATES_INSTANCE,
        interpret: |e, d| create(e, d, &AN_INSTANCE, Some("the source instance")),
    },
    EventSpec { name: "CreateDBParameterGroup", does: parameters::CREATES, interpret: parameters::create },
    EventSpec { name: "CreateDBProxy", does: proxy::CREATES, interpret: proxy::create },
    EventSpec {
        name: "CreateDBSnapshot",
        does: CREATES_SNAPSHOT,
        interpret: |e, d| create_snapshot(e, d, &OF_INSTANCE),
    },
    EventSpec {
        name: "DeleteDBCluster",
        does: DELETES_CLUSTER,
        interpret: |e, d| delete(e, d, &A_CLUSTER, &OF_CLUSTER),
    },
    EventSpec {
        name: "DeleteDBClusterSnapshot",
        does: DELETES_SNAPSHOT,
        interpret: |e, d| delete_snapshot(e, d, &OF_CLUSTER),
    },
    EventSpec {
        name: "DeleteDBInstance",
        does: DELETES_INSTANCE,
        interpret: |e, d| delete(e, d, &AN_INSTANCE, &OF_INSTANCE),
    },
    EventSpec { name: "DeleteDBParameterGroup", does: parameters::DELETES, interpret: parameters::delete },
    EventSpec { name: "DeleteDBProxy", does: proxy::DELETES, interpret: proxy::delete },
    EventSpec {
        name: "DeleteDBSnapshot",
        does: DELETES_SNAPSHOT,
        interpret: |e, d| delete_snapshot(e, d, &OF_INSTANCE),
    },
    EventSpec { name: "FailoverDBCluster", does: SHOWS_CLUSTER, interpret: |e, d| show(e, d, &A_CLUSTER) },
    EventSpec { name: "ModifyDBCluster", does: MODIFIES_CLUSTER, interpret: |e, d| modify(e, d, &A_CLUSTER) },
    EventSpec {
        name: "ModifyDBClusterSnapshotAttribute",
        does: SHARES_SNAPSHOT,
        interpret: |e, d| share_snapshot(e, d, &OF_CLUSTER),
    },
    EventSpec { name: "ModifyDBInstance", does: MODIFIES_INSTANCE, interpret: |e, d| modify(e, d, &AN_INSTANCE) },
    EventSpec { name: "ModifyDBParameterGroup", does: parameters::SETS, interpret: parameters::modify },
    EventSpec { name: "ModifyDBProxy", does: proxy::MODIFIES, interpret: proxy::modify },
    EventSpec {
        name: "ModifyDBSnapshotAttribute",
        does: SHARES_SNAPSHOT,
        interpret: |e, d| share_snapshot(e, d, &OF_INSTANCE),
    },
    EventSpec { name: "PromoteReadReplica", does: SHOWS_INSTANCE, interpret: |e, d| show(e, d, &AN_INSTANCE) },
    EventSpec { name: "PromoteReadReplicaDBCluster", does: SHOWS_CLUSTER, interpret: |e, d| show(e, d, &A_CLUSTER) },
    EventSpec { name: "RebootDBCluster", does: SHOWS_CLUSTER, interpret: |e, d| show(e, d, &A_CLUSTER) },
    EventSpec { name: "RebootDBInstance", does: SHOWS_INSTANCE, interpret: |e, d| show(e, d, &AN_INSTANCE) },
    EventSpec { name: "ResetDBParameterGroup", does: parameters::SETS, interpret: parameters::reset },
    EventSpec {
        name: "RestoreDBClusterFromS3",
        does: CREATES_CLUSTER,
        interpret: |e, d| create(e, d, &A_CLUSTER, None),
    },
    EventSpec {
        name: "RestoreDBClusterFromSnapshot",
        does: CREATES_CLUSTER,
        interpret: |e, d| create(e, d, &A_CLUSTER, Some("the snapshot")),
    },
    EventSpec {
        name: "RestoreDBClusterToPointInTime",
        does: CREATES_CLUSTER,
        interpret: |e, d| create(e, d, &A_CLUSTER, Some("the source cluster")),
    },
    EventSpec {
        name: "RestoreDBInstanceFromDBSnapshot",
        does: CREATES_INSTANCE,
        interpret: |e, d| create(e, d, &AN_INSTANCE, Some("the snapshot")),
    },
    EventSpec {
        name: "RestoreDBInstanceFromS3",
        does: CREATES_INSTANCE,
        interpret: |e, d| create(e, d, &AN_INSTANCE, None),
    },
    EventSpec {
        name: "RestoreDBInstanceToPointInTime",
        does: CREATES_INSTANCE,
        interpret: |e, d| create(e, d, &AN_INSTANCE, Some("the source instance")),
    },
    EventSpec { name: "StartDBCluster", does: SHOWS_CLUSTER, interpret: |e, d| show(e, d, &A_CLUSTER) },
    EventSpec { name: "StartDBInstance", does: SHOWS_INSTANCE, interpret: |e, d| show(e, d, &AN_INSTANCE) },
    EventSpec { name: "StopDBCluster", does: SHOWS_CLUSTER, interpret: |e, d| show(e, d, &A_CLUSTER) },
    EventSpec { name: "StopDBInstance", does: SHOWS_INSTANCE, interpret: |e, d| show(e, d, &AN_INSTANCE) },
];

/// Instances and clusters: what their calls name alike and what differently.
struct Database {
    kind: &'static KindDef,
    /// The member with the identifier.
    id: &'static str,
    /// The member with the identifier that a change gives.
    new_id: &'static str,
    /// The member with the identifier of the final snapshot.
    final_snapshot: &'static str,
    settings: &'static [Setting],
    /// Members of a request that say what a restored database was made from.
    sources: &'static [(&'static FacetDef, &'static str)],
}

static AN_INSTANCE: Database = Database {
    kind: &INSTANCE,
    id: "dBInstanceIdentifier",
    new_id: "newDBInstanceIdentifier",
    final_snapshot: "finalDBSnapshotIdentifier",
    settings: &[
        Setting {
            facet: &rds::CLUSTER_IDENTIFIER.def,
            asked: |body| text(body, "dBClusterIdentifier"),
            shown: |body| text(body, "dBClusterIdentifier").or_else(|| is_whole(body).then_some(State::Absent)),
            at_once: false,
        },
        ENGINE,
        IAM_AUTHENTICATION,
        MANAGED_PASSWORD,
        Setting {
            facet: &rds::PARAMETER_GROUP_NAME.def,
            asked: |body| text(body, "dBParameterGroupName"),
            shown: |body| body.list("dBParameterGroups").first().and_then(|first| text(*first, "dBParameterGroupName")),
            at_once: true,
        },
        Setting {
            facet: &rds::PUBLICLY_ACCESSIBLE.def,
            asked: |body| flag(body, "publiclyAccessible"),
            shown: |body| flag(body, "publiclyAccessible"),
            at_once: true,
        },
        STORAGE_ENCRYPTED,
        Setting {
            facet: &rds::SUBNET_GROUP_NAME.def,
            asked: |body| text(body, "dBSubnetGroupName"),
            shown: |body| text(body.at(&["dBSubnetGroup"]), "dBSubnetGroupName"),
            at_once: false,
        },
    ],
    sources: &[
        (&rds::SNAPSHOT_IDENTIFIER.def, "dBSnapshotIdentifier"),
        (&rds::CLUSTER_SNAPSHOT_IDENTIFIER.def, "dBClusterSnapshotIdentifier"),
        (&rds::SOURCE_INSTANCE_IDENTIFIER.def, "sourceDBInstanceIdentifier"),
        (&rds::SOURCE_RESOURCE_ID.def, "sourceDbiResourceId"),
        (&rds::SOURCE_AUTOMATED_BACKUPS.def, "sourceDBInstanceAutomatedBackupsArn"),
    ],
};

static A_CLUSTER: Database = Database {
    kind: &CLUSTER,
    id: "dBClusterIdentifier",
    new_id: "newDBClusterIdentifier",
    final_snapshot: "finalDBSnapshotIdentifier",
    settings: &[ENGINE, IAM_AUTHENTICATION, MANAGED_PASSWORD, STORAGE_ENCRYPTED],
    sources: &[
        (&rds::CLUSTER_RESTORED_FROM.def, "snapshotIdentifier"),
        (&rds::SOURCE_CLUSTER_IDENTIFIER.def, "sourceDBClusterIdentifier"),
        (&rds::REPLICATION_SOURCE.def, "replicationSourceIdentifier"),
    ],
};

/// A setting as requests ask for it and as responses show it.
struct Setting {
    facet: &'static FacetDef,
    asked: fn(Body<'_>) -> Option<State>,
    shown: fn(Body<'_>) -> Option<State>,
    /// Whether a change never waits for the maintenance window. The response may still show the value before it.
    at_once: bool,
}

const ENGINE: Setting = Setting {
    facet: &rds::ENGINE.def,
    asked: |body| text(body, "engine"),
    shown: |body| text(body, "engine"),
    at_once: false,
};

const IAM_AUTHENTICATION: Setting = Setting {
    facet: &rds::IAM_AUTHENTICATION.def,
    asked: |body| flag(body, "enableIAMDatabaseAuthentication"),
    shown: |body| flag(body, "iAMDatabaseAuthenticationEnabled"),
    at_once: false,
};

const MANAGED_PASSWORD: Setting = Setting {
    facet: &rds::MANAGED_PASSWORD.def,
    asked: |body| flag(body, "manageMasterUserPassword"),
    // A whole response without the secret says that there is none.
    shown: |body| is_whole(body).then(|| State::Known(Value::Bool(body.at(&["masterUserSecret"]).is_present()))),
    at_once: true,
};

const STORAGE_ENCRYPTED: Setting = Setting {
    facet: &rds::STORAGE_ENCRYPTED.def,
    // Only what is encrypted has a key.
    asked: |body| {
        let keyed = body.text("kmsKeyId").filter(|key| !key.is_empty()).map(|_| State::Known(Value::Bool(true)));
        flag(body, "storageEncrypted").or(keyed)
    },
    shown: |body| encryption(body, "storageEncrypted").map(State::Known),
    at_once: false,
};

/// Whether a response shows the whole instance or cluster, and not a few members of it.
fn is_whole(body: Body<'_>) -> bool {
    body.at(&["engine"]).is_present()
}

fn flag(body: Body<'_>, name: &str) -> Option<State> {
    body.flag(name).map(|on| State::Known(Value::Bool(on)))
}

fn text(body: Body<'_>, name: &str) -> Option<State> {
    body.text(name).map(|text| State::Known(text.to_ascii_lowercase().into()))
}

/// What a response or a read shows of an instance.
#[must_use]
pub fn shown_instance(instance: Body<'_>) -> Vec<(&'static FacetDef, Option<State>)> {
    AN_INSTANCE.settings.iter().map(|setting| (setting.facet, (setting.shown)(instance))).collect()
}

/// What a response or a read shows of a cluster.
#[must_use]
pub fn shown_cluster(cluster: Body<'_>) -> Vec<(&'static FacetDef, Option<State>)> {
    A_CLUSTER.settings.iter().map(|setting| (setting.facet, (setting.shown)(cluster))).collect()
}

/// Whether a response shows something encrypted: since 2026 it says by what, which is not always a key of the account.
#[must_use]
pub fn encryption(body: Body<'_>, switch: &str) -> Option<Value> {
    let encrypted = body.text("storageEncryptionType").map(|by| by != "none");
    encrypted.or_else(|| body.flag(switch)).map(Value::Bool)
}

/// The last part of an ARN, or the name itself, in the case that AWS keeps it in.
fn name(identifier: &str) -> String {
    let name = if identifier.starts_with("arn:") { identifier.splitn(7, ':').last() } else { Some(identifier) };
    name.unwrap_or_default().to_ascii_lowercase()
}

impl Database {
    /// The database that an event is about.
    fn of(&self, event: &Event<'_>) -> Result<ResourceId, Unplaced> {
        let id = event.request.text(self.id).or_else(|| event.request.text("targetDBInstanceIdentifier"));
        let id = id.or_else(|| event.response.text(self.id)).ok_or(Unplaced { missing: self.id })?;
        Ok(event.resource(self.kind, &name(id)))
    }

    /// What a creating call and its response state. What neither states is as in `source`, if there is one.
    fn stated(&self, event: &Event<'_>, source: Option<&'static str>, renamed: bool) -> Stated {
        self.settings.iter().fold(Stated::new(), |stated, setting| {
            let (asked, shown) = ((setting.asked)(event.request), (setting.shown)(event.response));
            let state = if setting.at_once || renamed { asked.or(shown) } else { shown.or(asked) };
            match (state, source) {
                (Some(state), _) => stated.state(setting.facet, state),
                (None, Some(source)) => stated.unread(setting.facet, Why::DependsOn(source.into())),
                (None, None) => stated,
            }
        })
    }
}

fn create(
    event: &Event<'_>,
    draft: &mut Draft,
    database: &Database,
    source: Option<&'static str>,
) -> Result<(), Unplaced> {
    let mut stated = database.stated(event, source, false);
    for (facet, member) in database.sources {
        stated = stated.value_if(facet, event.request.text(member));
    }
    draft.on(database.of(event)?).create(Birth::Certain, stated);
    Ok(())
}

/// A call that changes nothing that is kept, and whose response shows everything.
fn show(event: &Event<'_>, draft: &mut Draft, database: &Database) -> Result<(), Unplaced> {
    let mut on = draft.on(database.of(event)?);
    for setting in database.settings {
        if let Some(state) = (setting.shown)(event.response) {
            on.set_state(setting.facet, state);
        }
    }
    Ok(())
}

/// A request tells what will be, a response what is; which of them holds depends on when the change is applied.
fn modify(event: &Event<'_>, draft: &mut Draft, database: &Database) -> Result<(), Unplaced> {
    let resource = database.of(event)?;
    let immediately = event.request.flag("applyImmediately").unwrap_or(false);
    if let Some(new) = event.request.text(database.new_id).filter(|_| immediately) {
        draft.on(resource).delete();
        let stated = database.stated(event, Some("what it was under its former name"), true);
        draft.on(event.resource(database.kind, &name(new))).create(Birth::Certain, stated);
        return Ok(());
    }
    let mut on = draft.on(resource);
    for setting in database.settings {
        let shown = (setting.shown)(event.response);
        match ((setting.asked)(event.request), shown) {
            (None, None) => {}
            (None, Some(shown)) => _ = on.set_state(setting.facet, shown),
            (Some(asked), shown) if immediately || setting.at_once || shown.as_ref() == Some(&asked) => {
                on.set_state(setting.facet, asked);
            }
            (Some(_), _) => _ = on.stale(setting.facet, Why::Pending),
        }
    }
    Ok(())
}

fn delete(event: &Event<'_>, draft: &mut Draft, database: &Database, snapshots: &Snapshots) -> Result<(), Unplaced> {
    draft.on(database.of(event)?).delete();
    if let Some(last) = event.request.text(database.final_snapshot) {
        let encrypted = encryption(event.response, "storageEncrypted");
        draft
            .on(snapshots.named(event, last))
            .create(Birth::Certain, Stated::new().value_if(&rds::SNAPSHOT_ENCRYPTED, encrypted));
    }
    Ok(())
}

/// Snapshots of instances and of clusters.
struct Snapshots {
    /// What stands before the name in the ARN.
    prefix: &'static str,
    /// The member with the identifier.
    id: &'static str,
    /// The member with the identifier of a copy.
    target: &'static str,
    /// The member of a response that says whether it is encrypted.
    encrypted: &'static str,
    /// The member of a response with the attributes.
    attributes: &'static str,
}

static OF_INSTANCE: Snapshots = Snapshots {
    prefix: "snapshot",
    id: "dBSnapshotIdentifier",
    target: "targetDBSnapshotIdentifier",
    encrypted: "encrypted",
    attributes: "dBSnapshotAttributes",
};

static OF_CLUSTER: Snapshots = Snapshots {
    prefix: "cluster-snapshot",
    id: "dBClusterSnapshotIdentifier",
    target: "targetDBClusterSnapshotIdentifier",
    encrypted: "storageEncrypted",
    attributes: "dBClusterSnapshotAttributes",
};

impl Snapshots {
    fn of(&self, event: &Event<'_>) -> Result<ResourceId, Unplaced> {
        let id = event.request.text(self.target).or_else(|| event.request.text(self.id));
        let id = id.or_else(|| event.response.text(self.id)).ok_or(Unplaced { missing: self.id })?;
        Ok(self.named(event, id))
    }

    fn named(&self, event: &Event<'_>, identifier: &str) -> ResourceId {
        let id = format!("{}:{}", self.prefix, name(identifier));
        if identifier.starts_with("arn:") {
            event.resource_of_arn(&SNAPSHOT, identifier, &id)
        } else {
            event.resource(&SNAPSHOT, &id)
        }
    }
}

fn create_snapshot(event: &Event<'_>, draft: &mut Draft, snapshots: &Snapshots) -> Result<(), Unplaced> {
    let stated = Stated::new()
        .value_if(&rds::SNAPSHOT_ENCRYPTED, encryption(event.response, snapshots.encrypted))
        .value_if(&rds::SNAPSHOT_TYPE, event.response.text("snapshotType"));
    draft.on(snapshots.of(event)?).create(Birth::Certain, stated);
    Ok(())
}

fn copy_snapshot(event: &Event<'_>, draft: &mut Draft, snapshots: &Snapshots) -> Result<(), Unplaced> {
    // A key in the request encrypts the copy; a copy without one is as its source.
    let keyed = event.request.text("kmsKeyId").filter(|key| !key.is_empty()).map(|_| Value::Bool(true));
    let stated = Stated::new()
        .value_if(&rds::SNAPSHOT_ENCRYPTED, encryption(event.response, snapshots.encrypted).or(keyed))
        .value_if(&rds::SNAPSHOT_TYPE, event.response.text("snapshotType"));
    draft.on(snapshots.of(event)?).create(Birth::Certain, stated);
    Ok(())
}

fn delete_snapshot(event: &Event<'_>, draft: &mut Draft, snapshots: &Snapshots) -> Result<(), Unplaced> {
    draft.on(snapshots.of(event)?).delete();
    Ok(())
}

/// The response holds the whole list of those who may restore; else the request tells whether `all` came or went.
fn share_snapshot(event: &Event<'_>, draft: &mut Draft, snapshots: &Snapshots) -> Result<(), Unplaced> {
    let has_all = |body: Body<'_>, member: &str| body.texts(member).contains(&"all");
    if event.request.text("attributeName").is_some_and(|attribute| attribute != "restore") {
        return Ok(());
    }
    let attributes = event.response.list(snapshots.attributes);
    let restore = attributes.into_iter().find(|attribute| attribute.text("attributeName") == Some("restore"));
    let public = match restore {
        Some(attribute) => Some(has_all(attribute, "attributeValues")),
        None if has_all(event.request, "valuesToAdd") => Some(true),
        None if has_all(event.request, "valuesToRemove") => Some(false),
        None => None,
    };
    draft.on(snapshots.of(event)?).set_if(&rds::SNAPSHOT_PUBLIC, public);
    Ok(())
}

#[cfg(test)]
mod tests;

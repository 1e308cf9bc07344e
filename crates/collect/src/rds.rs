//! RDS: instances, clusters, their snapshots, parameter groups and proxies.

use trailhound_model::kinds::rds::{self, CLUSTER, INSTANCE, PARAMETER_GROUP, PROXY, SNAPSHOT, TLS_PARAMETERS};
use trailhound_model::{FacetDef, State, Value, Why};
use trailhound_trail::interpret::Body;
use trailhound_trail::interpret::rds::{encryption, shown_cluster, shown_instance};

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{Answer, KindReads, Read, Reader, States, entries, known, needed, stated, told};

static RDS: Service = Service::new("rds", Protocol::Query("2014-10-31")).limited(8.0, 4);

const fn call(name: &'static str, action: &'static str) -> Call {
    Call::new(&RDS, name, action)
}

static DESCRIBE_INSTANCES: Call = call("DescribeDBInstances", "rds:DescribeDBInstances")
    .gone(&[("DBInstanceNotFound", ""), ("DBInstanceNotFoundFault", "")]);
static DESCRIBE_CLUSTERS: Call =
    call("DescribeDBClusters", "rds:DescribeDBClusters").gone(&[("DBClusterNotFoundFault", "")]);
const NO_SNAPSHOT: &[(&str, &str)] =
    &[("DBSnapshotNotFound", ""), ("DBSnapshotNotFoundFault", ""), ("DBClusterSnapshotNotFoundFault", "")];
static DESCRIBE_SNAPSHOTS: Call = call("DescribeDBSnapshots", "rds:DescribeDBSnapshots").gone(NO_SNAPSHOT);
static DESCRIBE_CLUSTER_SNAPSHOTS: Call =
    call("DescribeDBClusterSnapshots", "rds:DescribeDBClusterSnapshots").gone(NO_SNAPSHOT);
static DESCRIBE_ATTRIBUTES: Call =
    call("DescribeDBSnapshotAttributes", "rds:DescribeDBSnapshotAttributes").gone(NO_SNAPSHOT);
static DESCRIBE_CLUSTER_ATTRIBUTES: Call =
    call("DescribeDBClusterSnapshotAttributes", "rds:DescribeDBClusterSnapshotAttributes").gone(NO_SNAPSHOT);
const NO_GROUP: &[(&str, &str)] = &[("DBParameterGroupNotFound", ""), ("DBParameterGroupNotFoundFault", "")];
static DESCRIBE_GROUPS: Call = call("DescribeDBParameterGroups", "rds:DescribeDBParameterGroups").gone(NO_GROUP);
static DESCRIBE_PARAMETERS: Call =
    call("DescribeDBParameters", "rds:DescribeDBParameters").pages("Marker", "Marker").gone(NO_GROUP);
static DESCRIBE_PROXIES: Call =
    call("DescribeDBProxies", "rds:DescribeDBProxies").gone(&[("DBProxyNotFoundFault", ""), ("DBProxyNotFound", "")]);

pub(crate) static READS: &[KindReads] = &[
    KindReads {
        kind: &INSTANCE,
        reads: &[Read {
            facets: &[
                &rds::CLUSTER_IDENTIFIER.def,
                &rds::ENGINE.def,
                &rds::IAM_AUTHENTICATION.def,
                &rds::MANAGED_PASSWORD.def,
                &rds::PARAMETER_GROUP_NAME.def,
                &rds::PUBLICLY_ACCESSIBLE.def,
                &rds::STORAGE_ENCRYPTED.def,
                &rds::SUBNET_GROUP_NAME.def,
            ],
            calls: &[&DESCRIBE_INSTANCES],
            run: |reader| {
                Box::pin(async move {
                    let answer =
                        reader.ask(&DESCRIBE_INSTANCES, [("DBInstanceIdentifier", reader.id().into())]).await?;
                    let instance = answer.only(&["DBInstances"])?;
                    lives(instance, "DBInstanceStatus")?;
                    Ok(shown(instance, shown_instance(instance)))
                })
            },
        }],
    },
    KindReads {
        kind: &CLUSTER,
        reads: &[Read {
            facets: &[
                &rds::ENGINE.def,
                &rds::IAM_AUTHENTICATION.def,
                &rds::MANAGED_PASSWORD.def,
                &rds::REPLICATION_SOURCE.def,
                &rds::STORAGE_ENCRYPTED.def,
            ],
            calls: &[&DESCRIBE_CLUSTERS],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&DESCRIBE_CLUSTERS, [("DBClusterIdentifier", reader.id().into())]).await?;
                    let cluster = answer.only(&["DBClusters"])?;
                    lives(cluster, "Status")?;
                    let mut states = shown(cluster, shown_cluster(cluster));
                    states.push((&rds::REPLICATION_SOURCE.def, stated(cluster.text("ReplicationSourceIdentifier"))));
                    Ok(states)
                })
            },
        }],
    },
    KindReads {
        kind: &SNAPSHOT,
        reads: &[
            Read {
                facets: &[&rds::SNAPSHOT_ENCRYPTED.def, &rds::SNAPSHOT_TYPE.def],
                calls: &[&DESCRIBE_SNAPSHOTS, &DESCRIBE_CLUSTER_SNAPSHOTS],
                run: |reader| {
                    Box::pin(async move {
                        let of_instance = (&DESCRIBE_SNAPSHOTS, "DBSnapshots", "Encrypted");
                        let of_cluster = (&DESCRIBE_CLUSTER_SNAPSHOTS, "DBClusterSnapshots", "StorageEncrypted");
                        let is_cluster = reader.id().starts_with("cluster-");
                        let (call, list, switch) = if is_cluster { of_cluster } else { of_instance };
                        let answer = snapshot(reader, call).await?;
                        let list = [list];
                        let snapshot = answer.only(&list)?;
                        lives(snapshot, "Status")?;
                        Ok(vec![
                            (&rds::SNAPSHOT_ENCRYPTED.def, told(encryption(snapshot, switch))),
                            (&rds::SNAPSHOT_TYPE.def, known(needed(snapshot.text("SnapshotType"))?)),
                        ])
                    })
                },
            },
            Read {
                facets: &[&rds::SNAPSHOT_PUBLIC.def],
                calls: &[&DESCRIBE_ATTRIBUTES, &DESCRIBE_CLUSTER_ATTRIBUTES],
                run: |reader| {
                    Box::pin(async move {
                        let of_instance =
                            (&DESCRIBE_ATTRIBUTES, ["DBSnapshotAttributesResult", "DBSnapshotAttributes"]);
                        let of_cluster = (
                            &DESCRIBE_CLUSTER_ATTRIBUTES,
                            ["DBClusterSnapshotAttributesResult", "DBClusterSnapshotAttributes"],
                        );
                        let is_cluster = reader.id().starts_with("cluster-");
                        let (call, path) = if is_cluster { of_cluster } else { of_instance };
                        let answer = snapshot(reader, call).await?;
                        let public = answer.list(&path).any(|attribute| {
                            attribute.text("AttributeName") == Some("restore")
                                && attribute.texts("AttributeValues").contains(&"all")
                        });
                        Ok(vec![(&rds::SNAPSHOT_PUBLIC.def, known(public))])
                    })
                },
            },
        ],
    },
    KindReads {
        kind: &PARAMETER_GROUP,
        reads: &[
            Read {
                facets: &[&rds::PARAMETER_FAMILY.def],
                calls: &[&DESCRIBE_GROUPS],
                run: |reader| {
                    Box::pin(async move {
                        let answer = reader.ask(&DESCRIBE_GROUPS, [group(reader)]).await?;
                        let family = answer.only(&["DBParameterGroups"])?.text("DBParameterGroupFamily");
                        Ok(vec![(&rds::PARAMETER_FAMILY.def, known(needed(family)?))])
                    })
                },
            },
            Read {
                facets: &[&rds::PARAMETERS.def],
                calls: &[&DESCRIBE_PARAMETERS],
                run: |reader| {
                    Box::pin(async move {
                        let with = [group(reader), ("Source", "user".into())];
                        let answer = reader.ask(&DESCRIBE_PARAMETERS, with).await?;
                        let set = answer.list(&["Parameters"]).filter_map(|parameter| {
                            let name = parameter.text("ParameterName").filter(|name| TLS_PARAMETERS.contains(name))?;
                            Some((name.into(), parameter.scalar("ParameterValue")?.into()))
                        });
                        Ok(vec![(&rds::PARAMETERS.def, entries(set))])
                    })
                },
            },
        ],
    },
    KindReads {
        kind: &PROXY,
        reads: &[Read {
            facets: &[&rds::REQUIRE_TLS.def],
            calls: &[&DESCRIBE_PROXIES],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&DESCRIBE_PROXIES, [("DBProxyName", reader.id().into())]).await?;
                    let proxy = answer.only(&["DBProxies"])?;
                    lives(proxy, "Status")?;
                    Ok(vec![(&rds::REQUIRE_TLS.def, known(needed(proxy.flag("RequireTLS"))?))])
                })
            },
        }],
    },
];

fn group(reader: &Reader<'_>) -> (&'static str, Value) {
    ("DBParameterGroupName", reader.id().into())
}

/// Asks about a snapshot. Its id is `snapshot:NAME` or `cluster-snapshot:NAME`, and names may have colons in them.
async fn snapshot(reader: &Reader<'_>, call: &'static Call) -> Result<Answer, Error> {
    let (kind, name) = needed(reader.id().split_once(':'))?;
    let parameter = if kind == "cluster-snapshot" { "DBClusterSnapshotIdentifier" } else { "DBSnapshotIdentifier" };
    reader.ask(call, [(parameter, name.into())]).await
}

fn lives(shown: Body<'_>, status: &str) -> Result<(), Error> {
    if shown.text(status) == Some("deleting") { Err(Error::Deleting) } else { Ok(()) }
}

/// What an answer shows. A setting with a change to come is pending: it is asked for again.
fn shown(database: Body<'_>, settings: Vec<(&'static FacetDef, Option<State>)>) -> States {
    let pending = database.at(&["PendingModifiedValues"]);
    let coming = |facet: &FacetDef| {
        let member =
            if facet.name == rds::IAM_AUTHENTICATION.name { "IAMDatabaseAuthenticationEnabled" } else { facet.name };
        pending.at(&[member]).is_present()
    };
    let states = settings.into_iter().map(|(facet, state)| match state {
        _ if coming(facet) => (facet, State::Unread(Why::Pending)),
        Some(state) => (facet, state),
        // A whole answer leaves out what is not set.
        None => (facet, State::Absent),
    });
    states.collect()
}

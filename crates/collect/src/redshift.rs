//! Redshift clusters and their parameter groups.

use trailhound_model::Value;
use trailhound_model::kinds::redshift::{self, CLUSTER, PARAMETER_GROUP, REQUIRE_SSL};

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, entries, known, needed, stated};

static REDSHIFT: Service = Service::new("redshift", Protocol::Query("2012-12-01")).limited(5.0, 4);

const NO_GROUP: &[(&str, &str)] = &[("ClusterParameterGroupNotFound", ""), ("ClusterParameterGroupNotFoundFault", "")];

static DESCRIBE: Call = Call::new(&REDSHIFT, "DescribeClusters", "redshift:DescribeClusters")
    .gone(&[("ClusterNotFound", ""), ("ClusterNotFoundFault", "")]);
static DESCRIBE_GROUPS: Call =
    Call::new(&REDSHIFT, "DescribeClusterParameterGroups", "redshift:DescribeClusterParameterGroups").gone(NO_GROUP);
static DESCRIBE_PARAMETERS: Call =
    Call::new(&REDSHIFT, "DescribeClusterParameters", "redshift:DescribeClusterParameters")
        .pages("Marker", "Marker")
        .gone(NO_GROUP);

pub(crate) static READS: &[KindReads] = &[
    KindReads {
        kind: &CLUSTER,
        reads: &[Read {
            facets: &[
                &redshift::ENCRYPTED.def,
                &redshift::PARAMETER_GROUP_NAME.def,
                &redshift::PUBLICLY_ACCESSIBLE.def,
            ],
            calls: &[&DESCRIBE],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&DESCRIBE, [("ClusterIdentifier", reader.id().into())]).await?;
                    let cluster = answer.only(&["Clusters"])?;
                    if matches!(cluster.text("ClusterStatus"), Some("deleting" | "final-snapshot")) {
                        return Err(Error::Deleting);
                    }
                    let groups = cluster.list("ClusterParameterGroups");
                    let group = groups.first().and_then(|group| group.text("ParameterGroupName"));
                    Ok(vec![
                        (&redshift::ENCRYPTED.def, known(needed(cluster.flag("Encrypted"))?)),
                        (&redshift::PARAMETER_GROUP_NAME.def, stated(group)),
                        (&redshift::PUBLICLY_ACCESSIBLE.def, known(needed(cluster.flag("PubliclyAccessible"))?)),
                    ])
                })
            },
        }],
    },
    KindReads {
        kind: &PARAMETER_GROUP,
        reads: &[
            Read {
                facets: &[&redshift::PARAMETER_FAMILY.def],
                calls: &[&DESCRIBE_GROUPS],
                run: |reader| {
                    Box::pin(async move {
                        let answer = reader.ask(&DESCRIBE_GROUPS, [("ParameterGroupName", reader.id().into())]).await?;
                        let group = answer.only(&["ParameterGroups", "ClusterParameterGroup"])?;
                        let family = known(needed(group.text("ParameterGroupFamily"))?);
                        Ok(vec![(&redshift::PARAMETER_FAMILY.def, family)])
                    })
                },
            },
            Read {
                facets: &[&redshift::PARAMETERS.def],
                calls: &[&DESCRIBE_PARAMETERS],
                run: |reader| {
                    Box::pin(async move {
                        let with = [("ParameterGroupName", reader.id().into()), ("Source", "user".into())];
                        let answer = reader.ask(&DESCRIBE_PARAMETERS, with).await?;
                        let set = answer.list(&["Parameters"]).filter_map(|parameter| {
                            parameter.text("ParameterName").filter(|name| *name == REQUIRE_SSL)?;
                            let value = parameter.scalar("ParameterValue")?.to_ascii_lowercase();
                            let members =
                                [("ParameterName", Some(REQUIRE_SSL.into())), ("ParameterValue", Some(value.into()))];
                            Some((REQUIRE_SSL.into(), Value::map(members)))
                        });
                        Ok(vec![(&redshift::PARAMETERS.def, entries(set))])
                    })
                },
            },
        ],
    },
];

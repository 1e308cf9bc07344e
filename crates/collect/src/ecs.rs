//! ECS task definitions and services. Environment variables are looked through for secrets at once, and never kept.

use trailhound_model::Value;
use trailhound_model::kinds::ecs::{self, SERVICE, TASK_DEFINITION};
use trailhound_trail::interpret::ecs::{variables, volumes};

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, known, needed, stated};

static ECS: Service = Service::new("ecs", Protocol::Json11("AmazonEC2ContainerServiceV20141113")).limited(10.0, 4);

static DESCRIBE_DEFINITION: Call = Call::new(&ECS, "DescribeTaskDefinition", "ecs:DescribeTaskDefinition")
    .gone(&[("ClientException", "unable to describe")]);
// Only the newest is asked for: the list is not followed.
static LIST_DEFINITIONS: Call = Call::new(&ECS, "ListTaskDefinitions", "ecs:ListTaskDefinitions");
static DESCRIBE_SERVICES: Call =
    Call::new(&ECS, "DescribeServices", "ecs:DescribeServices").gone(&[("ClusterNotFoundException", "")]);

pub(crate) static READS: &[KindReads] = &[
    KindReads {
        kind: &TASK_DEFINITION,
        reads: &[
            Read {
                facets: &[&ecs::STATUS.def, &ecs::ENVIRONMENT_SECRETS.def, &ecs::VOLUMES.def],
                calls: &[&DESCRIBE_DEFINITION],
                run: |reader| {
                    Box::pin(async move {
                        let answer = reader.ask(&DESCRIBE_DEFINITION, [("taskDefinition", reader.id().into())]).await?;
                        let definition = answer.body().at(&["taskDefinition"]);
                        let status = needed(definition.text("status"))?;
                        if status == "DELETE_IN_PROGRESS" {
                            return Err(Error::Deleting);
                        }
                        let variables = variables(definition.at(&["containerDefinitions"]));
                        Ok(vec![
                            (&ecs::STATUS.def, known(status)),
                            (&ecs::ENVIRONMENT_SECRETS.def, variables.into_state()),
                            (&ecs::VOLUMES.def, known(volumes(definition.at(&["volumes"])))),
                        ])
                    })
                },
            },
            Read {
                facets: &[&ecs::SUPERSEDED_BY.def],
                calls: &[&LIST_DEFINITIONS],
                run: |reader| {
                    Box::pin(async move {
                        let (family, revision) = needed(reader.id().rsplit_once(':'))?;
                        let own = needed(revision.parse::<u64>().ok())?;
                        let newest = |status: &'static str| async move {
                            let with = [
                                ("familyPrefix", family.into()),
                                ("status", status.into()),
                                ("sort", "DESC".into()),
                                ("maxResults", 1.into()),
                            ];
                            let arns = reader.ask(&LIST_DEFINITIONS, with).await?.texts(&["taskDefinitionArns"])?;
                            let revision = |arn: &String| arn.rsplit_once(':')?.1.parse::<u64>().ok();
                            Ok::<_, Error>(arns.iter().filter_map(revision).max().unwrap_or(0))
                        };
                        let (active, inactive) = tokio::join!(newest("ACTIVE"), newest("INACTIVE"));
                        // Revisions are numbered one by one.
                        let newest = active?.max(inactive?);
                        let next = (newest > own).then(|| format!("{family}:{}", own.saturating_add(1)));
                        Ok(vec![(&ecs::SUPERSEDED_BY.def, stated(next))])
                    })
                },
            },
        ],
    },
    KindReads {
        kind: &SERVICE,
        reads: &[Read {
            facets: &[&ecs::NETWORK.def],
            calls: &[&DESCRIBE_SERVICES],
            run: |reader| {
                Box::pin(async move {
                    let (cluster, name) = needed(reader.id().split_once('/'))?;
                    let with = [("cluster", cluster.into()), ("services", Value::List(vec![name.into()]))];
                    let answer = reader.ask(&DESCRIBE_SERVICES, with).await?;
                    let service = answer.only(&["services"])?;
                    // A deleted service is shown for a while.
                    match service.text("status") {
                        Some("INACTIVE") => return Err(Error::Gone),
                        Some("DRAINING") => return Err(Error::Deleting),
                        _ => {}
                    }
                    let network = service.at(&["networkConfiguration", "awsvpcConfiguration"]);
                    Ok(vec![(&ecs::NETWORK.def, stated(network.cloudformation()))])
                })
            },
        }],
    },
];

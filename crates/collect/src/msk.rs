//! MSK clusters.

use trailhound_model::kinds::msk::{CLIENT_BROKER, CLUSTER, IN_CLUSTER, PUBLIC_ACCESS};

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, known, needed, told};

static KAFKA: Service = Service::new("kafka", Protocol::RestJson).limited(2.0, 2);

static DESCRIBE: Call =
    Call::get(&KAFKA, "DescribeClusterV2", "kafka:DescribeClusterV2", "/api/v2/clusters/{ClusterArn}")
        .gone(&[("NotFoundException", "")]);

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &CLUSTER,
    reads: &[Read {
        facets: &[&CLIENT_BROKER.def, &IN_CLUSTER.def, &PUBLIC_ACCESS.def],
        calls: &[&DESCRIBE],
        run: |reader| {
            Box::pin(async move {
                let answer = reader.ask(&DESCRIBE, [("ClusterArn", needed(reader.resource.arn())?.into())]).await?;
                let cluster = answer.body().at(&["clusterInfo"]);
                if cluster.text("state") == Some("DELETING") {
                    return Err(Error::Deleting);
                }
                let cluster = cluster.at(&["provisioned"]);
                let transit = cluster.at(&["encryptionInfo", "encryptionInTransit"]);
                let public = cluster.at(&["brokerNodeGroupInfo", "connectivityInfo", "publicAccess"]);
                Ok(vec![
                    (&CLIENT_BROKER.def, known(needed(transit.text("clientBroker"))?)),
                    (&IN_CLUSTER.def, known(needed(transit.flag("inCluster"))?)),
                    (&PUBLIC_ACCESS.def, told(public.text("type"))),
                ])
            })
        },
    }],
}];

//! EKS clusters.

use trailhound_model::kinds::eks::{self, CLUSTER};

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, known, needed};

static EKS: Service = Service::new("eks", Protocol::RestJson).limited(5.0, 4);

static DESCRIBE: Call = Call::get(&EKS, "DescribeCluster", "eks:DescribeCluster", "/clusters/{name}")
    .gone(&[("ResourceNotFoundException", "")]);

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &CLUSTER,
    reads: &[Read {
        facets: &[&eks::ENDPOINT_PUBLIC_ACCESS.def, &eks::PUBLIC_ACCESS_CIDRS.def],
        calls: &[&DESCRIBE],
        run: |reader| {
            Box::pin(async move {
                let answer = reader.ask(&DESCRIBE, [("name", reader.id().into())]).await?;
                let cluster = answer.body().at(&["cluster"]);
                if cluster.text("status") == Some("DELETING") {
                    return Err(Error::Deleting);
                }
                let network = cluster.at(&["resourcesVpcConfig"]);
                Ok(vec![
                    (&eks::ENDPOINT_PUBLIC_ACCESS.def, known(needed(network.flag("endpointPublicAccess"))?)),
                    (&eks::PUBLIC_ACCESS_CIDRS.def, known(network.texts("publicAccessCidrs"))),
                ])
            })
        },
    }],
}];

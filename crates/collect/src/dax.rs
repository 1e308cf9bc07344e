//! DAX clusters.

use trailhound_model::kinds::dax::{CLUSTER, SSE_ENABLED};

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, known};

static DAX: Service = Service::new("dax", Protocol::Json11("AmazonDAXV3")).limited(2.0, 2);

static DESCRIBE: Call =
    Call::new(&DAX, "DescribeClusters", "dax:DescribeClusters").gone(&[("ClusterNotFoundFault", "")]);

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &CLUSTER,
    reads: &[Read {
        facets: &[&SSE_ENABLED.def],
        calls: &[&DESCRIBE],
        run: |reader| {
            Box::pin(async move {
                let with = [("ClusterNames", trailhound_model::Value::List(vec![reader.id().into()]))];
                let answer = reader.ask(&DESCRIBE, with).await?;
                let cluster = answer.only(&["Clusters"])?;
                if cluster.text("Status") == Some("deleting") {
                    return Err(Error::Deleting);
                }
                // A cluster that is not encrypted may have no description of it.
                let status = cluster.at(&["SSEDescription"]).text("Status");
                Ok(vec![(&SSE_ENABLED.def, known(matches!(status, Some("ENABLED" | "ENABLING"))))])
            })
        },
    }],
}];

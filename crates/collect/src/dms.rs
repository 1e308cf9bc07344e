//! Database migrations: replication instances and endpoints.

use trailhound_model::Value;
use trailhound_model::kinds::dms::{ENDPOINT, ENGINE_NAME, PUBLICLY_ACCESSIBLE, REPLICATION_INSTANCE, SSL_MODE};

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{Answer, KindReads, Read, Reader, known, needed};

static DMS: Service = Service::new("dms", Protocol::Json11("AmazonDMSv20160101")).limited(2.0, 2);

static DESCRIBE_INSTANCES: Call = Call::new(&DMS, "DescribeReplicationInstances", "dms:DescribeReplicationInstances")
    .gone(&[("ResourceNotFoundFault", "")]);
static DESCRIBE_ENDPOINTS: Call =
    Call::new(&DMS, "DescribeEndpoints", "dms:DescribeEndpoints").gone(&[("ResourceNotFoundFault", "")]);

pub(crate) static READS: &[KindReads] = &[
    KindReads {
        kind: &REPLICATION_INSTANCE,
        reads: &[Read {
            facets: &[&PUBLICLY_ACCESSIBLE.def],
            calls: &[&DESCRIBE_INSTANCES],
            run: |reader| {
                Box::pin(async move {
                    let answer = by_arn(reader, &DESCRIBE_INSTANCES, "replication-instance-arn").await?;
                    let instance = answer.only(&["ReplicationInstances"])?;
                    if instance.text("ReplicationInstanceStatus") == Some("deleting") {
                        return Err(Error::Deleting);
                    }
                    Ok(vec![(&PUBLICLY_ACCESSIBLE.def, known(needed(instance.flag("PubliclyAccessible"))?))])
                })
            },
        }],
    },
    KindReads {
        kind: &ENDPOINT,
        reads: &[Read {
            facets: &[&ENGINE_NAME.def, &SSL_MODE.def],
            calls: &[&DESCRIBE_ENDPOINTS],
            run: |reader| {
                Box::pin(async move {
                    let answer = by_arn(reader, &DESCRIBE_ENDPOINTS, "endpoint-arn").await?;
                    let endpoint = answer.only(&["Endpoints"])?;
                    if endpoint.text("Status") == Some("deleting") {
                        return Err(Error::Deleting);
                    }
                    Ok(vec![
                        (&ENGINE_NAME.def, known(needed(endpoint.text("EngineName"))?)),
                        (&SSL_MODE.def, known(needed(endpoint.text("SslMode"))?)),
                    ])
                })
            },
        }],
    },
];

async fn by_arn(reader: &Reader<'_>, call: &'static Call, filter: &str) -> Result<Answer, Error> {
    let arn = needed(reader.resource.arn())?;
    let filter = Value::map([("Name", Some(filter.into())), ("Values", Some(Value::List(vec![arn.into()])))]);
    reader.ask(call, [("Filters", Value::List(vec![filter]))]).await
}

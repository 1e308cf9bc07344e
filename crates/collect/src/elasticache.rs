//! ElastiCache replication groups.

use trailhound_model::kinds::elasticache::{self, REPLICATION_GROUP};

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, known, needed, stated, told};

static ELASTICACHE: Service = Service::new("elasticache", Protocol::Query("2015-02-02")).limited(5.0, 4);

static DESCRIBE: Call = Call::new(&ELASTICACHE, "DescribeReplicationGroups", "elasticache:DescribeReplicationGroups")
    .gone(&[("ReplicationGroupNotFoundFault", ""), ("ReplicationGroupNotFound", "")]);

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &REPLICATION_GROUP,
    reads: &[Read {
        facets: &[
            &elasticache::ENCRYPTION_AT_REST.def,
            &elasticache::ENCRYPTION_IN_TRANSIT.def,
            &elasticache::ENGINE.def,
            &elasticache::GLOBAL_GROUP.def,
            &elasticache::TRANSIT_MODE.def,
        ],
        calls: &[&DESCRIBE],
        run: |reader| {
            Box::pin(async move {
                let answer = reader.ask(&DESCRIBE, [("ReplicationGroupId", reader.id().into())]).await?;
                let group = answer.only(&["ReplicationGroups"])?;
                if group.text("Status") == Some("deleting") {
                    return Err(Error::Deleting);
                }
                let global = group.at(&["GlobalReplicationGroupInfo"]).text("GlobalReplicationGroupId");
                Ok(vec![
                    (&elasticache::ENCRYPTION_AT_REST.def, known(needed(group.flag("AtRestEncryptionEnabled"))?)),
                    (&elasticache::ENCRYPTION_IN_TRANSIT.def, known(needed(group.flag("TransitEncryptionEnabled"))?)),
                    (&elasticache::ENGINE.def, told(group.text("Engine").map(str::to_ascii_lowercase))),
                    (&elasticache::GLOBAL_GROUP.def, stated(global)),
                    (&elasticache::TRANSIT_MODE.def, stated(group.text("TransitEncryptionMode"))),
                ])
            })
        },
    }],
}];

//! CloudWatch log groups.

use trailhound_model::kinds::logs::{self, LOG_GROUP};

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, stated};

static LOGS: Service = Service::new("logs", Protocol::Json11("Logs_20140328")).limited(5.0, 4);

static DESCRIBE: Call = Call::new(&LOGS, "DescribeLogGroups", "logs:DescribeLogGroups").pages("nextToken", "nextToken");

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &LOG_GROUP,
    reads: &[Read {
        facets: &[&logs::KMS_KEY.def],
        calls: &[&DESCRIBE],
        run: |reader| {
            Box::pin(async move {
                let answer = reader.ask(&DESCRIBE, [("logGroupNamePrefix", reader.id().into())]).await?;
                let own = answer.list(&["logGroups"]).find(|group| group.text("logGroupName") == Some(reader.id()));
                Ok(vec![(&logs::KMS_KEY.def, stated(own.ok_or(Error::Gone)?.text("kmsKeyId")))])
            })
        },
    }],
}];

//! Redshift Serverless workgroups.

use trailhound_model::kinds::redshiftserverless::{PUBLICLY_ACCESSIBLE, WORKGROUP};

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, known, needed};

static SERVERLESS: Service =
    Service::new("redshift-serverless", Protocol::Json11("RedshiftServerless")).limited(2.0, 2);

static DESCRIBE: Call = Call::new(&SERVERLESS, "GetWorkgroup", "redshift-serverless:GetWorkgroup")
    .gone(&[("ResourceNotFoundException", "")]);

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &WORKGROUP,
    reads: &[Read {
        facets: &[&PUBLICLY_ACCESSIBLE.def],
        calls: &[&DESCRIBE],
        run: |reader| {
            Box::pin(async move {
                let answer = reader.ask(&DESCRIBE, [("workgroupName", reader.id().into())]).await?;
                let group = answer.body().at(&["workgroup"]);
                if group.text("status") == Some("DELETING") {
                    return Err(Error::Deleting);
                }
                Ok(vec![(&PUBLICLY_ACCESSIBLE.def, known(needed(group.flag("publiclyAccessible"))?))])
            })
        },
    }],
}];

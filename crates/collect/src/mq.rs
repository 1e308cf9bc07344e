//! Amazon MQ brokers.

use trailhound_model::kinds::mq::{BROKER, PUBLICLY_ACCESSIBLE};

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, known, needed};

static MQ: Service = Service::new("mq", Protocol::RestJson).limited(2.0, 2);

static DESCRIBE: Call =
    Call::get(&MQ, "DescribeBroker", "mq:DescribeBroker", "/v1/brokers/{broker-id}").gone(&[("NotFoundException", "")]);

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &BROKER,
    reads: &[Read {
        facets: &[&PUBLICLY_ACCESSIBLE.def],
        calls: &[&DESCRIBE],
        run: |reader| {
            Box::pin(async move {
                let answer = reader.ask(&DESCRIBE, [("broker-id", reader.id().into())]).await?;
                if answer.body().text("brokerState") == Some("DELETION_IN_PROGRESS") {
                    return Err(Error::Deleting);
                }
                Ok(vec![(&PUBLICLY_ACCESSIBLE.def, known(needed(answer.body().flag("publiclyAccessible"))?))])
            })
        },
    }],
}];

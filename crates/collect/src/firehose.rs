//! Firehose delivery streams.

use trailhound_model::kinds::firehose::{DELIVERY_STREAM, KEY_TYPE, TYPE};

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, known, needed, stated};

static FIREHOSE: Service = Service::new("firehose", Protocol::Json11("Firehose_20150804")).limited(2.0, 2);

static DESCRIBE: Call = Call::new(&FIREHOSE, "DescribeDeliveryStream", "firehose:DescribeDeliveryStream")
    .gone(&[("ResourceNotFoundException", "")]);

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &DELIVERY_STREAM,
    reads: &[Read {
        facets: &[&KEY_TYPE.def, &TYPE.def],
        calls: &[&DESCRIBE],
        run: |reader| {
            Box::pin(async move {
                let answer = reader.ask(&DESCRIBE, [("DeliveryStreamName", reader.id().into())]).await?;
                let stream = answer.body().at(&["DeliveryStreamDescription"]);
                if stream.text("DeliveryStreamStatus") == Some("DELETING") {
                    return Err(Error::Deleting);
                }
                let encryption = stream.at(&["DeliveryStreamEncryptionConfiguration"]);
                let on = matches!(encryption.text("Status"), Some("ENABLED" | "ENABLING"));
                Ok(vec![
                    (&KEY_TYPE.def, stated(encryption.text("KeyType").filter(|_| on))),
                    (&TYPE.def, known(needed(stream.text("DeliveryStreamType"))?)),
                ])
            })
        },
    }],
}];

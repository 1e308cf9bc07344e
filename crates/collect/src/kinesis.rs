//! Kinesis streams.

use trailhound_model::kinds::kinesis::{self, STREAM};

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, needed, stated};

static KINESIS: Service = Service::new("kinesis", Protocol::Json11("Kinesis_20131202")).limited(5.0, 4);

static DESCRIBE: Call = Call::new(&KINESIS, "DescribeStreamSummary", "kinesis:DescribeStreamSummary")
    .gone(&[("ResourceNotFoundException", "")]);

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &STREAM,
    reads: &[Read {
        facets: &[&kinesis::ENCRYPTION_TYPE.def],
        calls: &[&DESCRIBE],
        run: |reader| {
            Box::pin(async move {
                let answer = reader.ask(&DESCRIBE, [("StreamName", reader.id().into())]).await?;
                let stream = answer.body().at(&["StreamDescriptionSummary"]);
                if needed(stream.text("StreamStatus"))? == "DELETING" {
                    return Err(Error::Deleting);
                }
                let encryption = stream.text("EncryptionType").filter(|kind| *kind != "NONE");
                Ok(vec![(&kinesis::ENCRYPTION_TYPE.def, stated(encryption))])
            })
        },
    }],
}];

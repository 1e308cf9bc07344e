//! SNS topics.

use trailhound_model::kinds::sns::{self, TOPIC};

use crate::client::{Call, Protocol, Service};
use crate::read::{KindReads, Read, document, needed, stated};

static SNS: Service = Service::new("sns", Protocol::Query("2010-03-31")).limited(10.0, 4);

static GET_ATTRIBUTES: Call = Call::new(&SNS, "GetTopicAttributes", "sns:GetTopicAttributes")
    .gone(&[("NotFound", ""), ("NotFoundException", "")]);

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &TOPIC,
    reads: &[Read {
        facets: &[&sns::KMS_KEY.def, &sns::POLICY.def],
        calls: &[&GET_ATTRIBUTES],
        run: |reader| {
            Box::pin(async move {
                let arn = needed(reader.resource.arn())?;
                let answer = reader.ask(&GET_ATTRIBUTES, [("TopicArn", arn.into())]).await?;
                let attributes = answer.body().at(&["Attributes"]);
                let key = attributes.text("KmsMasterKeyId").filter(|key| !key.is_empty());
                Ok(vec![(&sns::KMS_KEY.def, stated(key)), (&sns::POLICY.def, document(attributes, "Policy"))])
            })
        },
    }],
}];

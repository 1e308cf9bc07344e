//! SQS queues.

use trailhound_model::kinds::sqs::{self, QUEUE};

use crate::client::{Call, Protocol, Service};
use crate::read::{KindReads, Read, document, stated, told};

static SQS: Service = Service::new("sqs", Protocol::Json10("AmazonSQS")).limited(10.0, 4);

static GET_ATTRIBUTES: Call = Call::new(&SQS, "GetQueueAttributes", "sqs:GetQueueAttributes")
    .gone(&[("QueueDoesNotExist", ""), ("AWS.SimpleQueueService.NonExistentQueue", "")]);

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &QUEUE,
    reads: &[Read {
        facets: &[&sqs::KMS_KEY.def, &sqs::POLICY.def, &sqs::SSE_SQS.def],
        calls: &[&GET_ATTRIBUTES],
        run: |reader| {
            Box::pin(async move {
                let queue = reader.resource;
                let suffix = if &*queue.partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
                let url = format!("https://sqs.{}.{suffix}/{}/{}", queue.region, queue.account, queue.id);
                let wanted = vec!["KmsMasterKeyId", "Policy", "SqsManagedSseEnabled"];
                let with = [("QueueUrl", url.into()), ("AttributeNames", wanted.into())];
                let answer = reader.ask(&GET_ATTRIBUTES, with).await?;
                // What is not set is not answered.
                let attributes = answer.body().at(&["Attributes"]);
                let key = attributes.text("KmsMasterKeyId").filter(|key| !key.is_empty());
                Ok(vec![
                    (&sqs::KMS_KEY.def, stated(key)),
                    (&sqs::POLICY.def, document(attributes, "Policy")),
                    (&sqs::SSE_SQS.def, told(attributes.flag("SqsManagedSseEnabled").or(key.map(|_| false)))),
                ])
            })
        },
    }],
}];

//! SQS queues.

use crate::{Facet, Initial, KindDef, Scope, Second, Value};

/// A queue. Its id is its name.
pub static QUEUE: KindDef = KindDef {
    name: "AWS::SQS::Queue",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:sqs:{region}:{account}:{id}"),
    facets: &[&KMS_KEY.def, &POLICY.def, &SSE_SQS.def],
    relations: &[],
    parts: &["AWS::SQS::QueuePolicy"],
    owner: None,
};

/// The KMS key that encrypts messages at rest.
pub static KMS_KEY: Facet<String> =
    Facet::property("KmsMasterKeyId").read_by(&["sqs:GetQueueAttributes"]).initially(Initial::Absent);

/// Whether SQS encrypts messages at rest with a key of its own; a queue has this or a KMS key, not both. On by default
/// for queues created since October 2022.
pub static SSE_SQS: Facet<bool> = Facet::property("SqsManagedSseEnabled")
    .read_by(&["sqs:GetQueueAttributes"])
    .initially(Initial::Default(|created| Value::Bool(created >= Second::date(2022, 10, 1))));

/// The queue policy; without one only the owner's account may use the queue.
pub static POLICY: Facet<Value> = Facet::part("AWS::SQS::QueuePolicy", "PolicyDocument")
    .read_by(&["sqs:GetQueueAttributes"])
    .initially(Initial::Absent);

//! Amazon Data Firehose: delivery streams.

use crate::{Facet, Initial, KindDef, Scope, Value};

/// A delivery stream. Its id is its name.
pub static DELIVERY_STREAM: KindDef = KindDef {
    name: "AWS::KinesisFirehose::DeliveryStream",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:firehose:{region}:{account}:deliverystream/{id}"),
    facets: &[&KEY_TYPE.def, &TYPE.def],
    relations: &[],
    parts: &[],
    owner: None,
};

const READ: &[&str] = &["firehose:DescribeDeliveryStream"];

/// Whose key encrypts records at rest: `AWS_OWNED_CMK` or `CUSTOMER_MANAGED_CMK`; absent means that none does.
pub static KEY_TYPE: Facet<String> =
    Facet::property("DeliveryStreamEncryptionConfigurationInput.KeyType").read_by(READ).initially(Initial::Absent);

/// Where records come from: `DirectPut`, or a stream or cluster that has an encryption of its own.
pub static TYPE: Facet<String> =
    Facet::property("DeliveryStreamType").read_by(READ).initially(Initial::Default(|_| Value::from("DirectPut")));

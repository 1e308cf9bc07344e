//! Kinesis data streams.

use crate::{Facet, Initial, KindDef, Scope};

/// A data stream. Its id is its name.
pub static STREAM: KindDef = KindDef {
    name: "AWS::Kinesis::Stream",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:kinesis:{region}:{account}:stream/{id}"),
    facets: &[&ENCRYPTION_TYPE.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// `KMS`; absent means that records are not encrypted at rest.
pub static ENCRYPTION_TYPE: Facet<String> = Facet::property("StreamEncryption.EncryptionType")
    .read_by(&["kinesis:DescribeStreamSummary"])
    .initially(Initial::Absent);

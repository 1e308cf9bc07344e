//! SNS topics.

use crate::{Facet, Initial, KindDef, Scope, Value};

/// A topic. Its id is its name.
pub static TOPIC: KindDef = KindDef {
    name: "AWS::SNS::Topic",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:sns:{region}:{account}:{id}"),
    facets: &[&KMS_KEY.def, &POLICY.def],
    relations: &[],
    parts: &["AWS::SNS::TopicPolicy"],
    owner: None,
};

/// The key that encrypts messages at rest.
pub static KMS_KEY: Facet<String> =
    Facet::property("KmsMasterKeyId").read_by(&["sns:GetTopicAttributes"]).initially(Initial::Absent);

/// The topic policy; absent means the one SNS writes itself, which is for the owner's account only.
pub static POLICY: Facet<Value> = Facet::part("AWS::SNS::TopicPolicy", "PolicyDocument")
    .read_by(&["sns:GetTopicAttributes"])
    .initially(Initial::Absent);

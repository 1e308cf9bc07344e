//! Amazon MQ: message brokers.

use crate::{Facet, Initial, KindDef, Scope};

/// A broker. Its id is the generated one, `b-…`; its ARN holds its name besides.
pub static BROKER: KindDef = KindDef {
    name: "AWS::AmazonMQ::Broker",
    scope: Scope::Regional,
    arn: None,
    facets: &[&PUBLICLY_ACCESSIBLE.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// Whether the broker has a public address. It is decided when the broker is made.
pub static PUBLICLY_ACCESSIBLE: Facet<bool> =
    Facet::property("PubliclyAccessible").read_by(&["mq:DescribeBroker"]).initially(Initial::OFF);

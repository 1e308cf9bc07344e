//! Amazon MSK: Kafka clusters. Serverless clusters are no kind: they are always private and always speak TLS.

use crate::{Facet, Initial, KindDef, Scope, Value};

/// A provisioned cluster. Its id is what follows in the ARN: its name and a generated id.
pub static CLUSTER: KindDef = KindDef {
    name: "AWS::MSK::Cluster",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:kafka:{region}:{account}:cluster/{id}"),
    facets: &[&CLIENT_BROKER.def, &IN_CLUSTER.def, &PUBLIC_ACCESS.def],
    relations: &[],
    parts: &[],
    owner: None,
};

const READ: &[&str] = &["kafka:DescribeClusterV2"];

/// What clients may speak to the brokers: `TLS`, `TLS_PLAINTEXT` or `PLAINTEXT`.
pub static CLIENT_BROKER: Facet<String> = Facet::property("EncryptionInfo.EncryptionInTransit.ClientBroker")
    .read_by(READ)
    .initially(Initial::Default(|_| Value::from("TLS")));

/// Whether the brokers speak TLS among each other. It is decided when the cluster is made.
pub static IN_CLUSTER: Facet<bool> = Facet::property("EncryptionInfo.EncryptionInTransit.InCluster")
    .read_by(READ)
    .initially(Initial::Default(|_| Value::Bool(true)));

/// `SERVICE_PROVIDED_EIPS` where the brokers have public addresses, else `DISABLED`.
pub static PUBLIC_ACCESS: Facet<String> = Facet::property("BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type")
    .read_by(READ)
    .initially(Initial::Default(|_| Value::from("DISABLED")));

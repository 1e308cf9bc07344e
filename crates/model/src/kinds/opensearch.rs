//! OpenSearch Service domains, whatever engine they run.

use crate::{Facet, FacetDef, Initial, KindDef, Scope, Value};

/// A domain. Its id is its name. Calls of the older Elasticsearch API speak of the same domains.
pub static DOMAIN: KindDef = KindDef {
    name: "AWS::OpenSearchService::Domain",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:es:{region}:{account}:domain/{id}"),
    facets: FACETS,
    relations: &[],
    parts: &[],
    owner: None,
};

/// A domain in a template that uses the older type. Events never tell the two apart: they are read as [`DOMAIN`].
pub static ELASTICSEARCH_DOMAIN: KindDef = KindDef {
    name: "AWS::Elasticsearch::Domain",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:es:{region}:{account}:domain/{id}"),
    facets: FACETS,
    relations: &[],
    parts: &[],
    owner: None,
};

static FACETS: &[&FacetDef] = &[
    &ENCRYPTION_AT_REST.def,
    &ENFORCE_HTTPS.def,
    &NODE_TO_NODE_ENCRYPTION.def,
    &POLICY.def,
    &SUBNETS.def,
    &TLS_POLICY.def,
];

const READ: &[&str] = &["es:DescribeDomain"];

/// The access policy; without one nobody may use the domain but its fine-grained users.
pub static POLICY: Facet<Value> = Facet::property("AccessPolicies").read_by(READ).initially(Initial::Absent);

/// The subnets of a domain in a VPC; a domain without them has a public endpoint, for all its life.
pub static SUBNETS: Facet<Vec<String>> =
    Facet::property("VPCOptions.SubnetIds").read_by(READ).initially(Initial::Absent);

/// Whether data is encrypted at rest.
pub static ENCRYPTION_AT_REST: Facet<bool> =
    Facet::property("EncryptionAtRestOptions.Enabled").read_by(READ).initially(Initial::OFF);

/// Whether traffic between nodes is encrypted.
pub static NODE_TO_NODE_ENCRYPTION: Facet<bool> =
    Facet::property("NodeToNodeEncryptionOptions.Enabled").read_by(READ).initially(Initial::OFF);

/// Whether the endpoint refuses plain HTTP.
pub static ENFORCE_HTTPS: Facet<bool> =
    Facet::property("DomainEndpointOptions.EnforceHTTPS").read_by(READ).initially(Initial::OFF);

/// The TLS security policy of the endpoint.
pub static TLS_POLICY: Facet<String> = Facet::property("DomainEndpointOptions.TLSSecurityPolicy")
    .read_by(READ)
    .initially(Initial::Default(|_| Value::from("Policy-Min-TLS-1-0-2019-07")));

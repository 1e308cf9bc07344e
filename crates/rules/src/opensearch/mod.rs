//! OpenSearch Service domains.

mod domain_encryption_at_rest;
mod domain_https;
mod domain_in_vpc;
mod domain_node_to_node_encryption;
mod domain_policy_private;

use trailhound_model::Evidence;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[
    &domain_encryption_at_rest::RULE,
    &domain_https::RULE,
    &domain_in_vpc::RULE,
    &domain_node_to_node_encryption::RULE,
    &domain_policy_private::RULE,
];

/// The entry for a domain outside a VPC.
fn public_endpoint() -> Evidence {
    Evidence::new("VPCOptions", "the endpoint is public")
}

use trailhound_model::Verdict;
use trailhound_model::kinds::opensearch::{DOMAIN, ELASTICSEARCH_DOMAIN, POLICY, SUBNETS};

use super::public_endpoint;
use crate::policy::{Flavour, Policy};
use crate::rule;
use crate::signs::keys;

rule! {
    /// OpenSearch domains with a public endpoint let in named principals only.
    ///
    /// ## Why
    /// A public domain whose access policy lets everyone in is a database on the internet without a password. Such
    /// domains are found and emptied, or held to ransom, within a day.
    ///
    /// ## Fix
    /// - Console: domain → Security configuration → Edit → Access policy, and name principals or addresses.
    /// - CLI: `aws opensearch update-domain-config --domain-name NAME --access-policies file://policy.json`
    /// - CloudFormation: `AccessPolicies` on `AWS::OpenSearchService::Domain`, with roles as principals or
    ///   `aws:SourceIp` as condition.
    ///
    /// ## Limits
    /// Domains in a VPC pass whatever their policy says: security groups decide there. Fine-grained access control is
    /// not looked at: it asks for a password, but only behind the policy.
    item: S3PublicAccess,
    severity: Critical,
    kinds: [DOMAIN, ELASTICSEARCH_DOMAIN],
    reads: [POLICY, SUBNETS],
    opens_on: ["CreateDomain", "CreateElasticsearchDomain", "UpdateDomainConfig", "UpdateElasticsearchDomainConfig"],
    closes_on: ["UpdateDomainConfig", "UpdateElasticsearchDomainConfig", "DeleteDomain"],
    controls: [
        (SecurityHub, "~Opensearch.2"),
        (Nist80053, "AC-3"),
        (Nist80053, "SC-7"),
        (AwsConfig, "~opensearch-in-vpc-only"),
    ],
    judge: |domain, _| {
        if domain.get(&SUBNETS).known()?.is_some_and(|subnets| !subnets.is_empty()) {
            return Ok(Verdict::Pass);
        }
        let Some(document) = domain.get(&POLICY).known()? else { return Ok(Verdict::Pass) };
        let mut open = Policy::from_value(&document)?.public(Flavour::Resource);
        let message = format!("the access policy of the public endpoint lets everyone in: {}", keys(&open.certain));
        if open.is_certain() {
            // The same entry as that of the rule about the endpoint, which this one covers.
            open.certain.push(public_endpoint());
        }
        open.answer(|_| message)
    },
}

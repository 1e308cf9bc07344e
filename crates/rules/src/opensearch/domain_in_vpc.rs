use trailhound_model::Verdict;
use trailhound_model::kinds::opensearch::{DOMAIN, ELASTICSEARCH_DOMAIN, SUBNETS};

use super::public_endpoint;
use crate::rule;

rule! {
    /// OpenSearch domains are in a VPC.
    ///
    /// ## Why
    /// A domain in a VPC can be reached only from networks that you connect to it. A public endpoint has nothing but
    /// its access policy between the data and the internet.
    ///
    /// ## Fix
    /// - Console: a domain cannot be moved: create one with VPC access and restore a snapshot into it.
    /// - CLI: `aws opensearch create-domain --domain-name NAME --vpc-options
    ///   SubnetIds=subnet-...,SecurityGroupIds=sg-...`
    /// - CloudFormation: `VPCOptions` with `SubnetIds` on `AWS::OpenSearchService::Domain`; the change replaces the
    ///   domain.
    ///
    /// ## Limits
    /// Does not ask whether the subnets are private.
    item: PrivateNetwork,
    severity: High,
    kinds: [DOMAIN, ELASTICSEARCH_DOMAIN],
    reads: [SUBNETS],
    opens_on: ["CreateDomain", "CreateElasticsearchDomain"],
    closes_on: ["DeleteDomain", "DeleteElasticsearchDomain"],
    controls: [
        (SecurityHub, "Opensearch.2"),
        (SecurityHub, "ES.2"),
        (PciDss, "1.4.4"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-21"),
        (Nist80053, "SC-7"),
        (AwsConfig, "opensearch-in-vpc-only"),
        (AwsConfig, "elasticsearch-in-vpc-only"),
    ],
    covered_by: ["opensearch-domain-policy-private"],
    judge: |domain, _| {
        Ok(match domain.get(&SUBNETS).known()? {
            Some(subnets) if !subnets.is_empty() => Verdict::Pass,
            _ => Verdict::fail_with("the domain has a public endpoint", vec![public_endpoint()]),
        })
    },
}

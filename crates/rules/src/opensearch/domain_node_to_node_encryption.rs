use trailhound_model::Verdict;
use trailhound_model::kinds::opensearch::{DOMAIN, ELASTICSEARCH_DOMAIN, NODE_TO_NODE_ENCRYPTION};

use crate::rule;

rule! {
    /// OpenSearch domains encrypt the traffic between their nodes.
    ///
    /// ## Why
    /// Every search and every copy of a shard crosses the network between nodes, in the clear unless this is on.
    ///
    /// ## Fix
    /// - Console: domain → Security configuration → Edit → Encryption → Require node-to-node encryption.
    /// - CLI: `aws opensearch update-domain-config --domain-name NAME --node-to-node-encryption-options Enabled=true`
    /// - CloudFormation: `NodeToNodeEncryptionOptions: { Enabled: true }` on `AWS::OpenSearchService::Domain`.
    ///
    /// ## Limits
    /// Once on, it cannot be turned off.
    item: EncryptionInTransit,
    severity: Medium,
    kinds: [DOMAIN, ELASTICSEARCH_DOMAIN],
    reads: [NODE_TO_NODE_ENCRYPTION],
    opens_on: ["CreateDomain"],
    closes_on: ["UpdateDomainConfig"],
    controls: [
        (SecurityHub, "Opensearch.3"),
        (SecurityHub, "ES.3"),
        (PciDss, "4.2.1"),
        (Nist80053, "SC-8"),
        (Nist80053, "SC-23"),
        (AwsConfig, "opensearch-node-to-node-encryption-check"),
    ],
    judge: |domain, _| {
        Ok(match domain.get(&NODE_TO_NODE_ENCRYPTION).known()? {
            Some(true) => Verdict::Pass,
            Some(false) | None => Verdict::fail("NodeToNodeEncryptionOptions", "traffic between nodes is not encrypted"),
        })
    },
}

use trailhound_model::Verdict;
use trailhound_model::kinds::opensearch::{DOMAIN, ELASTICSEARCH_DOMAIN, ENCRYPTION_AT_REST};

use crate::rule;

rule! {
    /// OpenSearch domains are encrypted at rest.
    ///
    /// ## Why
    /// Indices, logs and automated snapshots hold copies of the data of other systems; unencrypted, they are readable
    /// for whoever gets hold of the storage.
    ///
    /// ## Fix
    /// - Console: domain → Security configuration → Edit → Encryption → Enable encryption of data at rest.
    /// - CLI: `aws opensearch update-domain-config --domain-name NAME --encryption-at-rest-options Enabled=true`
    /// - CloudFormation: `EncryptionAtRestOptions: { Enabled: true }` on `AWS::OpenSearchService::Domain`.
    ///
    /// ## Limits
    /// Any key will do. Old engine versions cannot turn it on later: restore a snapshot into a new domain.
    item: EncryptionAtRest,
    severity: High,
    kinds: [DOMAIN, ELASTICSEARCH_DOMAIN],
    reads: [ENCRYPTION_AT_REST],
    opens_on: ["CreateDomain"],
    closes_on: ["UpdateDomainConfig"],
    controls: [
        (SecurityHub, "Opensearch.1"),
        (SecurityHub, "ES.1"),
        (PciDss, "3.5.1"),
        (Nist80053, "SC-13"),
        (Nist80053, "SC-28"),
        (AwsConfig, "opensearch-encrypted-at-rest"),
        (AwsConfig, "elasticsearch-encrypted-at-rest"),
    ],
    judge: |domain, _| {
        Ok(match domain.get(&ENCRYPTION_AT_REST).known()? {
            Some(true) => Verdict::Pass,
            Some(false) | None => Verdict::fail("EncryptionAtRestOptions", "data is not encrypted at rest"),
        })
    },
}

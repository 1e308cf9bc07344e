use trailhound_model::kinds::opensearch::{DOMAIN, ELASTICSEARCH_DOMAIN, ENFORCE_HTTPS, TLS_POLICY};
use trailhound_model::{Evidence, Verdict, Why};

use crate::rule;

rule! {
    /// OpenSearch domains refuse plain HTTP and TLS older than 1.2.
    ///
    /// ## Why
    /// Searches and their results, and passwords where there are any, are readable on the way without TLS; old versions
    /// of it can be broken.
    ///
    /// ## Fix
    /// - Console: domain → Security configuration → Edit → Encryption → Require HTTPS, and a TLS 1.2 policy.
    /// - CLI: `aws opensearch update-domain-config --domain-name NAME --domain-endpoint-options
    ///   EnforceHTTPS=true,TLSSecurityPolicy=Policy-Min-TLS-1-2-PFS-2023-10`
    /// - CloudFormation: `DomainEndpointOptions: { EnforceHTTPS: true, TLSSecurityPolicy:
    ///   Policy-Min-TLS-1-2-PFS-2023-10 }` on `AWS::OpenSearchService::Domain`.
    ///
    /// ## Limits
    /// A policy with a name that is not known is unknown.
    item: EncryptionInTransit,
    severity: Medium,
    kinds: [DOMAIN, ELASTICSEARCH_DOMAIN],
    reads: [ENFORCE_HTTPS, TLS_POLICY],
    opens_on: ["CreateDomain", "UpdateDomainConfig"],
    closes_on: ["UpdateDomainConfig"],
    controls: [
        (SecurityHub, "Opensearch.8"),
        (SecurityHub, "ES.8"),
        (Nist80053, "SC-8"),
        (Nist80053, "SC-23"),
        (AwsConfig, "opensearch-https-required"),
    ],
    judge: |domain, _| {
        let https = domain.get(&ENFORCE_HTTPS).known();
        let tls = domain.get(&TLS_POLICY).known().and_then(|policy| is_current(policy.as_deref().unwrap_or(OLDEST)));
        let mut faults = Vec::new();
        if matches!(https, Ok(on) if on != Some(true)) {
            faults.push(Evidence::new("EnforceHTTPS", "plain HTTP is accepted"));
        }
        if tls == Ok(false) {
            faults.push(Evidence::new("TLSSecurityPolicy", "TLS older than 1.2 is accepted"));
        }
        if faults.is_empty() {
            https.and(tls)?;
        }
        Ok(Verdict::unless(faults, |faults| {
            let faults: Vec<&str> = faults.iter().map(|fault| &*fault.detail).collect();
            faults.join(" and ")
        }))
    },
}

/// The security policy of a domain that names none.
const OLDEST: &str = "Policy-Min-TLS-1-0-2019-07";

/// Whether a security policy refuses what is older than TLS 1.2.
fn is_current(policy: &str) -> Result<bool, Why> {
    let minimum = policy.strip_prefix("Policy-Min-TLS-").unwrap_or_default();
    if minimum.starts_with("1-2-") || minimum.starts_with("1-3-") {
        Ok(true)
    } else if minimum.starts_with("1-0-") || minimum.starts_with("1-1-") {
        Ok(false)
    } else {
        Err(Why::NotUnderstood("the TLS security policy".into()))
    }
}

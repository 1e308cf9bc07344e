use trailhound_model::Verdict;
use trailhound_model::kinds::rds::{PROXY, REQUIRE_TLS};

use crate::rule;

rule! {
    /// Database proxies refuse connections without TLS.
    ///
    /// ## Why
    /// A proxy stands between applications and the database: what it accepts without TLS, passwords included, is
    /// readable for everyone on the way.
    ///
    /// ## Fix
    /// - Console: RDS → Proxies → proxy → Modify → Require Transport Layer Security.
    /// - CLI: `aws rds modify-db-proxy --db-proxy-name NAME --require-tls`
    /// - CloudFormation: `RequireTLS: true` on `AWS::RDS::DBProxy`.
    ///
    /// ## Limits
    /// Looks at connections to the proxy. Those from the proxy to the database are encrypted if the database asks for
    /// it.
    item: EncryptionInTransit,
    severity: Medium,
    kinds: [PROXY],
    reads: [REQUIRE_TLS],
    opens_on: ["CreateDBProxy", "ModifyDBProxy"],
    closes_on: ["ModifyDBProxy"],
    controls: [
        (SecurityHub, "RDS.43"),
        (PciDss, "4.2.1"),
        (Nist80053, "SC-8"),
        (Nist80053, "SC-23"),
        (AwsConfig, "rds-proxy-tls-encryption"),
    ],
    judge: |proxy, _| {
        Ok(match proxy.get(&REQUIRE_TLS).known()? {
            Some(true) => Verdict::Pass,
            Some(false) | None => Verdict::fail("RequireTLS", "connections without TLS are accepted"),
        })
    },
}

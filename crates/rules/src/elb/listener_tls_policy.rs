use trailhound_model::kinds::elb::{LISTENER, PROTOCOL, SSL_POLICY};
use trailhound_model::{Verdict, Why};

use crate::rule;

/// What a TLS listener has if its creator names none.
const DEFAULT: &str = "ELBSecurityPolicy-2016-08";

rule! {
    /// TLS listeners refuse anything older than TLS 1.2.
    ///
    /// ## Why
    /// TLS 1.0 and 1.1 have known weaknesses and are withdrawn. A listener that still accepts them lets an attacker on the way
    /// talk both sides into them.
    ///
    /// ## Fix
    /// - Console: load balancer → listener → Edit → Security policy → `ELBSecurityPolicy-TLS13-1-2-Res-2021-06`.
    /// - CLI: `aws elbv2 modify-listener --listener-arn ARN --ssl-policy ELBSecurityPolicy-TLS13-1-2-Res-2021-06`
    /// - CloudFormation: `SslPolicy` on `AWS::ElasticLoadBalancingV2::Listener`: without it AWS takes one that accepts TLS 1.0.
    ///
    /// ## Limits
    /// Ciphers are not looked at. A policy whose name is not of AWS's known pattern is answered with unknown.
    item: EncryptionInTransit,
    severity: Medium,
    kinds: [LISTENER],
    reads: [PROTOCOL, SSL_POLICY],
    opens_on: ["CreateListener", "ModifyListener"],
    closes_on: ["DeleteListener", "DeleteLoadBalancer", "ModifyListener"],
    controls: [
        (SecurityHub, "~ELB.17"),
        (PciDss, "4.2.1"),
        (Nist80053, "AC-17(2)"),
        (Nist80053, "SC-8"),
        (AwsConfig, "~elbv2-predefined-security-policy-ssl-check"),
    ],
    judge: |listener, _| {
        let protocol = listener.get(&PROTOCOL).known()?.unwrap_or_default();
        if !matches!(&*protocol, "HTTPS" | "TLS") {
            return Ok(Verdict::not_applicable("it does not speak TLS"));
        }
        let policy = listener.get(&SSL_POLICY).known()?;
        let policy = policy.as_deref().unwrap_or(DEFAULT);
        match is_tls_1_2(policy) {
            Some(true) => Ok(Verdict::Pass),
            Some(false) => Ok(Verdict::fail("SslPolicy", format!("`{policy}` accepts TLS older than 1.2"))),
            None => Err(Why::NotUnderstood(format!("the TLS policy `{policy}`").into())),
        }
    },
}

/// Whether a predefined policy accepts TLS 1.2 and later only, by its name: `ELBSecurityPolicy-`, a family, the oldest
/// version it accepts, options and a date. Names without a version are from before 2017, or accept TLS 1.0 like them.
fn is_tls_1_2(policy: &str) -> Option<bool> {
    let name = policy.strip_prefix("ELBSecurityPolicy-")?;
    let version = ["TLS13-", "TLS-", "FS-"].into_iter().find_map(|family| name.strip_prefix(family)).unwrap_or(name);
    match version.get(..3)? {
        "1-2" | "1-3" => Some(true),
        "1-0" | "1-1" | "201" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_policy_tells_the_oldest_version() {
        for (name, expected) in [
            ("ELBSecurityPolicy-TLS13-1-2-2021-06", Some(true)),
            ("ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06", Some(true)),
            ("ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", Some(true)),
            ("ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04", Some(true)),
            ("ELBSecurityPolicy-TLS13-1-0-2021-06", Some(false)),
            ("ELBSecurityPolicy-TLS13-1-1-2021-06", Some(false)),
            ("ELBSecurityPolicy-TLS-1-2-Ext-2018-06", Some(true)),
            ("ELBSecurityPolicy-TLS-1-1-2017-01", Some(false)),
            ("ELBSecurityPolicy-FS-1-2-Res-2020-10", Some(true)),
            ("ELBSecurityPolicy-FS-1-1-2019-08", Some(false)),
            ("ELBSecurityPolicy-FS-2018-06", Some(false)),
            ("ELBSecurityPolicy-2016-08", Some(false)),
            ("ELBSecurityPolicy-2031-01", None),
            ("ELBSecurityPolicy-", None),
            ("our-own", None),
        ] {
            assert_eq!(is_tls_1_2(name), expected, "{name}");
        }
    }
}

use trailhound_model::kinds::elb::{CLASSIC_LISTENERS, CLASSIC_LOAD_BALANCER};
use trailhound_model::{Evidence, Verdict};

use crate::rule;
use crate::signs::listed;

rule! {
    /// Classic load balancers listen with HTTPS or TLS only.
    ///
    /// ## Why
    /// What travels over HTTP or plain TCP can be read and changed on the way. A classic load balancer cannot redirect, so each
    /// such listener serves.
    ///
    /// ## Fix
    /// - Console: EC2 → Load Balancers → Listeners → Manage listeners → HTTPS or SSL with a certificate; delete the others.
    /// - CLI: `aws elb delete-load-balancer-listeners --load-balancer-name NAME --load-balancer-ports 80`, then
    ///   `create-load-balancer-listeners` with `Protocol=HTTPS`.
    /// - CloudFormation: `Protocol: HTTPS` or `SSL` and an `SSLCertificateId` in each of `Listeners`; better, move to
    ///   `AWS::ElasticLoadBalancingV2`.
    ///
    /// ## Limits
    /// A TCP listener that passes TLS through to its instances fails too. The versions of TLS are not looked at.
    item: EncryptionInTransit,
    severity: Medium,
    kinds: [CLASSIC_LOAD_BALANCER],
    reads: [CLASSIC_LISTENERS],
    opens_on: ["CreateLoadBalancer", "CreateLoadBalancerListeners"],
    closes_on: ["DeleteLoadBalancer", "DeleteLoadBalancerListeners"],
    controls: [
        (SecurityHub, "ELB.3"),
        (PciDss, "4.2.1"),
        (Nist80053, "AC-17(2)"),
        (Nist80053, "SC-8"),
        (AwsConfig, "elb-tls-https-listeners-only"),
    ],
    judge: |balancer, _| {
        let listeners = balancer.entries(&CLASSIC_LISTENERS)?;
        let is_tls = |protocol: &str| ["HTTPS", "SSL"].iter().any(|tls| tls.eq_ignore_ascii_case(protocol));
        let plain = listeners.matching(|_, listener| !is_tls(&listener.protocol))?;
        let plain = plain.into_iter().map(|(port, listener)| Evidence::new(port, format!("speaks {}", listener.protocol)));
        Ok(Verdict::unless(plain.collect(), |plain| {
            format!("ports without TLS: {}", listed(plain.iter().map(|entry| &*entry.key)))
        }))
    },
}

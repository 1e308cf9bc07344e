use trailhound_model::kinds::cloudfront::{CACHE_BEHAVIORS, DEFAULT_CACHE_BEHAVIOR, DISTRIBUTION, ORIGINS, Origin};
use trailhound_model::{Evidence, Verdict};

use super::{behaviors, is_plain};
use crate::rule;
use crate::signs::listed;

/// What a template that names no versions gets.
const DEFAULT_PROTOCOLS: [&str; 2] = ["TLSv1", "SSLv3"];

rule! {
    /// Distributions reach their origins over HTTPS with TLS 1.2.
    ///
    /// ## Why
    /// A padlock at the viewer says nothing about the second half of the way: between the edge and the origin requests cross
    /// the internet again, with the viewer's cookies in them.
    ///
    /// ## Fix
    /// - Console: distribution → Origins → edit → Protocol `HTTPS only`, Minimum origin SSL protocol `TLSv1.2`.
    /// - CLI: `aws cloudfront update-distribution` with `OriginProtocolPolicy` `https-only` and `OriginSslProtocols` `TLSv1.2`
    ///   in each `CustomOriginConfig`.
    /// - CloudFormation: `OriginProtocolPolicy: https-only` and `OriginSSLProtocols: [TLSv1.2]`; without the latter AWS takes
    ///   `TLSv1` and `SSLv3`.
    ///
    /// ## Limits
    /// Buckets and origins in a VPC have no such setting. `match-viewer` passes where every behaviour that leads to the origin
    /// is HTTPS only; a behaviour that leads to a group of origins counts for all of them.
    item: EncryptionInTransit,
    severity: Medium,
    kinds: [DISTRIBUTION],
    reads: [ORIGINS, DEFAULT_CACHE_BEHAVIOR, CACHE_BEHAVIORS],
    opens_on: ["CreateDistribution2020_05_31", "UpdateDistribution2020_05_31"],
    closes_on: ["DeleteDistribution2020_05_31", "UpdateDistribution2020_05_31"],
    controls: [
        (SecurityHub, "CloudFront.9"),
        (SecurityHub, "CloudFront.10"),
        (PciDss, "4.2.1"),
        (Nist80053, "AC-17(2)"),
        (Nist80053, "SC-8"),
        (AwsConfig, "cloudfront-traffic-to-origin-encrypted"),
        (AwsConfig, "cloudfront-no-deprecated-ssl-protocols"),
    ],
    judge: |distribution, _| {
        let origins: Vec<Origin> = distribution.get(&ORIGINS).known()?.unwrap_or_default();
        let mut faults: Vec<Evidence> = Vec::new();
        let mut doubt = None;
        let mut custom = 0;
        for origin in &origins {
            let Some(config) = &origin.custom_origin_config else { continue };
            custom += 1;
            let plain = match &*config.origin_protocol_policy {
                "https-only" => false,
                "match-viewer" => {
                    let (behaviors, why) = behaviors(distribution);
                    doubt = doubt.or(why);
                    let leads_here = |target: &str| target == origin.id || origins.iter().all(|own| own.id != target);
                    behaviors.iter().any(|behavior| {
                        is_plain(behavior) && behavior.target_origin_id.as_deref().is_none_or(leads_here)
                    })
                }
                _ => true,
            };
            if plain {
                let words = format!("the origin protocol policy is `{}`", config.origin_protocol_policy);
                faults.push(Evidence::new(format!("{}/HTTP", origin.id), words));
            }
            let protocols = config.origin_ssl_protocols.as_ref();
            let protocols = protocols.map_or(DEFAULT_PROTOCOLS.to_vec(), |list| list.iter().map(|p| &**p).collect());
            let old = protocols.into_iter().filter(|protocol| matches!(*protocol, "SSLv3" | "TLSv1" | "TLSv1.1"));
            if config.origin_protocol_policy != "http-only" {
                faults.extend(old.map(|old| Evidence::new(format!("{}/{old}", origin.id), format!("{old} is allowed"))));
            }
        }
        match doubt {
            _ if custom == 0 => Ok(Verdict::not_applicable("it has no custom origin")),
            Some(why) if faults.is_empty() => Err(why),
            _ => Ok(Verdict::unless(faults, |faults| {
                format!("the way to the origin is not safe: {}", listed(faults.iter().map(|entry| &*entry.key)))
            })),
        }
    },
}

use trailhound_model::kinds::cloudfront::{CACHE_BEHAVIORS, DEFAULT_CACHE_BEHAVIOR, DISTRIBUTION};
use trailhound_model::{Evidence, Verdict};

use super::{DEFAULT, behaviors, is_plain};
use crate::rule;
use crate::signs::listed;

rule! {
    /// Distributions serve every path over HTTPS only.
    ///
    /// ## Why
    /// What viewers send and get over HTTP can be read and changed on the way. One forgotten path is enough to take a session
    /// cookie.
    ///
    /// ## Fix
    /// - Console: distribution → Behaviors → edit each → Viewer protocol policy → Redirect HTTP to HTTPS.
    /// - CLI: `aws cloudfront get-distribution-config --id ID`, set `ViewerProtocolPolicy` to `redirect-to-https` in every
    ///   behaviour, then `update-distribution`.
    /// - CloudFormation: `ViewerProtocolPolicy: redirect-to-https` in `DefaultCacheBehavior` and in each of `CacheBehaviors`.
    ///
    /// ## Limits
    /// The way from CloudFront to the origin is judged by `cloudfront-origin-https`.
    item: EncryptionInTransit,
    severity: Medium,
    kinds: [DISTRIBUTION],
    reads: [DEFAULT_CACHE_BEHAVIOR, CACHE_BEHAVIORS],
    opens_on: ["CreateDistribution2020_05_31", "UpdateDistribution2020_05_31"],
    closes_on: ["DeleteDistribution2020_05_31", "UpdateDistribution2020_05_31"],
    controls: [
        (SecurityHub, "CloudFront.3"),
        (PciDss, "4.2.1"),
        (Nist80053, "AC-17(2)"),
        (Nist80053, "SC-8"),
        (AwsConfig, "cloudfront-viewer-policy-https"),
    ],
    judge: |distribution, _| {
        let (behaviors, doubt) = behaviors(distribution);
        let plain = behaviors.iter().filter(|behavior| is_plain(behavior));
        let plain: Vec<_> = plain
            .map(|behavior| {
                let path = behavior.path_pattern.as_deref().unwrap_or(DEFAULT);
                Evidence::new(path, format!("the viewer protocol policy is `{}`", behavior.viewer_protocol_policy))
            })
            .collect();
        match doubt {
            Some(why) if plain.is_empty() => Err(why),
            _ => Ok(Verdict::unless(plain, |plain| {
                format!("viewers may use HTTP: {}", listed(plain.iter().map(|entry| &*entry.key)))
            })),
        }
    },
}

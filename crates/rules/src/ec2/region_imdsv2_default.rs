use trailhound_model::Verdict;
use trailhound_model::kinds::account::REGION;
use trailhound_model::kinds::ec2::region::HTTP_TOKENS_DEFAULT;

use crate::rule;

rule! {
    /// The region's default for new instances demands session tokens of the metadata service (IMDSv2).
    ///
    /// ## Why
    /// A launch that says nothing takes the default; with `required` a forgotten setting is no open one.
    ///
    /// ## Fix
    /// - Console: EC2 → Settings → Data protection and security → IMDS defaults → Metadata version: V2 only.
    /// - CLI: `aws ec2 modify-instance-metadata-defaults --http-tokens required`, in every region.
    /// - CloudFormation: there is no type for it; use the CLI or a declarative policy of the organisation.
    ///
    /// ## Limits
    /// Running instances stay as they are, and a launch may still state `optional` unless the default is enforced.
    item: NoLongTermCredentials,
    severity: Low,
    kinds: [REGION],
    reads: [HTTP_TOKENS_DEFAULT],
    opens_on: ["ModifyInstanceMetadataDefaults"],
    closes_on: ["ModifyInstanceMetadataDefaults"],
    controls: [(Nist80053, "AC-3"), (Nist80053, "AC-6")],
    judge: |region, _| {
        let tokens = region.get(&HTTP_TOKENS_DEFAULT).known()?.unwrap_or_else(|| "no-preference".to_owned());
        Ok(if tokens == "required" {
            Verdict::Pass
        } else {
            Verdict::fail("HttpTokens", format!("the default for new instances is `{tokens}`, not `required`"))
        })
    },
}

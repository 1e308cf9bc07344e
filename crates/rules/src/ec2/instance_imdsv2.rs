use trailhound_model::kinds::ec2::instance::{FLEET, HTTP_ENDPOINT, HTTP_TOKENS, INSTANCE};

use super::{fleet, tokens_required};
use crate::rule;

rule! {
    /// Instances demand session tokens of their metadata service (IMDSv2), or have it switched off.
    ///
    /// ## Why
    /// The metadata service hands out the credentials of the instance's role. Version 1 gives them to any request that reaches
    /// it, so that one forged request in a web application (SSRF) is enough; version 2 asks for a token first.
    ///
    /// ## Fix
    /// - Console: EC2 → Instances → the instance → Actions → Instance settings → Modify instance metadata options → IMDSv2
    ///   required.
    /// - CLI: `aws ec2 modify-instance-metadata-options --instance-id ID --http-tokens required`
    /// - CloudFormation: `MetadataOptions: {HttpTokens: required}` on `AWS::EC2::Instance`.
    ///
    /// ## Limits
    /// Instances of an Auto Scaling group or fleet are judged by their launch template. Records of old instances do not show
    /// the effective setting.
    item: NoLongTermCredentials,
    severity: High,
    kinds: [INSTANCE],
    reads: [FLEET, HTTP_ENDPOINT, HTTP_TOKENS],
    opens_on: ["ModifyInstanceMetadataOptions", "RunInstances"],
    closes_on: ["ModifyInstanceMetadataOptions", "TerminateInstances"],
    controls: [
        (SecurityHub, "EC2.8"),
        (CisV3, "5.6"),
        (CisV5, "5.7"),
        (PciDss, "2.2.6"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-6"),
        (AwsConfig, "ec2-imdsv2-check"),
    ],
    judge: |instance, _| {
        if let Some(verdict) = fleet(instance) {
            return Ok(verdict);
        }
        tokens_required(instance.get(&HTTP_TOKENS).known(), instance.get(&HTTP_ENDPOINT).known())
    },
}

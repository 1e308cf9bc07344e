use trailhound_model::kinds::ec2::instance::{DEFAULT_VERSION, LAUNCH_TEMPLATE, VERSIONS};
use trailhound_model::{Verdict, Why};

use super::{default_version, tokens_required};
use crate::rule;

rule! {
    /// Launch templates demand session tokens of the metadata service (IMDSv2) in their default version.
    ///
    /// ## Why
    /// Every instance that an Auto Scaling group or fleet starts takes the template's setting: one line decides for all.
    ///
    /// ## Fix
    /// - Console: EC2 → Launch templates → the template → Modify template → Advanced details → Metadata version: V2 only; then
    ///   set the new version as default.
    /// - CLI: `aws ec2 create-launch-template-version --launch-template-id ID --source-version N --launch-template-data
    ///   '{"MetadataOptions":{"HttpTokens":"required"}}'`, then `aws ec2 modify-launch-template --default-version`.
    /// - CloudFormation: `MetadataOptions: {HttpTokens: required}` in `LaunchTemplateData`.
    ///
    /// ## Limits
    /// The default version is judged, whichever version a group uses. A template that says nothing fails, although the image
    /// or the region's default may still demand tokens: the template does not see to it.
    item: NoLongTermCredentials,
    severity: Medium,
    kinds: [LAUNCH_TEMPLATE],
    reads: [DEFAULT_VERSION, VERSIONS],
    opens_on: ["CreateLaunchTemplate", "ModifyLaunchTemplate"],
    closes_on: ["DeleteLaunchTemplate", "ModifyLaunchTemplate"],
    controls: [
        (SecurityHub, "EC2.170"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-6"),
        (AwsConfig, "ec2-launch-template-imdsv2-check"),
    ],
    judge: |template, _| {
        let version = default_version(template)?;
        let options = version.metadata_options;
        // What this version leaves out may be stated by the one it was made from.
        let inherited = |stated: Option<String>| match stated {
            None if version.inherits => Err(Why::DependsOn("the version it was made from".into())),
            stated => Ok(stated),
        };
        let tokens = inherited(options.http_tokens);
        if let Ok(None) = tokens
            && options.http_endpoint.as_deref() != Some("disabled")
        {
            return Ok(Verdict::fail("HttpTokens", "the default version does not demand session tokens"));
        }
        tokens_required(tokens, inherited(options.http_endpoint))
    },
}

use trailhound_model::kinds::ec2::instance::{DEFAULT_VERSION, LAUNCH_TEMPLATE, VERSIONS};
use trailhound_model::{Verdict, Why};

use super::default_version;
use crate::rule;

rule! {
    /// Launch templates ask for no public IPv4 address in their default version.
    ///
    /// ## Why
    /// Every instance that an Auto Scaling group or fleet starts from it would be reachable from the internet.
    ///
    /// ## Fix
    /// - Console: EC2 → Launch templates → the template → Modify template → Advanced network configuration → Auto-assign public
    ///   IP: Disable; then set the new version as default.
    /// - CLI: `aws ec2 create-launch-template-version` with `"AssociatePublicIpAddress": false` in `NetworkInterfaces`, then
    ///   `aws ec2 modify-launch-template --default-version`.
    /// - CloudFormation: `AssociatePublicIpAddress: false` in `LaunchTemplateData.NetworkInterfaces`.
    ///
    /// ## Limits
    /// The default version is judged. A template that says nothing passes: then the subnet decides (`ec2-subnet-public-ip-off`).
    item: PrivateNetwork,
    severity: Medium,
    kinds: [LAUNCH_TEMPLATE],
    reads: [DEFAULT_VERSION, VERSIONS],
    opens_on: ["CreateLaunchTemplate", "ModifyLaunchTemplate"],
    closes_on: ["DeleteLaunchTemplate", "ModifyLaunchTemplate"],
    controls: [
        (SecurityHub, "EC2.25"),
        (PciDss, "1.4.5"),
        (Nist80053, "AC-4"),
        (Nist80053, "SC-7"),
        (AwsConfig, "ec2-launch-template-public-ip-disabled"),
    ],
    judge: |template, _| {
        let version = default_version(template)?;
        match version.associate_public_ip_address {
            Some(true) => Ok(Verdict::fail(
                "AssociatePublicIpAddress",
                "the default version gives instances a public address",
            )),
            None if version.inherits => Err(Why::DependsOn("the version it was made from".into())),
            Some(false) | None => Ok(Verdict::Pass),
        }
    },
}

use trailhound_model::kinds::ec2::instance::{DEFAULT_VERSION, LAUNCH_TEMPLATE, TEMPLATE_REGION, VERSIONS};
use trailhound_model::kinds::ec2::region::EBS_ENCRYPTION;
use trailhound_model::{Evidence, Verdict, Why};

use super::{default_version, keys};
use crate::rule;

rule! {
    /// Launch templates describe encrypted volumes only, in their default version.
    ///
    /// ## Why
    /// Every instance that an Auto Scaling group or fleet starts from it would write to disks that anyone reads who gets hold of a
    /// snapshot.
    ///
    /// ## Fix
    /// - Console: EC2 → Launch templates → the template → Modify template → Storage → Encrypted: Yes; then set the new version as
    ///   default.
    /// - CLI: `aws ec2 create-launch-template-version` with `"Ebs": {"Encrypted": true}` in every entry of
    ///   `BlockDeviceMappings`, then `aws ec2 modify-launch-template --default-version`; or
    ///   `aws ec2 enable-ebs-encryption-by-default`.
    /// - CloudFormation: `Encrypted: true` under `Ebs` in `LaunchTemplateData.BlockDeviceMappings`.
    ///
    /// ## Limits
    /// The default version is judged. Disks that it does not describe come from the image and are not judged here; what says
    /// nothing of encryption follows the region's default.
    item: EncryptionAtRest,
    severity: Medium,
    kinds: [LAUNCH_TEMPLATE],
    reads: [DEFAULT_VERSION, VERSIONS],
    borrows: [TEMPLATE_REGION => [EBS_ENCRYPTION]],
    opens_on: ["CreateLaunchTemplate", "DisableEbsEncryptionByDefault", "ModifyLaunchTemplate"],
    closes_on: ["DeleteLaunchTemplate", "EnableEbsEncryptionByDefault", "ModifyLaunchTemplate"],
    controls: [(SecurityHub, "EC2.181"), (Nist80053, "SC-28"), (AwsConfig, "ec2-launch-templates-ebs-volume-encrypted")],
    judge: |template, _| {
        let version = default_version(template)?;
        let entry = |name: &str, detail| Evidence::new(name, detail);
        let (mut open, mut silent) = (Vec::new(), Vec::new());
        for disk in &version.block_device_mappings {
            match disk.encrypted {
                Some(true) => {}
                Some(false) => open.push(entry(&disk.device_name, "is not encrypted")),
                None => silent.push(entry(&disk.device_name, "says nothing, and the region's default is off")),
            }
        }
        let mut doubt = version.inherits.then(|| Why::DependsOn("the version it was made from".into()));
        if !silent.is_empty() {
            match template.related(&TEMPLATE_REGION).get(&EBS_ENCRYPTION).known() {
                Ok(Some(true)) => {}
                Ok(_) => open.extend(silent),
                Err(_) => doubt = Some(Why::DependsOn("the region's default encryption".into())),
            }
        }
        match doubt {
            Some(why) if open.is_empty() => Err(why),
            _ => Ok(Verdict::unless(open, |open| format!("volumes are not encrypted: {}", keys(open)))),
        }
    },
}

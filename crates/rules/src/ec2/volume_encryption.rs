use trailhound_model::kinds::ec2::disk::{VOLUME, VOLUME_ENCRYPTED, VOLUME_KEY, VOLUME_REGION, VOLUME_SOURCE};
use trailhound_model::kinds::ec2::region::EBS_ENCRYPTION;
use trailhound_model::{Seen, Verdict, Why};

use crate::rule;

rule! {
    /// EBS volumes are encrypted.
    ///
    /// ## Why
    /// An unencrypted volume gives unencrypted snapshots, and those are read by whoever they are shared with; an encrypted one
    /// asks its key every time.
    ///
    /// ## Fix
    /// - Console: EC2 → Volumes → Create snapshot → Copy snapshot with encryption → Create volume from the copy → swap them.
    /// - CLI: `aws ec2 enable-ebs-encryption-by-default` for all volumes to come; `aws ec2 copy-snapshot --encrypted` and
    ///   `aws ec2 create-volume` for this one.
    /// - CloudFormation: `Encrypted: true` on `AWS::EC2::Volume`; the volume is replaced.
    ///
    /// ## Limits
    /// Encryption cannot be switched on in place. Volumes that `RunInstances` makes have no event of their own and are known
    /// from reads only.
    item: EncryptionAtRest,
    severity: Medium,
    kinds: [VOLUME],
    reads: [VOLUME_ENCRYPTED, VOLUME_KEY, VOLUME_SOURCE],
    borrows: [VOLUME_REGION => [EBS_ENCRYPTION]],
    opens_on: ["CreateVolume"],
    closes_on: ["DeleteVolume"],
    controls: [
        (SecurityHub, "EC2.3"),
        (PciDss, "3.5.1"),
        (Nist80053, "SC-13"),
        (Nist80053, "SC-28"),
        (AwsConfig, "encrypted-volumes"),
    ],
    judge: |volume, _| {
        match volume.get(&VOLUME_ENCRYPTED).known()? {
            Some(true) => return Ok(Verdict::Pass),
            Some(false) => return Ok(Verdict::fail("Encrypted", "the volume is not encrypted")),
            None => {}
        }
        // A template that says nothing: a copy of something encrypted is encrypted, all else follows the region's default.
        if volume.get(&VOLUME_KEY).known()?.is_some() || volume.get(&VOLUME_SOURCE).known()?.is_some() {
            return Err(Why::DependsOn("the volume's source".into()));
        }
        match volume.related(&VOLUME_REGION).get(&EBS_ENCRYPTION) {
            Seen::Known(true) => Ok(Verdict::Pass),
            _ => Ok(Verdict::fail("Encrypted", "the volume is not encrypted, unless the region does it by default")),
        }
    },
}

use trailhound_model::Verdict;
use trailhound_model::kinds::account::REGION;
use trailhound_model::kinds::ec2::region::EBS_ENCRYPTION;

use crate::rule;

rule! {
    /// The region encrypts new EBS volumes and snapshot copies by default.
    ///
    /// ## Why
    /// With the default on, nobody can forget to encrypt; volumes made by instances and Auto Scaling are covered too.
    ///
    /// ## Fix
    /// - Console: EC2 → Settings → Data protection and security → EBS encryption → Enable.
    /// - CLI: `aws ec2 enable-ebs-encryption-by-default`, in every region.
    /// - CloudFormation: there is no type for it; use the CLI or a declarative policy of the organisation.
    ///
    /// ## Limits
    /// What exists stays as it is. The default is a setting of each region.
    item: EncryptionAtRest,
    severity: Medium,
    kinds: [REGION],
    reads: [EBS_ENCRYPTION],
    opens_on: ["DisableEbsEncryptionByDefault"],
    closes_on: ["EnableEbsEncryptionByDefault"],
    controls: [
        (SecurityHub, "EC2.7"),
        (CisV3, "2.2.1"),
        (CisV5, "5.1.1"),
        (Nist80053, "SC-13"),
        (Nist80053, "SC-28"),
        (AwsConfig, "ec2-ebs-encryption-by-default"),
    ],
    judge: |region, _| {
        Ok(match region.get(&EBS_ENCRYPTION).known()? {
            Some(true) => Verdict::Pass,
            _ => Verdict::fail("EbsEncryptionByDefault", "new volumes are not encrypted by default"),
        })
    },
}

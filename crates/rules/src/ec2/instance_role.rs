use trailhound_model::Verdict;
use trailhound_model::kinds::ec2::instance::{FLEET, INSTANCE, INSTANCE_PROFILE};

use super::fleet;
use crate::rule;

rule! {
    /// Instances have an instance profile, so that programs on them need no stored keys.
    ///
    /// ## Why
    /// A program that calls AWS without a role does so with keys in a file: long-lived, copied with the disk, hard to replace.
    ///
    /// ## Fix
    /// - Console: EC2 → Instances → the instance → Actions → Security → Modify IAM role.
    /// - CLI: `aws ec2 associate-iam-instance-profile --instance-id ID --iam-instance-profile Name=NAME`
    /// - CloudFormation: `IamInstanceProfile` on `AWS::EC2::Instance`.
    ///
    /// ## Limits
    /// Off until switched on: an instance that never calls AWS needs none. Whether keys are stored on it is not seen.
    item: NoLongTermCredentials,
    severity: Low,
    kinds: [INSTANCE],
    reads: [FLEET, INSTANCE_PROFILE],
    opens_on: ["DisassociateIamInstanceProfile", "RunInstances"],
    closes_on: ["AssociateIamInstanceProfile", "TerminateInstances"],
    controls: [(CisV3, "1.18"), (CisV5, "1.17")],
    optional: true,
    judge: |instance, _| {
        if let Some(verdict) = fleet(instance) {
            return Ok(verdict);
        }
        Ok(match instance.get(&INSTANCE_PROFILE).known()? {
            Some(_) => Verdict::Pass,
            None => Verdict::fail("IamInstanceProfile", "the instance has no instance profile"),
        })
    },
}

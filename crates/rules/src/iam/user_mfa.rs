use trailhound_model::Verdict;
use trailhound_model::kinds::iam::{USER, user};

use crate::rule;

rule! {
    /// Users with a console password have a device for a second factor.
    ///
    /// ## Why
    /// Passwords are guessed, reused and phished. A device is what the thief does not have.
    ///
    /// ## Fix
    /// - Console: IAM → Users → the user → Security credentials → Assign MFA device. Better still: IAM Identity Center in place of
    ///   users.
    /// - CLI: `aws iam enable-mfa-device --user-name NAME --serial-number ARN --authentication-code1 CODE
    ///   --authentication-code2 CODE`
    /// - CloudFormation: no `LoginProfile` on `AWS::IAM::User`; a template cannot assign a device.
    ///
    /// ## Limits
    /// Does not judge which kind of device it is.
    item: NoLongTermCredentials,
    severity: Medium,
    kinds: [USER],
    reads: [user::LOGIN_PROFILE, user::MFA_DEVICES],
    opens_on: ["ConsoleLogin", "CreateLoginProfile", "DeactivateMFADevice"],
    closes_on: ["ConsoleLogin", "DeleteLoginProfile", "EnableMFADevice"],
    controls: [
        (SecurityHub, "IAM.5"),
        (CisV3, "1.10"),
        (CisV5, "1.9"),
        (PciDss, "8.4.1"),
        (Nist80053, "AC-2(1)"),
        (Nist80053, "AC-3(15)"),
        (Nist80053, "IA-2(1)"),
        (AwsConfig, "mfa-enabled-for-iam-console-access"),
    ],
    judge: |user, _| {
        let password = user.get(&user::LOGIN_PROFILE).known();
        if let Ok(None) = password {
            return Ok(Verdict::not_applicable("the user has no console password"));
        }
        if user.entries(&user::MFA_DEVICES)?.any(|_, _| true).known()? {
            return Ok(Verdict::Pass);
        }
        password?;
        Ok(Verdict::fail("mfa", "the user has a console password and no device for a second factor"))
    },
}

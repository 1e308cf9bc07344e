use trailhound_model::Verdict;
use trailhound_model::kinds::account::{ACCOUNT, ROOT_MFA_DEVICES, ROOT_PASSWORD};

use crate::rule;

rule! {
    /// The root user signs in with a second factor.
    ///
    /// ## Why
    /// Without a device, the root user's password, or the mailbox that can reset it, is all that stands before the account.
    ///
    /// ## Fix
    /// - Console: sign in as root → Security credentials → Assign MFA device. Member accounts of an organisation can do without
    ///   a root password: IAM → Root access management.
    /// - CLI: as root, `aws iam enable-mfa-device --user-name "AWS ROOT USER" --serial-number ARN --authentication-code1 CODE
    ///   --authentication-code2 CODE`
    /// - CloudFormation: there is no type for it.
    ///
    /// ## Limits
    /// A log tells it once the root user signs in, or a device comes or goes.
    item: NoLongTermCredentials,
    severity: Critical,
    kinds: [ACCOUNT],
    reads: [ROOT_MFA_DEVICES, ROOT_PASSWORD],
    opens_on: ["ConsoleLogin", "CreateLoginProfile", "DeactivateMFADevice", "PasswordRecoveryCompleted"],
    closes_on: ["DeleteLoginProfile", "EnableMFADevice"],
    controls: [
        (SecurityHub, "IAM.9"),
        (CisV3, "1.5"),
        (CisV5, "1.4"),
        (PciDss, "8.4.1"),
        (Nist80053, "AC-2(1)"),
        (Nist80053, "AC-3(15)"),
        (Nist80053, "IA-2(1)"),
        (AwsConfig, "root-account-mfa-enabled"),
    ],
    judge: |account, _| {
        let password = account.get(&ROOT_PASSWORD).known();
        if password == Ok(Some(false)) {
            return Ok(Verdict::not_applicable("the root user has no password"));
        }
        if account.entries(&ROOT_MFA_DEVICES)?.any(|_, _| true).known()? {
            return Ok(Verdict::Pass);
        }
        password?;
        Ok(Verdict::fail("root", "the root user has no device for a second factor"))
    },
}

use trailhound_model::kinds::account::{ACCOUNT, ROOT_MFA_DEVICES, ROOT_PASSWORD};
use trailhound_model::{Evidence, Verdict};

use super::keys;
use crate::rule;

rule! {
    /// The root user's second factor is a piece of hardware.
    ///
    /// ## Why
    /// A virtual device is a program on a telephone, whose secret can be copied with the telephone or with a picture of its
    /// code. A security key or token in a safe cannot.
    ///
    /// ## Fix
    /// - Console: sign in as root → Security credentials → Assign MFA device → passkey or security key, or hardware token; then
    ///   remove the virtual device.
    /// - CLI: as root, `aws iam deactivate-mfa-device --user-name "AWS ROOT USER" --serial-number ARN`
    /// - CloudFormation: there is no type for it.
    ///
    /// ## Limits
    /// A passkey counts as hardware wherever it is kept. Without any device the root user fails `iam-root-mfa`, and this rule does
    /// not apply.
    item: NoLongTermCredentials,
    severity: High,
    kinds: [ACCOUNT],
    reads: [ROOT_MFA_DEVICES, ROOT_PASSWORD],
    opens_on: ["ConsoleLogin", "EnableMFADevice"],
    closes_on: ["DeactivateMFADevice", "DeleteLoginProfile"],
    controls: [
        (SecurityHub, "IAM.6"),
        (CisV3, "1.6"),
        (CisV5, "1.5"),
        (PciDss, "8.4.1"),
        (Nist80053, "AC-2(1)"),
        (Nist80053, "AC-3(15)"),
        (Nist80053, "IA-2(1)"),
        (AwsConfig, "root-account-hardware-mfa-enabled"),
    ],
    optional: true,
    judge: |account, _| {
        if account.get(&ROOT_PASSWORD).known() == Ok(Some(false)) {
            return Ok(Verdict::not_applicable("the root user has no password"));
        }
        let devices = account.entries(&ROOT_MFA_DEVICES)?;
        // Only virtual devices have an ARN of this kind; passkeys have `u2f/`, tokens their maker's number.
        let of_software = devices.matching(|serial, _| serial.starts_with("arn:") && serial.contains(":mfa/"))?;
        let found: Vec<_> = of_software.iter().map(|(serial, _)| Evidence::new(*serial, "virtual device")).collect();
        if found.is_empty() && !devices.any(|_, _| true).known()? {
            return Ok(Verdict::not_applicable("the root user has no device"));
        }
        Ok(Verdict::unless(found, |found| format!("the root user has virtual devices: {}", keys(found))))
    },
}

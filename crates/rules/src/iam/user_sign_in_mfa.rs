use trailhound_model::Verdict;
use trailhound_model::kinds::iam::{USER, user};

use super::recent;
use crate::rule;

rule! {
    /// Users sign in to the console with a second factor.
    ///
    /// ## Why
    /// A sign-in with the password alone is how a stolen password looks.
    ///
    /// ## Fix
    /// - Console: IAM → Users → the user → Security credentials → Assign MFA device; if the user did not sign in, change the
    ///   password at once.
    /// - CLI: `aws iam enable-mfa-device --user-name NAME --serial-number ARN --authentication-code1 CODE
    ///   --authentication-code2 CODE`
    /// - CloudFormation: no `LoginProfile` on `AWS::IAM::User`; a template cannot assign a device.
    ///
    /// ## Limits
    /// Ends a day after the last such sign-in. Sign-ins through an identity provider are left to the provider.
    item: NoLongTermCredentials,
    severity: Medium,
    kinds: [USER],
    reads: [user::SIGN_INS_WITHOUT_MFA],
    opens_on: ["ConsoleLogin"],
    closes_on: [],
    controls: [(PciDss, "8.4.1"), (Nist80053, "IA-2(1)"), (Nist80053, "IA-2(2)")],
    timed: true,
    judge: |user, _| {
        Ok(match recent(&user.entries(&user::SIGN_INS_WITHOUT_MFA)?, user.as_of)? {
            Some(hour) => Verdict::fail(
                "sign-in",
                format!("the user signed in with the password alone, last in the hour from `{hour}` on"),
            ),
            None => Verdict::Pass,
        })
    },
}

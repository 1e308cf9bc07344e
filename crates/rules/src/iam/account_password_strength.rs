use trailhound_model::kinds::account::{ACCOUNT, ACCOUNT_USERS, PASSWORD_POLICY};
use trailhound_model::kinds::iam::user;
use trailhound_model::{Evidence, Verdict};

use crate::rule;

rule! {
    /// Users' passwords have 14 characters or more and are not used again.
    ///
    /// ## Why
    /// Length is what guessing costs. A former password may already be in somebody's list.
    ///
    /// ## Fix
    /// - Console: IAM → Account settings → Password policy → Edit: at least 14 characters, remember 24 passwords.
    /// - CLI: `aws iam update-account-password-policy --minimum-password-length 14 --password-reuse-prevention 24`, with every other
    ///   setting that shall stay: what is left out goes back to its default.
    /// - CloudFormation: there is no type for it.
    ///
    /// ## Limits
    /// Not applicable while no user has a console password.
    item: NoLongTermCredentials,
    severity: Medium,
    kinds: [ACCOUNT],
    reads: [PASSWORD_POLICY],
    borrows: [ACCOUNT_USERS => [user::LOGIN_PROFILE]],
    opens_on: ["CreateLoginProfile", "DeleteAccountPasswordPolicy", "UpdateAccountPasswordPolicy"],
    closes_on: ["UpdateAccountPasswordPolicy"],
    controls: [
        (SecurityHub, "IAM.15"),
        (SecurityHub, "IAM.16"),
        (SecurityHub, "~IAM.7"),
        (CisV3, "1.8"),
        (CisV3, "1.9"),
        (CisV5, "1.7"),
        (CisV5, "1.8"),
        (PciDss, "8.3.6"),
        (PciDss, "8.6.3"),
        (Nist80053, "AC-2(1)"),
        (Nist80053, "AC-2(3)"),
        (Nist80053, "IA-5(1)"),
        (AwsConfig, "iam-password-policy"),
    ],
    judge: |account, _| {
        // IAM's own rules want eight characters; a stated policy without a length wants six.
        let (length, reuse) = match account.get(&PASSWORD_POLICY).known()? {
            None => (8, 0),
            Some(policy) => {
                (policy.minimum_password_length.unwrap_or(6), policy.password_reuse_prevention.unwrap_or(0))
            }
        };
        let mut weak = Vec::new();
        if length < 14 {
            weak.push(Evidence::new("minimum length", format!("{length} characters are enough")));
        }
        if reuse < 24 {
            weak.push(Evidence::new("reuse prevention", format!("{reuse} former passwords are remembered")));
        }
        let somebody_has_one = || {
            let users = account.related(&ACCOUNT_USERS);
            users.any(|user| Ok(user.get(&user::LOGIN_PROFILE).known()?.is_some())).known()
        };
        if !weak.is_empty() && !somebody_has_one()? {
            return Ok(Verdict::not_applicable("no user has a console password"));
        }
        Ok(Verdict::unless(weak, |_| {
            format!("the password policy asks for `{length}` characters and remembers `{reuse}` passwords")
        }))
    },
}

use trailhound_model::kinds::account::{ACCOUNT, ROOT_ACCESS_KEYS};
use trailhound_model::{Evidence, Verdict};

use super::keys;
use crate::rule;

rule! {
    /// The root user has no access key.
    ///
    /// ## Why
    /// The root user can do anything, and no policy limits it in its own account. A key does that without a second factor and
    /// without end. One that is switched off can be switched on again.
    ///
    /// ## Fix
    /// - Console: sign in as root → Security credentials → Access keys → Delete.
    /// - CLI: as root, `aws iam delete-access-key --access-key-id ID`; or centrally, from the organisation's management account,
    ///   with `aws sts assume-root`.
    /// - CloudFormation: there is no type for it.
    ///
    /// ## Limits
    /// After a key is deleted, only a read of the account can tell that no other is left.
    item: NoLongTermCredentials,
    severity: Critical,
    kinds: [ACCOUNT],
    reads: [ROOT_ACCESS_KEYS],
    opens_on: ["CreateAccessKey"],
    closes_on: ["DeleteAccessKey"],
    controls: [
        (SecurityHub, "IAM.4"),
        (CisV3, "1.4"),
        (CisV5, "1.3"),
        (PciDss, "7.2.1"),
        (PciDss, "8.2.1"),
        (Nist80053, "AC-2"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-6"),
        (AwsConfig, "iam-root-access-key-check"),
    ],
    judge: |account, _| {
        let access_keys = account.entries(&ROOT_ACCESS_KEYS)?;
        let found = access_keys.matching(|_, _| true)?;
        let found = found.into_iter().map(|(id, key)| Evidence::new(id, format!("root access key, {}", key.status)));
        Ok(Verdict::unless(found.collect(), |found| format!("the root user has access keys: {}", keys(found))))
    },
}

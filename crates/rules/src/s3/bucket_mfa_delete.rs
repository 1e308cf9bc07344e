use trailhound_model::kinds::s3::{BUCKET, MFA_DELETE, VERSIONING};
use trailhound_model::{Evidence, Verdict};

use crate::rule;

rule! {
    /// Buckets let versions be deleted with the root user's MFA device only.
    ///
    /// ## Why
    /// Versions protect objects as long as nobody can delete the versions. With MFA delete, a stolen access key cannot.
    ///
    /// ## Fix
    /// - Console: not possible there.
    /// - CLI, as the root user: `aws s3api put-bucket-versioning --bucket NAME --versioning-configuration
    ///   Status=Enabled,MFADelete=Enabled --mfa "SERIAL CODE"`
    /// - CloudFormation: not possible there.
    ///
    /// ## Limits
    /// Off until switched on: it needs the root user for every change, and rules out lifecycle rules. Object lock is the
    /// handier way to the same end.
    item: S3Versioning,
    severity: Low,
    kinds: [BUCKET],
    reads: [MFA_DELETE, VERSIONING],
    opens_on: ["CreateBucket", "PutBucketVersioning"],
    closes_on: ["PutBucketVersioning"],
    controls: [
        (SecurityHub, "S3.20"),
        (CisV3, "2.1.2"),
        (CisV5, "2.1.2"),
        (AwsConfig, "s3-bucket-mfa-delete-enabled"),
    ],
    optional: true,
    judge: |bucket, _| {
        let versioning = bucket.get(&VERSIONING).known()?.and_then(|versioning| versioning.status);
        let mfa_delete = bucket.get(&MFA_DELETE).known()?;
        let missing = [("versioning", "versioning", versioning.as_deref()), ("mfa-delete", "MFA delete", mfa_delete.as_deref())]
            .into_iter()
            .filter(|(_, _, status)| *status != Some("Enabled"))
            .map(|(key, what, status)| match status {
                Some(status) => Evidence::new(key, format!("{what} is `{status}`")),
                None => Evidence::new(key, format!("{what} was never enabled")),
            })
            .collect();
        Ok(Verdict::unless(missing, |missing| {
            let words: Vec<_> = missing.iter().map(|entry| &*entry.detail).collect();
            words.join(", ")
        }))
    },
}

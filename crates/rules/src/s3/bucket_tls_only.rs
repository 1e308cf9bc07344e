use trailhound_model::kinds::s3::{BUCKET, POLICY};
use trailhound_model::{Evidence, Verdict};

use crate::policy::{Policy, Transport};
use crate::rule;

rule! {
    /// Buckets refuse requests made without TLS.
    ///
    /// ## Why
    /// S3 answers over plain HTTP as well. Then whoever sits on the way reads the objects and the signed requests for them.
    ///
    /// ## Fix
    /// - Console: bucket → Permissions → Bucket policy → add a statement with effect `Deny`, principal `*`, action `s3:*`, the
    ///   bucket and `/*` below it as resources, and the condition `Bool: { aws:SecureTransport: false }`.
    /// - CLI: `aws s3api put-bucket-policy --bucket NAME --policy file://policy.json`
    /// - CloudFormation: the same statement in `AWS::S3::BucketPolicy`.
    ///
    /// ## Limits
    /// An Allow with a condition on TLS is not enough: another policy may allow the rest. A Deny of TLS versions below 1.2
    /// counts too. Statements with further conditions do not.
    item: EncryptionInTransit,
    severity: Medium,
    kinds: [BUCKET],
    reads: [POLICY],
    opens_on: ["CreateBucket", "DeleteBucketPolicy", "PutBucketPolicy"],
    closes_on: ["PutBucketPolicy"],
    controls: [
        (SecurityHub, "S3.5"),
        (CisV3, "2.1.1"),
        (CisV5, "2.1.1"),
        (PciDss, "2.2.7"),
        (PciDss, "4.2.1"),
        (Nist80053, "AC-17(2)"),
        (Nist80053, "SC-8"),
        (AwsConfig, "s3-bucket-ssl-requests-only"),
    ],
    judge: |bucket, _| {
        let Some(document) = bucket.get(&POLICY).known()? else {
            let missing = |key| Evidence::new(key, "there is no bucket policy");
            return Ok(Verdict::fail_with(
                "requests without TLS are not refused: there is no bucket policy",
                vec![missing("bucket"), missing("objects")],
            ));
        };
        let plaintext = Policy::from_value(&document)?.plaintext(Transport::Bucket(Some(&bucket.resource.id)));
        plaintext.answer(|left| {
            let words: Vec<_> = left.iter().map(|entry| &*entry.detail).collect();
            format!("requests without TLS are not refused: {}", words.join(", "))
        })
    },
}

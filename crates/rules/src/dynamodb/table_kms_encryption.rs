use trailhound_model::Verdict;
use trailhound_model::kinds::dynamodb::{KMS_ENCRYPTION, TABLE};

use crate::rule;

rule! {
    /// DynamoDB tables are encrypted with a KMS key of the account.
    ///
    /// ## Why
    /// Every table is encrypted, by default with a key that AWS owns: nobody in the account sees its use or can take it
    /// away. A key in KMS leaves a trail and can be revoked.
    ///
    /// ## Fix
    /// - Console: table → Additional settings → Encryption → Manage encryption → AWS managed key, or a key of your own.
    /// - CLI: `aws dynamodb update-table --table-name NAME --sse-specification Enabled=true,SSEType=KMS`
    /// - CloudFormation: `SSESpecification: { SSEEnabled: true }` on `AWS::DynamoDB::Table`.
    ///
    /// ## Limits
    /// The AWS-managed key and keys of your own count alike. Replicas in other Regions are judged there.
    item: EncryptionAtRest,
    severity: Low,
    kinds: [TABLE],
    reads: [KMS_ENCRYPTION],
    opens_on: ["CreateTable", "UpdateTable", "RestoreTableFromBackup"],
    closes_on: ["UpdateTable"],
    controls: [
        (PciDss, "3.5.1"),
        (Nist80053, "SC-13"),
        (Nist80053, "SC-28"),
        (AwsConfig, "dynamodb-table-encrypted-kms"),
    ],
    judge: |table, _| {
        Ok(match table.get(&KMS_ENCRYPTION).known()? {
            Some(true) => Verdict::Pass,
            Some(false) | None => Verdict::fail("SSEEnabled", "the table is encrypted with a key that AWS owns"),
        })
    },
}

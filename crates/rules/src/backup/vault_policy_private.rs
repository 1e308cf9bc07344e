use trailhound_model::Verdict;
use trailhound_model::kinds::backup::{POLICY, VAULT};

use crate::policy::{Flavour, Policy};
use crate::rule;
use crate::signs::keys;

rule! {
    /// Policies of backup vaults let nobody in whom they do not name.
    ///
    /// ## Why
    /// A vault holds copies of everything. A policy for everyone lets other accounts copy backups into theirs, or into this vault
    /// what will one day be restored.
    ///
    /// ## Fix
    /// - Console: AWS Backup → Vaults → the vault → Access policy → Edit.
    /// - CLI: `aws backup delete-backup-vault-access-policy --backup-vault-name NAME`, or `put-backup-vault-access-policy`.
    /// - CloudFormation: `AccessPolicy` on `AWS::Backup::BackupVault`, with accounts as principals or `aws:PrincipalOrgID` as
    ///   condition.
    ///
    /// ## Limits
    /// A vault without a policy is not judged: only its own account gets in.
    item: S3PublicAccess,
    severity: High,
    kinds: [VAULT],
    reads: [POLICY],
    opens_on: ["PutBackupVaultAccessPolicy"],
    closes_on: ["DeleteBackupVaultAccessPolicy", "PutBackupVaultAccessPolicy"],
    controls: [(Nist80053, "AC-3"), (Nist80053, "AC-21")],
    judge: |vault, _| {
        let Some(document) = vault.get(&POLICY).known()? else {
            return Ok(Verdict::not_applicable("it has no policy"));
        };
        let open = Policy::from_value(&document)?.public(Flavour::Resource);
        open.answer(|open| format!("the vault's policy lets everyone in: {}", keys(open)))
    },
}

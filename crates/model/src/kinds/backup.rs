//! AWS Backup: vaults.

use crate::{Facet, Initial, KindDef, Scope, Value};

/// A vault. Its id is its name.
pub static VAULT: KindDef = KindDef {
    name: "AWS::Backup::BackupVault",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:backup:{region}:{account}:backup-vault:{id}"),
    facets: &[&POLICY.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// The policy of the vault, if it has one.
pub static POLICY: Facet<Value> =
    Facet::property("AccessPolicy").read_by(&["backup:GetBackupVaultAccessPolicy"]).initially(Initial::Absent);

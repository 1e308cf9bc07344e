//! RDS: database instances, clusters and snapshots.

mod cluster_encryption;
mod instance_encryption;
mod instance_managed_password;
mod instance_private;
mod instance_tls_required;
mod proxy_tls_required;
mod snapshot_encryption;
mod snapshot_private;

use trailhound_model::kinds::rds::{CLUSTER, ENGINE, STORAGE_ENCRYPTED};
use trailhound_model::{Answer, Facet, Snapshot, Verdict, Why};

use crate::{Family, Rule};

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[
    &cluster_encryption::RULE,
    &instance_encryption::RULE,
    &instance_managed_password::RULE,
    &instance_private::RULE,
    &instance_tls_required::RULE,
    &proxy_tls_required::RULE,
    &snapshot_encryption::RULE,
    &snapshot_private::RULE,
];

/// Whether the storage is encrypted, as far as its creator said. What was made from one of these sources and says
/// nothing itself is as its source, which is not known here.
fn encrypted(database: &Snapshot<'_>, sources: &[&'static Facet<String>]) -> Result<Option<bool>, Why> {
    let stated = database.get(&STORAGE_ENCRYPTED).known()?;
    if stated.is_none() {
        for source in sources {
            if database.get(source).known()?.is_some() {
                return Err(Why::DependsOn("what it was made from".into()));
            }
        }
    }
    Ok(stated)
}

/// Whether clusters of one engine are encrypted: those that other services make by the calls of RDS.
pub(crate) const ENGINE_STORAGE: Family = Family {
    kinds: &[&CLUSTER],
    reads: &[&ENGINE.def, &STORAGE_ENCRYPTED.def],
    borrows: &[],
    opens_on: &["CreateDBCluster", "RestoreDBClusterFromSnapshot"],
    closes_on: &["DeleteDBCluster"],
};

/// Asks that of the clusters of `engine`, which people call `name`.
pub(crate) fn engine_storage(cluster: &Snapshot<'_>, engine: &str, name: &str) -> Answer {
    if cluster.get(&ENGINE).known()?.as_deref() != Some(engine) {
        return Ok(Verdict::not_applicable(format!("it is no {name} cluster")));
    }
    let on = cluster.get(&STORAGE_ENCRYPTED).known()? == Some(true);
    Ok(if on { Verdict::Pass } else { Verdict::fail("StorageEncrypted", "storage is not encrypted") })
}

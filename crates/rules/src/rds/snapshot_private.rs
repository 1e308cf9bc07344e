use trailhound_model::Verdict;
use trailhound_model::kinds::rds::{SNAPSHOT, SNAPSHOT_PUBLIC};

use crate::rule;

rule! {
    /// Database snapshots cannot be restored by everyone.
    ///
    /// ## Why
    /// Whoever may restore a snapshot has a full copy of the database. Public snapshots are found by people who look
    /// for them, within hours.
    ///
    /// ## Fix
    /// - Console: snapshot → Actions → Share snapshot → Private.
    /// - CLI: `aws rds modify-db-snapshot-attribute --db-snapshot-identifier ID --attribute-name restore
    ///   --values-to-remove all` (`modify-db-cluster-snapshot-attribute` for a cluster's)
    /// - CloudFormation: there is no type for snapshots; use the CLI.
    ///
    /// ## Limits
    /// Sharing with single accounts is not judged. Covers snapshots of instances and of clusters, those of Neptune and
    /// DocumentDB included.
    item: S3PublicAccess,
    severity: Critical,
    kinds: [SNAPSHOT],
    reads: [SNAPSHOT_PUBLIC],
    opens_on: ["ModifyDBSnapshotAttribute", "ModifyDBClusterSnapshotAttribute"],
    closes_on: ["ModifyDBSnapshotAttribute", "ModifyDBClusterSnapshotAttribute", "DeleteDBSnapshot"],
    controls: [
        (SecurityHub, "RDS.1"),
        (SecurityHub, "Neptune.3"),
        (SecurityHub, "DocumentDB.3"),
        (PciDss, "10.3.2"),
        (PciDss, "A1.1.2"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-21"),
        (Nist80053, "SC-7"),
        (AwsConfig, "rds-snapshots-public-prohibited"),
    ],
    judge: |snapshot, _| {
        Ok(match snapshot.get(&SNAPSHOT_PUBLIC).known()? {
            Some(true) => Verdict::fail("all", "every AWS account may restore it"),
            Some(false) | None => Verdict::Pass,
        })
    },
}

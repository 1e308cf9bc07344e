use trailhound_model::Verdict;
use trailhound_model::kinds::redshift::{CLUSTER, ENCRYPTED};

use crate::rule;

rule! {
    /// Redshift clusters are encrypted at rest.
    ///
    /// ## Why
    /// A warehouse collects the data of every other system, and its snapshots are as encrypted as it is.
    ///
    /// ## Fix
    /// - Console: cluster → Properties → Database configurations → Edit encryption.
    /// - CLI: `aws redshift modify-cluster --cluster-identifier ID --encrypted`
    /// - CloudFormation: `Encrypted: true` on `AWS::Redshift::Cluster`.
    ///
    /// ## Limits
    /// Any key will do. A change of encryption takes hours; it counts from the call on.
    item: EncryptionAtRest,
    severity: High,
    kinds: [CLUSTER],
    reads: [ENCRYPTED],
    opens_on: ["CreateCluster", "ModifyCluster", "RestoreFromClusterSnapshot"],
    closes_on: ["ModifyCluster"],
    controls: [
        (SecurityHub, "Redshift.10"),
        (PciDss, "3.5.1"),
        (Nist80053, "SC-13"),
        (Nist80053, "SC-28"),
        (AwsConfig, "redshift-cluster-kms-enabled"),
    ],
    judge: |cluster, _| {
        Ok(match cluster.get(&ENCRYPTED).known()? {
            Some(true) => Verdict::Pass,
            Some(false) | None => Verdict::fail("Encrypted", "the cluster is not encrypted"),
        })
    },
}

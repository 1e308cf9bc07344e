use trailhound_model::Verdict;
use trailhound_model::kinds::redshift::{CLUSTER, PUBLICLY_ACCESSIBLE};

use crate::rule;

rule! {
    /// Redshift clusters have no public address.
    ///
    /// ## Why
    /// A warehouse collects the data of every other system. With a public address, one careless security group rule
    /// puts it on the internet.
    ///
    /// ## Fix
    /// - Console: cluster → Actions → Modify publicly accessible setting → off.
    /// - CLI: `aws redshift modify-cluster --cluster-identifier ID --no-publicly-accessible`
    /// - CloudFormation: `PubliclyAccessible: false` on `AWS::Redshift::Cluster`.
    ///
    /// ## Limits
    /// Does not ask what the security groups let in. Clusters created before January 2025 were public unless asked
    /// otherwise.
    item: PrivateNetwork,
    severity: Critical,
    kinds: [CLUSTER],
    reads: [PUBLICLY_ACCESSIBLE],
    opens_on: ["CreateCluster", "ModifyCluster", "RestoreFromClusterSnapshot"],
    closes_on: ["ModifyCluster"],
    controls: [
        (SecurityHub, "Redshift.1"),
        (PciDss, "1.4.4"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-21"),
        (Nist80053, "SC-7"),
        (AwsConfig, "redshift-cluster-public-access-check"),
    ],
    judge: |cluster, _| {
        Ok(match cluster.get(&PUBLICLY_ACCESSIBLE).known()? {
            Some(true) => Verdict::fail("PubliclyAccessible", "the cluster is publicly accessible"),
            Some(false) | None => Verdict::Pass,
        })
    },
}

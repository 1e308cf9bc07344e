use trailhound_model::Verdict;
use trailhound_model::kinds::dax::{CLUSTER, SSE_ENABLED};

use crate::rule;

rule! {
    /// DynamoDB Accelerator clusters are encrypted at rest.
    ///
    /// ## Why
    /// A cluster writes copies of items to the disks of its nodes. The tables themselves are always encrypted; the copies are only
    /// if asked for.
    ///
    /// ## Fix
    /// - Console: a cluster cannot be encrypted later: create one with Turn on encryption at rest, move the clients, delete this one.
    /// - CLI: `aws dax create-cluster --sse-specification Enabled=true ...`
    /// - CloudFormation: `SSESpecification: { SSEEnabled: true }` on `AWS::DAX::Cluster`; the change replaces the cluster.
    ///
    /// ## Limits
    /// The key is AWS's and cannot be chosen.
    item: EncryptionAtRest,
    severity: Medium,
    kinds: [CLUSTER],
    reads: [SSE_ENABLED],
    opens_on: ["CreateCluster"],
    closes_on: ["DeleteCluster"],
    controls: [(SecurityHub, "DynamoDB.3"), (PciDss, "3.5.1"), (Nist80053, "SC-13"), (Nist80053, "SC-28"), (AwsConfig, "dax-encryption-enabled")],
    judge: |cluster, _| {
        let on = cluster.get(&SSE_ENABLED).known()? == Some(true);
        Ok(if on { Verdict::Pass } else { Verdict::fail("SSEEnabled", "the cluster is not encrypted at rest") })
    },
}

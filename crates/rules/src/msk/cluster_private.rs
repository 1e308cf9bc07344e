use trailhound_model::Verdict;
use trailhound_model::kinds::msk::{CLUSTER, PUBLIC_ACCESS};

use crate::rule;

rule! {
    /// Kafka brokers have no public addresses.
    ///
    /// ## Why
    /// A topic on the internet is one weak credential away from being read, or written into what its consumers trust.
    ///
    /// ## Fix
    /// - Console: MSK → the cluster → Properties → Networking settings → Edit public access → Turn off.
    /// - CLI: `aws kafka update-connectivity --cluster-arn ARN --current-version VERSION --connectivity-info
    ///   '{"PublicAccess":{"Type":"DISABLED"}}'`
    /// - CloudFormation: leave out `PublicAccess` in `BrokerNodeGroupInfo.ConnectivityInfo` of `AWS::MSK::Cluster`, or set its
    ///   `Type` to `DISABLED`.
    ///
    /// ## Limits
    /// Does not ask what the security groups let in. An update takes minutes to be in force and is judged as asked for.
    /// Serverless clusters are always private.
    item: PrivateNetwork,
    severity: Critical,
    kinds: [CLUSTER],
    reads: [PUBLIC_ACCESS],
    opens_on: ["CreateCluster", "CreateClusterV2", "UpdateConnectivity"],
    closes_on: ["DeleteCluster", "UpdateConnectivity"],
    controls: [(SecurityHub, "MSK.4"), (Nist80053, "AC-4"), (Nist80053, "SC-7")],
    judge: |cluster, _| {
        Ok(match cluster.get(&PUBLIC_ACCESS).known()?.as_deref() {
            None | Some("DISABLED") => Verdict::Pass,
            Some(_) => Verdict::fail("PublicAccess", "the brokers have public addresses"),
        })
    },
}

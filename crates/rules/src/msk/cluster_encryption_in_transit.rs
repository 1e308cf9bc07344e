use trailhound_model::kinds::msk::{CLIENT_BROKER, CLUSTER, IN_CLUSTER};
use trailhound_model::{Evidence, Verdict};

use crate::rule;

rule! {
    /// Kafka clusters speak TLS with their clients and among their brokers.
    ///
    /// ## Why
    /// What passes through a topic in the clear can be read and changed by whoever sits on the way, the credentials of clients
    /// included.
    ///
    /// ## Fix
    /// - Console: MSK → the cluster → Properties → Security settings → Edit → Encryption: clear Plaintext. Encryption between
    ///   brokers is chosen when a cluster is made.
    /// - CLI: `aws kafka update-security --cluster-arn ARN --current-version VERSION --encryption-info
    ///   '{"EncryptionInTransit":{"ClientBroker":"TLS"}}'`
    /// - CloudFormation: `ClientBroker: TLS` and `InCluster: true` in `EncryptionInfo.EncryptionInTransit` of
    ///   `AWS::MSK::Cluster`.
    ///
    /// ## Limits
    /// In mode `TLS_PLAINTEXT` plain connections are still taken: that fails. An update takes minutes to be in force and is judged
    /// as asked for. Serverless clusters always speak TLS.
    item: EncryptionInTransit,
    severity: Medium,
    kinds: [CLUSTER],
    reads: [CLIENT_BROKER, IN_CLUSTER],
    opens_on: ["CreateCluster", "CreateClusterV2", "UpdateSecurity"],
    closes_on: ["DeleteCluster", "UpdateSecurity"],
    controls: [(SecurityHub, "MSK.1"), (PciDss, "4.2.1"), (Nist80053, "SC-8"), (Nist80053, "SC-23"), (AwsConfig, "msk-in-cluster-node-require-tls")],
    judge: |cluster, _| {
        let clients = cluster.get(&CLIENT_BROKER).known();
        let brokers = cluster.get(&IN_CLUSTER).known();
        let mut found = Vec::new();
        if let Ok(Some(mode)) = &clients
            && mode != "TLS"
        {
            found.push(Evidence::new("ClientBroker", format!("clients may speak `{mode}`")));
        }
        if matches!(brokers, Ok(Some(false))) {
            found.push(Evidence::new("InCluster", "brokers speak plaintext among each other"));
        }
        if found.is_empty() {
            clients?;
            brokers?;
        }
        let told = |found: &[Evidence]| found.iter().map(|entry| &*entry.detail).collect::<Vec<_>>().join("; ");
        Ok(Verdict::unless(found, |found| told(found)))
    },
}

use trailhound_model::kinds::redshift::{
    CLUSTER, CLUSTER_PARAMETERS, PARAMETER_FAMILY, PARAMETER_GROUP_NAME, PARAMETERS, REQUIRE_SSL,
};
use trailhound_model::{Verdict, Why};

use crate::parameters::set;
use crate::rule;

rule! {
    /// Redshift clusters refuse connections without TLS.
    ///
    /// ## Why
    /// A client that does not ask for TLS sends passwords, queries and results readable for everyone on the way.
    ///
    /// ## Fix
    /// - Console: Redshift → Configurations → Workload management → the cluster's parameter group → Parameters →
    ///   `require_ssl` → true; then reboot the cluster.
    /// - CLI: `aws redshift modify-cluster-parameter-group --parameter-group-name GROUP --parameters
    ///   ParameterName=require_ssl,ParameterValue=true`
    /// - CloudFormation: `Parameters` on `AWS::Redshift::ClusterParameterGroup`, and `ClusterParameterGroupName` on the
    ///   cluster.
    ///
    /// ## Limits
    /// What a group does not set is the default of its family: on for `redshift-2.0`, off for `redshift-1.0`. A change
    /// waits for a reboot, which is not looked at.
    item: EncryptionInTransit,
    severity: Medium,
    kinds: [CLUSTER],
    reads: [PARAMETER_GROUP_NAME],
    borrows: [CLUSTER_PARAMETERS => [PARAMETER_FAMILY, PARAMETERS]],
    opens_on: ["CreateCluster", "ModifyCluster", "ModifyClusterParameterGroup", "ResetClusterParameterGroup"],
    closes_on: ["ModifyCluster", "ModifyClusterParameterGroup"],
    controls: [
        (SecurityHub, "Redshift.2"),
        (PciDss, "4.2.1"),
        (Nist80053, "SC-8"),
        (Nist80053, "SC-23"),
        (AwsConfig, "redshift-require-tls-ssl"),
    ],
    judge: |cluster, _| {
        let Some(group) = cluster.get(&PARAMETER_GROUP_NAME).known()? else {
            return Err(Why::DependsOn("the default parameter group".into()));
        };
        let on = match group.strip_prefix("default.") {
            Some(family) => is_default(family)?,
            None => {
                let group = cluster.related(&CLUSTER_PARAMETERS);
                match set(&group.entries(&PARAMETERS)?, REQUIRE_SSL, |entry| entry.parameter_value == "true")? {
                    Some(on) => on,
                    None => is_default(&group.get(&PARAMETER_FAMILY).known()?.unwrap_or_default())?,
                }
            }
        };
        Ok(if on {
            Verdict::Pass
        } else {
            Verdict::fail(REQUIRE_SSL, "connections without TLS are accepted (`require_ssl` is off)")
        })
    },
}

/// Whether a family of parameter groups requires TLS where nothing is set.
fn is_default(family: &str) -> Result<bool, Why> {
    match family {
        "redshift-1.0" => Ok(false),
        "redshift-2.0" => Ok(true),
        _ => Err(Why::NotUnderstood("the family of the parameter group".into())),
    }
}

use trailhound_model::Verdict;
use trailhound_model::kinds::ecs::{NETWORK, SERVICE};

use crate::rule;

rule! {
    /// Services give their tasks no public addresses.
    ///
    /// ## Why
    /// A task with a public address stands on the internet itself, with only its security group in front. Behind a load
    /// balancer in private subnets one mistake in a group exposes nothing.
    ///
    /// ## Fix
    /// - Console: service → Update → Networking → private subnets, Public IP turned off.
    /// - CLI: `aws ecs update-service --cluster CLUSTER --service NAME --network-configuration
    ///   'awsvpcConfiguration={subnets=[SUBNET],securityGroups=[GROUP],assignPublicIp=DISABLED}'`
    /// - CloudFormation: `AssignPublicIp: DISABLED` in `NetworkConfiguration.AwsvpcConfiguration` of `AWS::ECS::Service`.
    ///
    /// ## Limits
    /// Tasks that share the network of their container instance have the instance's address, and tasks started without a
    /// service, and task sets, bring their own network: they are not looked at.
    item: PrivateNetwork,
    severity: Medium,
    kinds: [SERVICE],
    reads: [NETWORK],
    opens_on: ["CreateService", "UpdateService"],
    closes_on: ["DeleteService", "UpdateService"],
    controls: [(SecurityHub, "ECS.2"), (PciDss, "1.4.4"), (Nist80053, "AC-3"), (Nist80053, "SC-7")],
    judge: |service, _| {
        let assign = service.get(&NETWORK).known()?.and_then(|network| network.assign_public_ip);
        Ok(if assign.as_deref() == Some("ENABLED") {
            Verdict::fail("AssignPublicIp", "the service's tasks get public addresses: `AssignPublicIp` is `ENABLED`")
        } else {
            Verdict::Pass
        })
    },
}

use trailhound_model::Verdict;
use trailhound_model::kinds::ec2::network::{FLOW_LOGS, VPC};

use crate::rule;

rule! {
    /// Networks have a flow log of refused or of all traffic.
    ///
    /// ## Why
    /// Without one nobody can tell afterwards who talked to what: not during an attack and not for an auditor.
    ///
    /// ## Fix
    /// - Console: VPC → Your VPCs → the network → Flow logs → Create flow log → filter All or Reject.
    /// - CLI: `aws ec2 create-flow-logs --resource-type VPC --resource-ids ID --traffic-type REJECT --log-destination-type s3
    ///   --log-destination ARN`
    /// - CloudFormation: `AWS::EC2::FlowLog` with `ResourceType: VPC` and `TrafficType: ALL` or `REJECT`.
    ///
    /// ## Limits
    /// Flow logs of single subnets or interfaces do not count. A log cannot tell whether a flow log delivers; a read can. In a log,
    /// a network is found without flow logs only if it was seen from its creation on.
    item: PrivateNetwork,
    severity: Medium,
    kinds: [VPC],
    reads: [FLOW_LOGS],
    opens_on: ["CreateDefaultVpc", "CreateVpc", "DeleteFlowLogs"],
    closes_on: ["CreateFlowLogs", "DeleteVpc"],
    controls: [
        (SecurityHub, "EC2.6"),
        (CisV3, "3.7"),
        (CisV5, "3.7"),
        (PciDss, "10.2.1"),
        (Nist80053, "AU-2"),
        (Nist80053, "AU-12"),
        (AwsConfig, "vpc-flow-logs-enabled"),
    ],
    judge: |vpc, _| {
        let logged = vpc.entries(&FLOW_LOGS)?.any(|_, log| {
            matches!(&*log.traffic_type, "ALL" | "REJECT")
                && log.flow_log_status.as_deref().is_none_or(|status| status == "ACTIVE")
        });
        Ok(if logged.known()? {
            Verdict::Pass
        } else {
            Verdict::fail("FlowLogs", "the network has no flow log of refused traffic")
        })
    },
}

use trailhound_model::Verdict;
use trailhound_model::kinds::ec2::network::{MAP_PUBLIC_IP, SUBNET};

use crate::rule;

rule! {
    /// Subnets give instances no public IPv4 address unasked.
    ///
    /// ## Why
    /// Whoever starts an instance there publishes it without a decision; with the setting off, a public address is asked for.
    ///
    /// ## Fix
    /// - Console: VPC → Subnets → the subnet → Edit subnet settings → clear "Enable auto-assign public IPv4 address".
    /// - CLI: `aws ec2 modify-subnet-attribute --subnet-id ID --no-map-public-ip-on-launch`
    /// - CloudFormation: `MapPublicIpOnLaunch: false` on `AWS::EC2::Subnet`.
    ///
    /// ## Limits
    /// Instances that run already keep their addresses. AWS's default subnets have the setting on.
    item: PrivateNetwork,
    severity: Medium,
    kinds: [SUBNET],
    reads: [MAP_PUBLIC_IP],
    opens_on: ["CreateDefaultSubnet", "ModifySubnetAttribute"],
    closes_on: ["DeleteSubnet", "ModifySubnetAttribute"],
    controls: [
        (SecurityHub, "EC2.15"),
        (Nist80053, "AC-4"),
        (Nist80053, "SC-7"),
        (AwsConfig, "subnet-auto-assign-public-ip-disabled"),
    ],
    judge: |subnet, _| {
        Ok(match subnet.get(&MAP_PUBLIC_IP).known()? {
            Some(true) => {
                Verdict::fail("MapPublicIpOnLaunch", "instances started in the subnet get a public address unasked")
            }
            _ => Verdict::Pass,
        })
    },
}

use trailhound_model::kinds::ec2::instance::{ASSIGNED, FLEET, INSTANCE, PUBLIC_ADDRESSES};
use trailhound_model::{Evidence, Verdict};

use super::{fleet, keys};
use crate::rule;

rule! {
    /// Instances have no public IPv4 address.
    ///
    /// ## Why
    /// With a public address only the security group stands between the instance and the internet: one rule too wide is enough.
    ///
    /// ## Fix
    /// - Console: EC2 → Elastic IPs → Disassociate; an address that was assigned at launch can be taken away under the network
    ///   interface's IP addresses.
    /// - CLI: `aws ec2 disassociate-address --association-id ID`; start new instances with
    ///   `--no-associate-public-ip-address` behind a load balancer or NAT gateway.
    /// - CloudFormation: `AssociatePublicIpAddress: false` in `NetworkInterfaces`, no `AWS::EC2::EIPAssociation`.
    ///
    /// ## Limits
    /// Whether an address is assigned often hangs on the subnet, the launch template or an existing interface: a log alone cannot
    /// tell then. Instances of an Auto Scaling group or fleet are judged by their launch template. IPv6 is not judged.
    item: PrivateNetwork,
    severity: Medium,
    kinds: [INSTANCE],
    reads: [FLEET, PUBLIC_ADDRESSES],
    opens_on: ["AssociateAddress", "ModifyNetworkInterfaceAttribute", "RunInstances"],
    closes_on: ["DisassociateAddress", "ModifyNetworkInterfaceAttribute", "TerminateInstances"],
    controls: [
        (SecurityHub, "EC2.9"),
        (PciDss, "1.4.4"),
        (Nist80053, "AC-4"),
        (Nist80053, "SC-7"),
        (AwsConfig, "ec2-instance-no-public-ip"),
    ],
    judge: |instance, _| {
        if let Some(verdict) = fleet(instance) {
            return Ok(verdict);
        }
        let addresses = instance.entries(&PUBLIC_ADDRESSES)?;
        let found = addresses
            .matching(|_, _| true)?
            .into_iter()
            .map(|(key, address)| {
                let how = if key == ASSIGNED { "assigned at launch" } else { "elastic" };
                let detail = match &address.public_ip {
                    Some(ip) => format!("{how}: `{ip}`"),
                    None => how.to_owned(),
                };
                Evidence::new(key, detail)
            })
            .collect();
        Ok(Verdict::unless(found, |found| format!("the instance has a public address: {}", keys(found))))
    },
}

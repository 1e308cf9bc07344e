use trailhound_model::Verdict;
use trailhound_model::kinds::ec2::network::{ACL_ENTRIES, ACL_VPC, INTERFACES, NETWORK_ACL};

use super::{in_use, keys};
use crate::network::{AclEntry, Direction, NetworkAcl, RDP, SSH};
use crate::rule;

rule! {
    /// Network ACLs keep SSH and remote desktop closed to the internet.
    ///
    /// ## Why
    /// The ACL is the second wall: where it is shut, a security group opened by mistake opens nothing.
    ///
    /// ## Fix
    /// - Console: VPC → Network ACLs → the ACL → Inbound rules → deny 22 and 3389 from 0.0.0.0/0 before the rule that allows.
    /// - CLI: `aws ec2 create-network-acl-entry --network-acl-id ID --ingress --rule-number N --protocol tcp --port-range
    ///   From=22,To=22 --cidr-block 0.0.0.0/0 --rule-action deny`, and the same for 3389 and with
    ///   `--ipv6-cidr-block ::/0`.
    /// - CloudFormation: `AWS::EC2::NetworkAclEntry` with a lower `RuleNumber` and `RuleAction: deny`.
    ///
    /// ## Limits
    /// The entries are read by number, the first that matches decides. A network's default ACL allows everything and is known
    /// from reads only; one whose entries were seen in part cannot be judged. ACLs of networks that are not in use do not matter.
    item: SecurityGroups,
    severity: Low,
    kinds: [NETWORK_ACL],
    reads: [ACL_ENTRIES],
    borrows: [ACL_VPC => [INTERFACES]],
    opens_on: ["CreateNetworkAclEntry", "DeleteNetworkAclEntry", "ReplaceNetworkAclEntry"],
    closes_on: ["CreateNetworkAclEntry", "DeleteNetworkAcl", "DeleteNetworkAclEntry", "ReplaceNetworkAclEntry"],
    controls: [
        (SecurityHub, "EC2.21"),
        (CisV3, "5.1"),
        (CisV5, "5.2"),
        (PciDss, "1.2.8"),
        (PciDss, "1.3.1"),
        (Nist80053, "AC-4(21)"),
        (Nist80053, "CM-7"),
        (Nist80053, "SC-7"),
        (AwsConfig, "nacl-no-unrestricted-ssh-rdp"),
    ],
    judge: |acl, _| {
        let entries = acl.entries(&ACL_ENTRIES)?;
        // An entry that was not seen may stand before one that was.
        entries.settle::<()>(Vec::new())?;
        let read: NetworkAcl = entries.seen().map(|(key, entry)| AclEntry::from_value(key, entry)).collect();
        let mut open = read.tcp_port(Direction::Ingress, SSH);
        open.extend(read.tcp_port(Direction::Ingress, RDP));
        if open.is_clear() {
            return Ok(Verdict::Pass);
        }
        if !in_use(&acl.related(&ACL_VPC).entries(&INTERFACES)?)? {
            return Ok(Verdict::not_applicable("its network is not in use"));
        }
        open.answer(|open| format!("SSH or remote desktop is open to the internet by {}", keys(open)))
    },
}

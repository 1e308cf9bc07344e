use super::{INGRESS_RULES, judge_group, keys};
use crate::network::{Direction, RDP};
use crate::rule;

rule! {
    /// Security groups keep remote desktop (TCP 3389) closed to the internet.
    ///
    /// ## Why
    /// Remote desktop is the most used way in for ransomware: passwords are guessed, and its faults need none.
    ///
    /// ## Fix
    /// - Console: EC2 → Security Groups → the group → Inbound rules → edit the rule's source to the networks of the administrators; or remove it and use Fleet Manager.
    /// - CLI: `aws ec2 revoke-security-group-ingress --group-id ID --security-group-rule-ids RULE`
    /// - CloudFormation: a narrow `CidrIp`, or no rule, in `SecurityGroupIngress`.
    ///
    /// ## Limits
    /// A rule is judged by what it permits, not by whether an instance, a public address, a route or a network ACL lets the
    /// traffic through. Other groups and AWS's own prefix lists are never the internet. In a log, a group that was not seen
    /// from its creation can be found open and never closed.
    item: SecurityGroups,
    severity: Critical,
    family: INGRESS_RULES,
    controls: [
        (SecurityHub, "EC2.14"),
        (SecurityHub, "EC2.18"),
        (SecurityHub, "EC2.19"),
        (SecurityHub, "EC2.53"),
        (SecurityHub, "EC2.54"),
        (CisV3, "5.2"),
        (CisV3, "5.3"),
        (CisV5, "5.3"),
        (CisV5, "5.4"),
        (PciDss, "1.3.1"),
        (Nist80053, "SC-7"),
        (AwsConfig, "restricted-common-ports"),
        (AwsConfig, "vpc-sg-port-restriction-check"),
    ],
    covered_by: ["ec2-security-group-all-ports-closed", "ec2-security-group-ssh-closed"],
    judge: |group, _| {
        judge_group(
            group,
            Direction::Ingress,
            |rules| rules.tcp_port(Direction::Ingress, RDP),
            |open| format!("remote desktop (TCP 3389) is open to the internet by {}", keys(open)),
        )
    },
}

use super::{INGRESS_RULES, judge_group, keys};
use crate::network::Direction;
use crate::rule;

rule! {
    /// No rule of a security group opens every port to the internet.
    ///
    /// ## Why
    /// Every service that listens, wanted or not, can be reached by anyone: databases, agents and debugging ports included.
    ///
    /// ## Fix
    /// - Console: EC2 → Security Groups → the group → Inbound rules → edit the rule's source, one rule per port that is needed.
    /// - CLI: `aws ec2 revoke-security-group-ingress --group-id ID --security-group-rule-ids RULE`
    /// - CloudFormation: name `IpProtocol`, `FromPort` and `ToPort` in `SecurityGroupIngress`.
    ///
    /// ## Limits
    /// A rule is judged by what it permits, not by whether an instance, a public address, a route or a network ACL lets the
    /// traffic through. Other groups and AWS's own prefix lists are never the internet. In a log, a group that was not seen
    /// from its creation can be found open and never closed.
    item: SecurityGroups,
    severity: Critical,
    family: INGRESS_RULES,
    controls: [
        (SecurityHub, "EC2.13"),
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
        (PciDss, "1.4.2"),
        (Nist80053, "AC-4"),
        (Nist80053, "CM-7"),
        (Nist80053, "SC-7"),
        (AwsConfig, "restricted-ssh"),
        (AwsConfig, "restricted-common-ports"),
    ],
    judge: |group, _| {
        judge_group(
            group,
            Direction::Ingress,
            |rules| rules.all_ports(Direction::Ingress),
            |open| format!("every port is open to the internet by {}", keys(open)),
        )
    },
}

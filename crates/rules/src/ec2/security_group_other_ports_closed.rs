use super::{INGRESS_RULES, judge_group, keys};
use crate::network::Direction;
use crate::rule;

rule! {
    /// Security groups open only authorised ports to the internet.
    ///
    /// ## Why
    /// What nobody decided to publish, nobody watches or patches as if it were public.
    ///
    /// ## Fix
    /// - Console: EC2 → Security Groups → the group → Inbound rules → edit the rule's source; or authorise the port in the configuration.
    /// - CLI: `aws ec2 revoke-security-group-ingress --group-id ID --security-group-rule-ids RULE`
    /// - CloudFormation: a narrow `CidrIp` or a `SourceSecurityGroupId` in `SecurityGroupIngress`.
    ///
    /// ## Limits
    /// A rule is judged by what it permits, not by whether an instance, a public address, a route or a network ACL lets the
    /// traffic through. Other groups and AWS's own prefix lists are never the internet. In a log, a group that was not seen
    /// from its creation can be found open and never closed.
    /// Which ports are authorised is configurable (`authorised_tcp_ports`: 80 and 443; `authorised_udp_ports`: none). ICMP is
    /// no port. High-risk ports, TCP 22 and TCP 3389 have rules of their own.
    item: SecurityGroups,
    severity: High,
    family: INGRESS_RULES,
    controls: [
        (SecurityHub, "EC2.18"),
        (PciDss, "1.3.1"),
        (Nist80053, "AC-4"),
        (Nist80053, "SC-7"),
        (AwsConfig, "vpc-sg-open-only-to-authorized-ports"),
    ],
    covered_by: ["ec2-security-group-all-ports-closed", "ec2-security-group-ssh-closed", "ec2-security-group-rdp-closed", "ec2-security-group-high-risk-ports-closed"],
    judge: |group, settings| {
        judge_group(
            group,
            Direction::Ingress,
            |rules| {
                rules.other_ports(
                    Direction::Ingress,
                    &settings.authorised_tcp_ports,
                    &settings.authorised_udp_ports,
                    &settings.high_risk_ports,
                )
            },
            |open| format!("ports that are not authorised are open to the internet by {}", keys(open)),
        )
    },
}

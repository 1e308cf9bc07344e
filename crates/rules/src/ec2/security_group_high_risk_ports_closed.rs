use super::{INGRESS_RULES, judge_group, keys};
use crate::network::Direction;
use crate::rule;

rule! {
    /// Security groups keep databases, consoles and cleartext protocols closed to the internet.
    ///
    /// ## Why
    /// Such ports serve data or control with weak or no authentication; search engines list those that answer.
    ///
    /// ## Fix
    /// - Console: EC2 → Security Groups → the group → Inbound rules → edit the rule's source to the networks or groups that use the port.
    /// - CLI: `aws ec2 revoke-security-group-ingress --group-id ID --security-group-rule-ids RULE`
    /// - CloudFormation: a narrow `CidrIp` or a `SourceSecurityGroupId` in `SecurityGroupIngress`.
    ///
    /// ## Limits
    /// A rule is judged by what it permits, not by whether an instance, a public address, a route or a network ACL lets the
    /// traffic through. Other groups and AWS's own prefix lists are never the internet. In a log, a group that was not seen
    /// from its creation can be found open and never closed.
    /// Which ports are high-risk is configurable (`high_risk_ports`, TCP and UDP). TCP 22 and 3389 have rules of their own.
    item: SecurityGroups,
    severity: Critical,
    family: INGRESS_RULES,
    controls: [
        (SecurityHub, "EC2.18"),
        (SecurityHub, "EC2.19"),
        (Nist80053, "AC-4"),
        (Nist80053, "CM-7"),
        (Nist80053, "SC-7"),
    ],
    covered_by: ["ec2-security-group-all-ports-closed", "ec2-security-group-ssh-closed", "ec2-security-group-rdp-closed"],
    judge: |group, settings| {
        judge_group(
            group,
            Direction::Ingress,
            |rules| rules.ports_of(Direction::Ingress, &settings.high_risk_ports),
            |open| format!("high-risk ports are open to the internet by {}", keys(open)),
        )
    },
}

use super::{INGRESS_RULES, judge_group, keys};
use crate::network::{Direction, Group};
use crate::rule;

rule! {
    /// Security groups do not open every port to a broad private network.
    ///
    /// ## Why
    /// An intruder in any connected network (a peered VPC, an office, a VPN) reaches everything behind the group.
    ///
    /// ## Fix
    /// - Console: EC2 → Security Groups → the group → Inbound rules → edit the rule's source and ports to what is used.
    /// - CLI: `aws ec2 revoke-security-group-ingress --group-id ID --security-group-rule-ids RULE`
    /// - CloudFormation: `FromPort`, `ToPort` and a `SourceSecurityGroupId` or a range of at most /16 (/48 in IPv6).
    ///
    /// ## Limits
    /// A network is broad if it has more addresses than a /16, or a /48 of IPv6; rules on single ports are left alone. A rule
    /// is judged by what it permits, not by whether an instance, a route or a network ACL lets the traffic through. In a log, a group that was not seen
    /// from its creation can be found open and never closed.
    item: SecurityGroups,
    severity: Medium,
    family: INGRESS_RULES,
    controls: [
        (Nist80053, "AC-4"),
        (Nist80053, "SC-7"),
    ],
    covered_by: ["ec2-security-group-all-ports-closed"],
    judge: |group, _| {
        judge_group(group, Direction::Ingress, Group::wide_private_ingress, |open| {
            format!("every port is open to a broad private network by {}", keys(open))
        })
    },
}

use trailhound_model::kinds::ec2::group::{
    EGRESS, PREFIX_LIST_ENTRIES, PREFIX_LIST_OWNER, PREFIX_LISTS, SECURITY_GROUP,
};

use super::{judge_group, keys};
use crate::network::Direction;
use crate::rule;

rule! {
    /// Security groups do not let everything out to the internet.
    ///
    /// ## Why
    /// Stolen data and commands to malware leave by any port that is open; a new group leaves all of them open.
    ///
    /// ## Fix
    /// - Console: EC2 → Security Groups → the group → Outbound rules → replace "All traffic" by what is needed.
    /// - CLI: `aws ec2 revoke-security-group-egress --group-id ID --security-group-rule-ids RULE`, then
    ///   `aws ec2 authorize-security-group-egress` for what is needed.
    /// - CloudFormation: state `SecurityGroupEgress`; without it AWS lets everything out.
    ///
    /// ## Limits
    /// Off until switched on: many workloads need the internet. Traffic to AWS's own prefix lists and to other groups is
    /// fine. In a log, whether a new group lets IPv6 out hangs on its network, so that it can be found open and never closed.
    item: SecurityGroups,
    severity: Low,
    kinds: [SECURITY_GROUP],
    reads: [EGRESS],
    borrows: [PREFIX_LISTS => [PREFIX_LIST_ENTRIES, PREFIX_LIST_OWNER]],
    opens_on: [
        "AuthorizeSecurityGroupEgress",
        "CreateSecurityGroup",
        "ModifyManagedPrefixList",
        "ModifySecurityGroupRules",
    ],
    closes_on: [
        "DeleteSecurityGroup",
        "ModifyManagedPrefixList",
        "ModifySecurityGroupRules",
        "RevokeSecurityGroupEgress",
    ],
    controls: [(Nist80053, "AC-4"), (Nist80053, "SC-7")],
    optional: true,
    judge: |group, _| {
        judge_group(
            group,
            Direction::Egress,
            |rules| rules.all_ports(Direction::Egress),
            |open| format!("everything may leave to the internet by {}", keys(open)),
        )
    },
}

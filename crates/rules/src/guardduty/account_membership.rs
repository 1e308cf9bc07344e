use trailhound_model::Verdict;
use trailhound_model::kinds::account::REGION;
use trailhound_model::kinds::guardduty::REGION_MEMBERSHIP;

use crate::rule;

rule! {
    /// Accounts that GuardDuty's administrator watches stay watched.
    ///
    /// ## Why
    /// A member that leaves its administrator, or is removed or paused by it, is watched by nobody from then on; the security
    /// team sees less and does not notice.
    ///
    /// ## Fix
    /// - Console, as the administrator: GuardDuty → Accounts → the account → Add member, or Start monitoring.
    /// - CLI: `aws guardduty start-monitoring-members --detector-id ID --account-ids ACCOUNT`, or `create-members` and
    ///   `invite-members`; by invitation, then `accept-administrator-invitation` as the member.
    /// - CloudFormation: `AWS::GuardDuty::Member` in the administrator's account, `AWS::GuardDuty::Master` in the member's.
    ///
    /// ## Limits
    /// Goes by events alone: after the tie is cut, AWS shows no trace of it. An account that is added again by `CreateMembers`
    /// is unknown until monitoring is started or an invitation accepted. A member that is meant to leave needs an exception.
    item: Guardduty,
    severity: Critical,
    kinds: [REGION],
    reads: [REGION_MEMBERSHIP],
    opens_on: [
        "DeleteMembers",
        "DisassociateFromAdministratorAccount",
        "DisassociateFromMasterAccount",
        "DisassociateMembers",
        "StopMonitoringMembers",
    ],
    closes_on: ["AcceptAdministratorInvitation", "AcceptInvitation", "CreateMembers", "StartMonitoringMembers"],
    controls: [(Nist80053, "SI-4")],
    judge: |region, _| {
        Ok(match region.get(&REGION_MEMBERSHIP).known()?.as_deref() {
            Some("Enabled") => Verdict::Pass,
            Some(other) => Verdict::fail(
                "membership",
                format!("GuardDuty's administrator does not watch the account any more: it is `{other}`"),
            ),
            None => Verdict::not_applicable("no administrator account watches it"),
        })
    },
}

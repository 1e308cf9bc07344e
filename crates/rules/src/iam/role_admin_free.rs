use trailhound_model::kinds::iam::{ROLE, role};
use trailhound_model::{Snapshot, Verdict, Why};

use super::{administrator_attachments, keys, service_made};
use crate::{Settings, rule};

rule! {
    /// Roles are not administrators, but for those meant to be.
    ///
    /// ## Why
    /// Whatever runs as the role, a function, an instance, a build, can do anything in the account, and so can whoever takes it
    /// over.
    ///
    /// ## Fix
    /// - Console: IAM → Roles → the role → Permissions → remove the policy.
    /// - CLI: `aws iam detach-role-policy --role-name NAME --policy-arn ARN`
    /// - CloudFormation: take the ARN out of `ManagedPolicyArns` on `AWS::IAM::Role`.
    ///
    /// ## Limits
    /// Looks at AWS's `AdministratorAccess` and `IAMFullAccess` and at configured policies; what customer policies allow is
    /// judged by `iam-policy-admin-free`. Roles that AWS services own are left out, and roles that the configuration names, by
    /// name or by path.
    item: IamLeastPrivilege,
    severity: High,
    kinds: [ROLE],
    reads: [role::PATH, role::ATTACHED_POLICIES],
    opens_on: ["AttachRolePolicy"],
    closes_on: ["DetachRolePolicy"],
    controls: [
        (SecurityHub, "IAM.1"),
        (PciDss, "7.2.2"),
        (Nist80053, "AC-2"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-6"),
        (AwsConfig, "iam-policy-no-statements-with-admin-access"),
    ],
    judge: |role, settings| {
        if let Some(verdict) = service_made(role, &["/aws-service-role/", "/aws-reserved/"])? {
            return Ok(verdict);
        }
        let found = administrator_attachments(&role.entries(&role::ATTACHED_POLICIES)?, settings)?;
        if !found.is_empty() && is_meant(role, settings)? {
            return Ok(Verdict::not_applicable("the role may be an administrator by configuration"));
        }
        Ok(Verdict::unless(found, |found| format!("the role is an administrator by {}", keys(found))))
    },
}

/// The configuration names the role, or a path that it lies under.
fn is_meant(role: &Snapshot<'_>, settings: &Settings) -> Result<bool, Why> {
    let meant = &settings.administrator_roles;
    if meant.contains(&*role.resource.id) {
        return Ok(true);
    }
    let mut paths = meant.iter().filter(|meant| meant.ends_with('/')).peekable();
    if paths.peek().is_none() {
        return Ok(false);
    }
    let path = role.get(&role::PATH).known()?.unwrap_or_default();
    Ok(paths.any(|meant| path.starts_with(meant.as_str())))
}

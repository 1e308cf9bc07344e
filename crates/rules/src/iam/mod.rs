//! IAM: what policies allow, whom roles trust, which credentials last.

mod account_password_strength;
mod group_admin_free;
mod policy_admin_free;
mod policy_allow_explicit;
mod policy_escalation_free;
mod policy_kms_decrypt_scoped;
mod policy_pass_role_scoped;
mod policy_service_scoped;
mod role_admin_free;
mod role_trust_external_id;
mod role_trust_oidc_subject;
mod role_trust_private;
mod role_trust_service_source;
mod root_access_key_absent;
mod root_hardware_mfa;
mod root_idle;
mod root_mfa;
mod user_access_key_absent;
mod user_access_key_rotation;
mod user_access_key_single;
mod user_admin_free;
mod user_credential_in_use;
mod user_mfa;
mod user_policy_free;
mod user_service_credential_absent;
mod user_sign_in_mfa;

use trailhound_model::kinds::account::Activity;
use trailhound_model::kinds::iam::{GROUP, InlinePolicy, MANAGED_POLICY, ROLE, USER, group, policy, role, user};
use trailhound_model::{Answer, DAY, Entries, Evidence, Kind, Second, Snapshot, Verdict, Why};

use crate::policy::{Policy, is_administrator_attachment};
use crate::{Family, Rule, Settings, Signs};

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[
    &account_password_strength::RULE,
    &group_admin_free::RULE,
    &policy_admin_free::RULE,
    &policy_allow_explicit::RULE,
    &policy_escalation_free::RULE,
    &policy_kms_decrypt_scoped::RULE,
    &policy_pass_role_scoped::RULE,
    &policy_service_scoped::RULE,
    &role_admin_free::RULE,
    &role_trust_external_id::RULE,
    &role_trust_oidc_subject::RULE,
    &role_trust_private::RULE,
    &role_trust_service_source::RULE,
    &root_access_key_absent::RULE,
    &root_hardware_mfa::RULE,
    &root_idle::RULE,
    &root_mfa::RULE,
    &user_access_key_absent::RULE,
    &user_access_key_rotation::RULE,
    &user_access_key_single::RULE,
    &user_admin_free::RULE,
    &user_credential_in_use::RULE,
    &user_mfa::RULE,
    &user_policy_free::RULE,
    &user_service_credential_absent::RULE,
    &user_sign_in_mfa::RULE,
];

/// What a policy document allows: customer managed policies, and inline policies of whom they are in.
const DOCUMENTS: Family = Family {
    kinds: &[&MANAGED_POLICY, &ROLE, &USER, &GROUP],
    reads: &[
        &policy::DEFAULT_VERSION.def,
        &policy::VERSIONS.def,
        &role::PATH.def,
        &role::POLICIES.def,
        &user::POLICIES.def,
        &group::POLICIES.def,
    ],
    borrows: &[],
    opens_on: &[
        "CreatePolicy",
        "CreatePolicyVersion",
        "PutGroupPolicy",
        "PutRolePolicy",
        "PutUserPolicy",
        "SetDefaultPolicyVersion",
    ],
    closes_on: &[
        "CreatePolicyVersion",
        "DeleteGroupPolicy",
        "DeletePolicy",
        "DeleteRolePolicy",
        "DeleteUserPolicy",
        "PutGroupPolicy",
        "PutRolePolicy",
        "PutUserPolicy",
        "SetDefaultPolicyVersion",
    ],
};

/// Asks a question of every document of the resource: of a managed policy the version in force, of a role, user or group
/// the inline policies. Entries are named `policy/statement`; `fault` begins the message.
fn documents(resource: &Snapshot<'_>, ask: impl Fn(&Policy) -> Signs, fault: &str) -> Answer {
    if let Some(verdict) = service_made(resource, &["/aws-service-role/", "/aws-reserved/"])? {
        return Ok(verdict);
    }
    let message = |found: &[Evidence]| format!("{fault}: {}", told(found));
    if resource.resource.kind == Kind::of(&MANAGED_POLICY) {
        let default = resource.get(&policy::DEFAULT_VERSION).known()?.ok_or(Why::NotSeen)?;
        let versions = resource.entries(&policy::VERSIONS)?;
        let document = versions.get(&default).known()?.ok_or(Why::NotSeen)?;
        let name = resource.resource.id.rsplit('/').next().unwrap_or_default();
        return ask(&Policy::from_value(document)?).under(name).answer(message);
    }
    let inline = inline_policies(resource)?;
    let mut signs = Signs::default();
    let mut doubt = Ok(());
    for (name, entry) in inline.seen() {
        match Policy::from_value(&entry.policy_document) {
            Ok(policy) => signs.extend(ask(&policy).under(name)),
            Err(error) => doubt = Err(Why::from(error)),
        }
    }
    if !signs.is_certain() {
        doubt?;
        inline.settle::<()>(Vec::new())?;
    }
    signs.answer(message)
}

/// The inline policies of a role, user or group.
fn inline_policies<'a>(resource: &Snapshot<'a>) -> Result<Entries<'a, InlinePolicy>, Why> {
    let kind = resource.resource.kind;
    if kind == Kind::of(&USER) {
        resource.entries(&user::POLICIES)
    } else if kind == Kind::of(&GROUP) {
        resource.entries(&group::POLICIES)
    } else {
        resource.entries(&role::POLICIES)
    }
}

/// That the role belongs to an AWS service: it lies under one of these paths. Nobody but the service can change such a
/// role, so one whose path was not seen is judged, unless its name is one that AWS gives.
fn service_made(role: &Snapshot<'_>, paths: &[&str]) -> Result<Option<Verdict>, Why> {
    if role.resource.kind != Kind::of(&ROLE) {
        return Ok(None);
    }
    let given_by_aws =
        ["AWSServiceRoleFor", "AWSReservedSSO_"].iter().any(|prefix| role.resource.id.starts_with(prefix));
    let path = match role.get(&role::PATH).known() {
        Ok(path) => path.unwrap_or_default(),
        Err(why) if given_by_aws => return Err(why),
        Err(_) => return Ok(None),
    };
    let made = paths.iter().any(|prefix| path.starts_with(prefix));
    Ok(made.then(|| Verdict::not_applicable("the role belongs to an AWS service")))
}

/// The attachments that make an administrator.
fn administrator_attachments(attached: &Entries<'_, String>, settings: &Settings) -> Result<Vec<Evidence>, Why> {
    let found = attached.matching(|arn, _| is_administrator_attachment(arn, &settings.administrator_policies))?;
    Ok(found.into_iter().map(|(arn, _)| Evidence::new(arn, "attached, makes an administrator")).collect())
}

/// The trust policy of a role that customers can change.
fn trust(role: &Snapshot<'_>, ask: impl Fn(&Policy) -> Signs, fault: &str) -> Answer {
    if let Some(verdict) = service_made(role, &["/aws-service-role/"])? {
        return Ok(verdict);
    }
    let document = role.get(&role::TRUST).known()?.ok_or(Why::NotSeen)?;
    ask(&Policy::from_value(&document)?).answer(|found| format!("{fault}: {}", told(found)))
}

/// Activity of the last day, if any. None is certain only where older activity shows that the log reaches back that far.
fn recent(activity: &Entries<'_, Activity>, now: Second) -> Result<Option<Second>, Why> {
    const HOUR: i64 = 3_600;
    let Some(last) = activity.seen().map(|(_, entry)| entry.hour).max() else {
        activity.settle::<()>(Vec::new())?;
        return Ok(None);
    };
    // An hour counts until a day after its end.
    Ok(Some(last).filter(|last| now.since(*last) < DAY + HOUR))
}

/// The first keys in backticks, and how many more there are.
fn keys(evidence: &[Evidence]) -> String {
    const SHOWN: usize = 3;
    let mut text = String::new();
    for entry in evidence.iter().take(SHOWN) {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push('`');
        text.push_str(&entry.key);
        text.push('`');
    }
    if let Some(more) = evidence.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// The keys; of a single entry also what it is.
fn told(evidence: &[Evidence]) -> String {
    match evidence {
        [only] => format!("`{}` {}", only.key, only.detail),
        _ => keys(evidence),
    }
}

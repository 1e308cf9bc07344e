//! IAM: roles, users, groups and the account's own managed policies.
//!
//! Roles, users and groups are known by name, unique in the account whatever their path. What cannot outlive them is a
//! keyed facet of theirs: inline policies, attachments, access keys, devices. An entry of a facet that CloudFormation has
//! as a list is the element of that list.

use serde::Deserialize;

use crate::kinds::account::Activity;
use crate::{Facet, Initial, Keyed, KindDef, Scope, Second, Value};

/// A role. Its id is its name.
pub static ROLE: KindDef = KindDef {
    name: "AWS::IAM::Role",
    scope: Scope::Global,
    // The ARN holds the path, which is no part of the identity.
    arn: None,
    facets: &[
        &role::PATH.def,
        &role::TRUST.def,
        &role::POLICIES.def,
        &role::ATTACHED_POLICIES.def,
        &role::PERMISSIONS_BOUNDARY.def,
    ],
    relations: &[],
    parts: &["AWS::IAM::Policy", "AWS::IAM::RolePolicy"],
    owner: None,
};

/// A user. Its id is its name.
pub static USER: KindDef = KindDef {
    name: "AWS::IAM::User",
    scope: Scope::Global,
    arn: None,
    facets: &[
        &user::POLICIES.def,
        &user::ATTACHED_POLICIES.def,
        &user::PERMISSIONS_BOUNDARY.def,
        &user::GROUPS.def,
        &user::LOGIN_PROFILE.def,
        &user::PASSWORD_LAST_USED.def,
        &user::MFA_DEVICES.def,
        &user::SIGN_INS_WITHOUT_MFA.def,
        &user::ACCESS_KEYS.def,
        &user::ACCESS_KEYS_CREATED.def,
        &user::ACCESS_KEYS_LAST_USED.def,
        &user::SERVICE_CREDENTIALS.def,
    ],
    relations: &[],
    parts: &["AWS::IAM::AccessKey", "AWS::IAM::Policy", "AWS::IAM::UserPolicy"],
    owner: None,
};

/// A group. Its id is its name.
pub static GROUP: KindDef = KindDef {
    name: "AWS::IAM::Group",
    scope: Scope::Global,
    arn: None,
    facets: &[&group::POLICIES.def, &group::ATTACHED_POLICIES.def],
    relations: &[],
    parts: &["AWS::IAM::GroupPolicy", "AWS::IAM::Policy"],
    owner: None,
};

/// A managed policy of the account itself. Its id is its path, without the first slash, and its name, as in its ARN.
pub static MANAGED_POLICY: KindDef = KindDef {
    name: "AWS::IAM::ManagedPolicy",
    scope: Scope::Global,
    arn: Some("arn:{partition}:iam::{account}:policy/{id}"),
    facets: &[&policy::VERSIONS.def, &policy::DEFAULT_VERSION.def],
    relations: &[],
    parts: &[],
    owner: None,
};

fn root_path(_created: Second) -> Value {
    "/".into()
}

/// The facets of a role.
pub mod role {
    use super::{Facet, Initial, InlinePolicy, Keyed, Value, root_path};

    /// The path, which begins and ends with a slash. `/aws-service-role/` and `/aws-reserved/` belong to AWS services.
    pub static PATH: Facet<String> =
        Facet::property("Path").read_by(&["iam:GetRole"]).initially(Initial::Default(root_path));

    /// The trust policy: who may become the role.
    pub static TRUST: Facet<Value> = Facet::property("AssumeRolePolicyDocument").read_by(&["iam:GetRole"]);

    /// Inline policies by name.
    pub static POLICIES: Keyed<InlinePolicy> =
        Keyed::property("Policies").read_by(&["iam:GetRolePolicy", "iam:ListRolePolicies"]).initially(Initial::Empty);

    /// The ARNs of attached managed policies.
    pub static ATTACHED_POLICIES: Keyed<String> =
        Keyed::property("ManagedPolicyArns").read_by(&["iam:ListAttachedRolePolicies"]).initially(Initial::Empty);

    /// The ARN of the policy that limits what the role's policies can allow.
    pub static PERMISSIONS_BOUNDARY: Facet<String> =
        Facet::property("PermissionsBoundary").read_by(&["iam:GetRole"]).initially(Initial::Absent);
}

/// The facets of a user.
pub mod user {
    use super::{
        AccessKey, Activity, Facet, Initial, InlinePolicy, Keyed, LoginProfile, Second, ServiceCredential, Value,
    };

    /// Inline policies by name.
    pub static POLICIES: Keyed<InlinePolicy> =
        Keyed::property("Policies").read_by(&["iam:GetUserPolicy", "iam:ListUserPolicies"]).initially(Initial::Empty);

    /// The ARNs of attached managed policies.
    pub static ATTACHED_POLICIES: Keyed<String> =
        Keyed::property("ManagedPolicyArns").read_by(&["iam:ListAttachedUserPolicies"]).initially(Initial::Empty);

    /// The ARN of the policy that limits what the user's policies can allow.
    pub static PERMISSIONS_BOUNDARY: Facet<String> =
        Facet::property("PermissionsBoundary").read_by(&["iam:GetUser"]).initially(Initial::Absent);

    /// The names of the groups that the user is in. A group renamed since keeps its former name here until it is read.
    pub static GROUPS: Keyed<String> =
        Keyed::property("Groups").read_by(&["iam:ListGroupsForUser"]).initially(Initial::Empty);

    /// The console password, never its text.
    pub static LOGIN_PROFILE: Facet<LoginProfile> =
        Facet::property("LoginProfile").read_by(&["iam:GetLoginProfile"]).initially(Initial::Absent);

    /// When the user last signed in with the password. Sign-ins in regions that are not logged are not seen.
    pub static PASSWORD_LAST_USED: Facet<Second> = Facet::observed("PasswordLastUsed").read_by(&["iam:GetUser"]);

    /// The devices of the second factor by serial number, which for all but old hardware tokens is an ARN.
    pub static MFA_DEVICES: Keyed<Value> =
        Keyed::observed("MFADevices").read_by(&["iam:ListMFADevices"]).initially(Initial::Empty);

    /// Console sign-ins with the password alone, one entry per hour.
    pub static SIGN_INS_WITHOUT_MFA: Keyed<Activity> = Keyed::observed("SignInsWithoutMFA").initially(Initial::Empty);

    /// The access keys by id.
    pub static ACCESS_KEYS: Keyed<AccessKey> =
        Keyed::observed("AccessKeys").read_by(&["iam:ListAccessKeys"]).initially(Initial::Empty);

    /// When each access key was created. Apart from the key's status because a change of status does not show it.
    pub static ACCESS_KEYS_CREATED: Keyed<Second> =
        Keyed::observed("AccessKeysCreated").read_by(&["iam:ListAccessKeys"]).initially(Initial::Empty);

    /// When each access key was last used; a key never used has no entry.
    pub static ACCESS_KEYS_LAST_USED: Keyed<Second> =
        Keyed::observed("AccessKeysLastUsed").read_by(&["iam:GetAccessKeyLastUsed", "iam:ListAccessKeys"]);

    /// Passwords and API keys for single services (CodeCommit, Keyspaces, Bedrock) by id.
    pub static SERVICE_CREDENTIALS: Keyed<ServiceCredential> = Keyed::observed("ServiceSpecificCredentials")
        .read_by(&["iam:ListServiceSpecificCredentials"])
        .initially(Initial::Empty);
}

/// The facets of a group.
pub mod group {
    use super::{Initial, InlinePolicy, Keyed};

    /// Inline policies by name.
    pub static POLICIES: Keyed<InlinePolicy> =
        Keyed::property("Policies").read_by(&["iam:GetGroupPolicy", "iam:ListGroupPolicies"]).initially(Initial::Empty);

    /// The ARNs of attached managed policies.
    pub static ATTACHED_POLICIES: Keyed<String> =
        Keyed::property("ManagedPolicyArns").read_by(&["iam:ListAttachedGroupPolicies"]).initially(Initial::Empty);
}

/// The facets of a managed policy.
pub mod policy {
    use super::{Facet, Keyed, Value};

    /// The documents by version (`v1`, `v2`, ...). CloudFormation's `PolicyDocument` is the one in force.
    pub static VERSIONS: Keyed<Value> =
        Keyed::observed("PolicyVersions").read_by(&["iam:GetPolicyVersion", "iam:ListPolicyVersions"]);

    /// The version in force.
    pub static DEFAULT_VERSION: Facet<String> = Facet::property("DefaultVersionId").read_by(&["iam:GetPolicy"]);
}

/// An inline policy.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InlinePolicy {
    /// The document: an object, or JSON text in a template.
    pub policy_document: Value,
}

/// A console password.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoginProfile {
    /// When it was given; a template cannot tell.
    pub create_date: Option<Second>,
}

/// An access key.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccessKey {
    /// `Active`, `Inactive` or `Expired`.
    pub status: String,
}

impl AccessKey {
    /// Whether it can be used.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == "Active"
    }
}

/// A password or API key for one service.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ServiceCredential {
    /// `Active`, `Inactive` or `Expired`.
    pub status: String,
    /// The service, where the call named it: `codecommit.amazonaws.com`.
    pub service_name: Option<String>,
}

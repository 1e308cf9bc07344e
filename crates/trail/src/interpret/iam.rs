//! `iam.amazonaws.com`: roles, users, groups, managed policies, credentials and the rules for passwords.
//!
//! Requests hold policy documents as plain JSON text, responses in URL encoding. A call about the caller's own credentials
//! may leave the user's name out, and the root user's calls always do.

use trailhound_model::kinds::account::{self, ACCOUNT};
use trailhound_model::kinds::iam::{GROUP, MANAGED_POLICY, ROLE, USER, group, policy, role, user};
use trailhound_model::{Birth, FacetDef, KindDef, ResourceId, Value, Why, keyed};

use super::body::BadDocument;
use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};
use super::{Body, Draft, Event};

const fn does(verb: Verb, kind: &'static KindDef, facets: &'static [&'static FacetDef]) -> Does {
    Does { verb, kind, facets }
}

type Interpret = fn(&Event<'_>, &mut Draft) -> Result<(), Unplaced>;

const fn event(name: &'static str, does: &'static [Does], interpret: Interpret) -> EventSpec {
    EventSpec { name, does, interpret }
}

pub(super) static EVENTS: &[EventSpec] = &[
    // Roles.
    event("CreateRole", &[does(Verb::Creates, &ROLE, &[])], |event, draft| {
        let id = created(event, &ROLE, "roleName", "role")?;
        let boundary = event.request.text("permissionsBoundary");
        draft.on(id).create(Birth::Certain, new_role(event).value_if(&role::PERMISSIONS_BOUNDARY, boundary));
        Ok(())
    }),
    event("CreateServiceLinkedRole", &[does(Verb::Creates, &ROLE, &[])], |event, draft| {
        let id = created(event, &ROLE, "roleName", "role")?;
        // The service attaches a policy of its own choice.
        let stated = new_role(event).unread(&role::ATTACHED_POLICIES, Why::Touched);
        draft.on(id).create(Birth::Certain, stated);
        Ok(())
    }),
    event("DeleteRole", &[does(Verb::Deletes, &ROLE, &[])], |event, draft| delete(event, draft, &ROLE, "roleName")),
    // The deletion goes on after the call, and no event tells when the service refuses it, which is rare.
    event("DeleteServiceLinkedRole", &[does(Verb::Deletes, &ROLE, &[])], |event, draft| {
        delete(event, draft, &ROLE, "roleName")
    }),
    event("UpdateAssumeRolePolicy", &[does(Verb::Sets, &ROLE, &[&role::TRUST.def])], |event, draft| {
        let document = event.request.document("policyDocument");
        draft.on(named(event, &ROLE, "roleName")?).set_document(&role::TRUST, document);
        Ok(())
    }),
    event("PutRolePolicy", &[does(Verb::Patches, &ROLE, &[&role::POLICIES.def])], |event, draft| {
        put_inline(event, draft, named(event, &ROLE, "roleName")?, &role::POLICIES)
    }),
    event("DeleteRolePolicy", &[does(Verb::Patches, &ROLE, &[&role::POLICIES.def])], |event, draft| {
        delete_inline(event, draft, named(event, &ROLE, "roleName")?, &role::POLICIES)
    }),
    event("AttachRolePolicy", &[does(Verb::Patches, &ROLE, &[&role::ATTACHED_POLICIES.def])], |event, draft| {
        attach(event, draft, named(event, &ROLE, "roleName")?, &role::ATTACHED_POLICIES)
    }),
    event("DetachRolePolicy", &[does(Verb::Patches, &ROLE, &[&role::ATTACHED_POLICIES.def])], |event, draft| {
        detach(event, draft, named(event, &ROLE, "roleName")?, &role::ATTACHED_POLICIES)
    }),
    event(
        "PutRolePermissionsBoundary",
        &[does(Verb::Sets, &ROLE, &[&role::PERMISSIONS_BOUNDARY.def])],
        |event, draft| {
            let boundary = event.request.text("permissionsBoundary");
            draft.on(named(event, &ROLE, "roleName")?).set_if(&role::PERMISSIONS_BOUNDARY, boundary);
            Ok(())
        },
    ),
    event(
        "DeleteRolePermissionsBoundary",
        &[does(Verb::Sets, &ROLE, &[&role::PERMISSIONS_BOUNDARY.def])],
        |event, draft| {
            draft.on(named(event, &ROLE, "roleName")?).clear(&role::PERMISSIONS_BOUNDARY);
            Ok(())
        },
    ),
    // Groups.
    event("CreateGroup", &[does(Verb::Creates, &GROUP, &[])], |event, draft| {
        draft.on(created(event, &GROUP, "groupName", "group")?).create(Birth::Certain, Stated::new());
        Ok(())
    }),
    event("DeleteGroup", &[does(Verb::Deletes, &GROUP, &[])], |event, draft| delete(event, draft, &GROUP, "groupName")),
    event(
        "UpdateGroup",
        &[does(Verb::Deletes, &GROUP, &[]), does(Verb::Stales, &GROUP, GROUP.facets)],
        |event, draft| rename(event, draft, &GROUP, "groupName", "newGroupName"),
    ),
    event("PutGroupPolicy", &[does(Verb::Patches, &GROUP, &[&group::POLICIES.def])], |event, draft| {
        put_inline(event, draft, named(event, &GROUP, "groupName")?, &group::POLICIES)
    }),
    event("DeleteGroupPolicy", &[does(Verb::Patches, &GROUP, &[&group::POLICIES.def])], |event, draft| {
        delete_inline(event, draft, named(event, &GROUP, "groupName")?, &group::POLICIES)
    }),
    event("AttachGroupPolicy", &[does(Verb::Patches, &GROUP, &[&group::ATTACHED_POLICIES.def])], |event, draft| {
        attach(event, draft, named(event, &GROUP, "groupName")?, &group::ATTACHED_POLICIES)
    }),
    event("DetachGroupPolicy", &[does(Verb::Patches, &GROUP, &[&group::ATTACHED_POLICIES.def])], |event, draft| {
        detach(event, draft, named(event, &GROUP, "groupName")?, &group::ATTACHED_POLICIES)
    }),
    // Users.
    event("CreateUser", &[does(Verb::Creates, &USER, &[])], |event, draft| {
        let boundary = event.request.text("permissionsBoundary");
        let stated = Stated::new().value_if(&user::PERMISSIONS_BOUNDARY, boundary);
        draft.on(created(event, &USER, "userName", "user")?).create(Birth::Certain, stated);
        Ok(())
    }),
    event("DeleteUser", &[does(Verb::Deletes, &USER, &[])], |event, draft| delete(event, draft, &USER, "userName")),
    event("UpdateUser", &[does(Verb::Deletes, &USER, &[]), does(Verb::Stales, &USER, USER.facets)], |event, draft| {
        rename(event, draft, &USER, "userName", "newUserName")
    }),
    event("PutUserPolicy", &[does(Verb::Patches, &USER, &[&user::POLICIES.def])], |event, draft| {
        put_inline(event, draft, named(event, &USER, "userName")?, &user::POLICIES)
    }),
    event("DeleteUserPolicy", &[does(Verb::Patches, &USER, &[&user::POLICIES.def])], |event, draft| {
        delete_inline(event, draft, named(event, &USER, "userName")?, &user::POLICIES)
    }),
    event("AttachUserPolicy", &[does(Verb::Patches, &USER, &[&user::ATTACHED_POLICIES.def])], |event, draft| {
        attach(event, draft, named(event, &USER, "userName")?, &user::ATTACHED_POLICIES)
    }),
    event("DetachUserPolicy", &[does(Verb::Patches, &USER, &[&user::ATTACHED_POLICIES.def])], |event, draft| {
        detach(event, draft, named(event, &USER, "userName")?, &user::ATTACHED_POLICIES)
    }),
    event(
        "PutUserPermissionsBoundary",
        &[does(Verb::Sets, &USER, &[&user::PERMISSIONS_BOUNDARY.def])],
        |event, draft| {
            let boundary = event.request.text("permissionsBoundary");
            draft.on(named(event, &USER, "userName")?).set_if(&user::PERMISSIONS_BOUNDARY, boundary);
            Ok(())
        },
    ),
    event(
        "DeleteUserPermissionsBoundary",
        &[does(Verb::Sets, &USER, &[&user::PERMISSIONS_BOUNDARY.def])],
        |event, draft| {
            draft.on(named(event, &USER, "userName")?).clear(&user::PERMISSIONS_BOUNDARY);
            Ok(())
        },
    ),
    event("AddUserToGroup", &[does(Verb::Patches, &USER, &[&user::GROUPS.def])], |event, draft| {
        let group = text(event.request, "groupName", "requestParameters.groupName")?;
        draft.on(named(event, &USER, "userName")?).put(&user::GROUPS, group, group);
        Ok(())
    }),
    event("RemoveUserFromGroup", &[does(Verb::Patches, &USER, &[&user::GROUPS.def])], |event, draft| {
        let group = text(event.request, "groupName", "requestParameters.groupName")?;
        draft.on(named(event, &USER, "userName")?).remove(&user::GROUPS, group);
        Ok(())
    }),
    // Managed policies.
    event("CreatePolicy", &[does(Verb::Creates, &MANAGED_POLICY, &[])], |event, draft| {
        let created = event.response.at(&["policy"]);
        let id = match created.text("arn") {
            Some(arn) => policy_of(event, arn).ok_or(Unplaced { missing: "responseElements.policy.arn" })?,
            None => {
                let name = text(event.request, "policyName", "requestParameters.policyName")?;
                let path = event.request.text("path").unwrap_or("/");
                event.resource(&MANAGED_POLICY, &format!("{}{name}", path.trim_start_matches('/')))
            }
        };
        let version = created.text("defaultVersionId").unwrap_or("v1");
        let stated = Stated::new().value(&policy::DEFAULT_VERSION, version);
        let stated = match document(event.request) {
            Some(document) => stated.value(&policy::VERSIONS, keyed([(version.into(), document)])),
            None => stated,
        };
        draft.on(id).create(Birth::Certain, stated);
        Ok(())
    }),
    event("DeletePolicy", &[does(Verb::Deletes, &MANAGED_POLICY, &[])], |event, draft| {
        draft.on(managed_policy(event)?).delete();
        Ok(())
    }),
    event(
        "CreatePolicyVersion",
        &[
            does(Verb::Patches, &MANAGED_POLICY, &[&policy::VERSIONS.def]),
            does(Verb::Sets, &MANAGED_POLICY, &[&policy::DEFAULT_VERSION.def]),
        ],
        |event, draft| {
            let mut on = draft.on(managed_policy(event)?);
            let created = event.response.at(&["policyVersion"]);
            let is_default = created.flag("isDefaultVersion").or_else(|| event.request.flag("setAsDefault"));
            let Some(version) = created.text("versionId") else {
                on.stale(&policy::VERSIONS, Why::Touched);
                if is_default == Some(true) {
                    on.stale(&policy::DEFAULT_VERSION, Why::Touched);
                }
                return Ok(());
            };
            on.put(&policy::VERSIONS, version, document(event.request).unwrap_or_default());
            if is_default == Some(true) {
                on.set(&policy::DEFAULT_VERSION, version);
            }
            Ok(())
        },
    ),
    event("DeletePolicyVersion", &[does(Verb::Patches, &MANAGED_POLICY, &[&policy::VERSIONS.def])], |event, draft| {
        let version = text(event.request, "versionId", "requestParameters.versionId")?;
        draft.on(managed_policy(event)?).remove(&policy::VERSIONS, version);
        Ok(())
    }),
    event(
        "SetDefaultPolicyVersion",
        &[does(Verb::Sets, &MANAGED_POLICY, &[&policy::DEFAULT_VERSION.def])],
        |event, draft| {
            let version = text(event.request, "versionId", "requestParameters.versionId")?;
            draft.on(managed_policy(event)?).set(&policy::DEFAULT_VERSION, version);
            Ok(())
        },
    ),
    // Access keys.
    event(
        "CreateAccessKey",
        &[
            does(Verb::Patches, &USER, &[&user::ACCESS_KEYS.def, &user::ACCESS_KEYS_CREATED.def]),
            does(Verb::Patches, &ACCOUNT, &[&account::ROOT_ACCESS_KEYS.def]),
        ],
        |event, draft| {
            let created = event.response.at(&["accessKey"]);
            let key = text(created, "accessKeyId", "responseElements.accessKey.accessKeyId")?;
            let entry = status_entry(created.text("status").unwrap_or("Active"));
            match holder(event)? {
                Holder::Root(root) => draft.on(root).put(&account::ROOT_ACCESS_KEYS, key, entry),
                Holder::User(id) => draft.on(id).put(&user::ACCESS_KEYS, key, entry).put(
                    &user::ACCESS_KEYS_CREATED,
                    key,
                    event.time.to_string(),
                ),
            };
            Ok(())
        },
    ),
    event(
        "UpdateAccessKey",
        &[
            does(Verb::Patches, &USER, &[&user::ACCESS_KEYS.def]),
            does(Verb::Patches, &ACCOUNT, &[&account::ROOT_ACCESS_KEYS.def]),
        ],
        |event, draft| {
            let key = text(event.request, "accessKeyId", "requestParameters.accessKeyId")?;
            let entry = status_entry(text(event.request, "status", "requestParameters.status")?);
            match holder(event)? {
                Holder::Root(root) => draft.on(root).put(&account::ROOT_ACCESS_KEYS, key, entry),
                Holder::User(id) => draft.on(id).put(&user::ACCESS_KEYS, key, entry),
            };
            Ok(())
        },
    ),
    event(
        "DeleteAccessKey",
        &[
            does(Verb::Patches, &USER, &[&user::ACCESS_KEYS.def, &user::ACCESS_KEYS_CREATED.def]),
            does(Verb::Patches, &ACCOUNT, &[&account::ROOT_ACCESS_KEYS.def]),
        ],
        |event, draft| {
            let key = text(event.request, "accessKeyId", "requestParameters.accessKeyId")?;
            match holder(event)? {
                Holder::Root(root) => {
                    draft.on(root).remove(&account::ROOT_ACCESS_KEYS, key);
                }
                Holder::User(id) => {
                    draft.on(id).remove(&user::ACCESS_KEYS, key).remove(&user::ACCESS_KEYS_CREATED, key);
                }
            }
            Ok(())
        },
    ),
    // Credentials for single services; only users can have them.
    event(
        "CreateServiceSpecificCredential",
        &[does(Verb::Patches, &USER, &[&user::SERVICE_CREDENTIALS.def])],
        |event, draft| {
            let created = event.response.at(&["serviceSpecificCredential"]);
            let key = text(
                created,
                "serviceSpecificCredentialId",
                "responseElements.serviceSpecificCredential.serviceSpecificCredentialId",
            )?;
            put_service_credential(event, draft, key, created.text("status").unwrap_or("Active"))
        },
    ),
    event(
        "UpdateServiceSpecificCredential",
        &[does(Verb::Patches, &USER, &[&user::SERVICE_CREDENTIALS.def])],
        |event, draft| {
            let status = text(event.request, "status", "requestParameters.status")?;
            put_service_credential(event, draft, service_credential(event)?, status)
        },
    ),
    event(
        "DeleteServiceSpecificCredential",
        &[does(Verb::Patches, &USER, &[&user::SERVICE_CREDENTIALS.def])],
        |event, draft| {
            if let Holder::User(id) = holder(event)? {
                draft.on(id).remove(&user::SERVICE_CREDENTIALS, service_credential(event)?);
            }
            Ok(())
        },
    ),
    // Passwords.
    event("CreateLoginProfile", PASSWORD_IS_SET, password_is_set),
    event("UpdateLoginProfile", PASSWORD_IS_SET, password_is_set),
    event("ChangePassword", PASSWORD_IS_SET, password_is_set),
    event(
        "DeleteLoginProfile",
        &[
            does(Verb::Sets, &USER, &[&user::LOGIN_PROFILE.def]),
            does(Verb::Sets, &ACCOUNT, &[&account::ROOT_PASSWORD.def]),
        ],
        |event, draft| {
            match holder(event)? {
                Holder::Root(root) => draft.on(root).set(&account::ROOT_PASSWORD, false),
                Holder::User(id) => draft.on(id).clear(&user::LOGIN_PROFILE),
            };
            Ok(())
        },
    ),
    event(
        "UpdateAccountPasswordPolicy",
        &[does(Verb::Sets, &ACCOUNT, &[&account::PASSWORD_POLICY.def])],
        |event, draft| {
            // What the call leaves out goes back to the API's own default.
            let stated = event.request.cloudformation().unwrap_or_else(|| Value::map([]));
            draft.on(event.account_resource()).set(&account::PASSWORD_POLICY, stated);
            Ok(())
        },
    ),
    event(
        "DeleteAccountPasswordPolicy",
        &[does(Verb::Sets, &ACCOUNT, &[&account::PASSWORD_POLICY.def])],
        |event, draft| {
            draft.on(event.account_resource()).clear(&account::PASSWORD_POLICY);
            Ok(())
        },
    ),
    // Devices. CreateVirtualMFADevice and DeleteVirtualMFADevice concern devices that nobody uses.
    event("EnableMFADevice", MFA_DEVICES, |event, draft| {
        let serial = text(event.request, "serialNumber", "requestParameters.serialNumber")?;
        match device_holder(event, serial)? {
            Holder::Root(root) => draft.on(root).put(&account::ROOT_MFA_DEVICES, serial, device(serial)),
            Holder::User(id) => draft.on(id).put(&user::MFA_DEVICES, serial, device(serial)),
        };
        Ok(())
    }),
    event("DeactivateMFADevice", MFA_DEVICES, |event, draft| {
        let serial = text(event.request, "serialNumber", "requestParameters.serialNumber")?;
        match device_holder(event, serial)? {
            Holder::Root(root) => draft.on(root).remove(&account::ROOT_MFA_DEVICES, serial),
            Holder::User(id) => draft.on(id).remove(&user::MFA_DEVICES, serial),
        };
        Ok(())
    }),
];

static PASSWORD_IS_SET: &[Does] =
    &[does(Verb::Sets, &USER, &[&user::LOGIN_PROFILE.def]), does(Verb::Sets, &ACCOUNT, &[&account::ROOT_PASSWORD.def])];

static MFA_DEVICES: &[Does] = &[
    does(Verb::Patches, &USER, &[&user::MFA_DEVICES.def]),
    does(Verb::Patches, &ACCOUNT, &[&account::ROOT_MFA_DEVICES.def]),
];

fn text<'a>(body: Body<'a>, name: &str, missing: &'static str) -> Result<&'a str, Unplaced> {
    body.text(name).filter(|text| !text.is_empty()).ok_or(Unplaced { missing })
}

/// The resource that the request names.
fn named(event: &Event<'_>, kind: &'static KindDef, member: &'static str) -> Result<ResourceId, Unplaced> {
    Ok(event.resource(kind, text(event.request, member, member)?))
}

/// The resource that the request names, else the response.
fn created(
    event: &Event<'_>,
    kind: &'static KindDef,
    member: &'static str,
    what: &'static str,
) -> Result<ResourceId, Unplaced> {
    let answered = || text(event.response.at(&[what]), member, member);
    named(event, kind, member).or_else(|_| Ok(event.resource(kind, answered()?)))
}

fn delete(event: &Event<'_>, draft: &mut Draft, kind: &'static KindDef, member: &'static str) -> Result<(), Unplaced> {
    draft.on(named(event, kind, member)?).delete();
    Ok(())
}

/// Names are identities, so a rename ends one life; of the other nothing is known.
fn rename(
    event: &Event<'_>,
    draft: &mut Draft,
    kind: &'static KindDef,
    member: &'static str,
    new_member: &'static str,
) -> Result<(), Unplaced> {
    let old = named(event, kind, member)?;
    if let Some(new) = event.request.text(new_member).filter(|new| **new != *old.id) {
        draft.on(old).delete();
        draft.on(event.resource(kind, new)).stale_all(Why::Touched);
    }
    Ok(())
}

/// A policy document of the request. One that is no JSON is kept as it is, so that it counts as not understood.
fn document(request: Body<'_>) -> Option<Value> {
    match request.document("policyDocument") {
        Ok(document) => document,
        Err(BadDocument) => request.at(&["policyDocument"]).to_value(),
    }
}

/// What creating a role states in request and response alike.
fn new_role(event: &Event<'_>) -> Stated {
    let created = event.response.at(&["role"]);
    let trust = match event.request.document("assumeRolePolicyDocument") {
        Ok(None) => created.document("assumeRolePolicyDocument"),
        stated => stated,
    };
    let path = created.text("path").or_else(|| event.request.text("path"));
    Stated::new().value_if(&role::PATH, path).document(&role::TRUST, trust)
}

fn put_inline(event: &Event<'_>, draft: &mut Draft, on: ResourceId, facet: &'static FacetDef) -> Result<(), Unplaced> {
    let name = text(event.request, "policyName", "requestParameters.policyName")?;
    let entry = Value::map([("PolicyName", Some(name.into())), ("PolicyDocument", document(event.request))]);
    draft.on(on).put(facet, name, entry);
    Ok(())
}

fn delete_inline(
    event: &Event<'_>,
    draft: &mut Draft,
    on: ResourceId,
    facet: &'static FacetDef,
) -> Result<(), Unplaced> {
    draft.on(on).remove(facet, text(event.request, "policyName", "requestParameters.policyName")?);
    Ok(())
}

fn attach(event: &Event<'_>, draft: &mut Draft, on: ResourceId, facet: &'static FacetDef) -> Result<(), Unplaced> {
    let arn = text(event.request, "policyArn", "requestParameters.policyArn")?;
    draft.on(on).put(facet, arn, arn);
    Ok(())
}

fn detach(event: &Event<'_>, draft: &mut Draft, on: ResourceId, facet: &'static FacetDef) -> Result<(), Unplaced> {
    draft.on(on).remove(facet, text(event.request, "policyArn", "requestParameters.policyArn")?);
    Ok(())
}

/// The policy that the request names by ARN.
fn managed_policy(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let missing = Unplaced { missing: "requestParameters.policyArn" };
    event.request.text("policyArn").and_then(|arn| policy_of(event, arn)).ok_or(missing)
}

/// The policy with an ARN such as `arn:aws:iam::111122223333:policy/team/Name`.
fn policy_of(event: &Event<'_>, arn: &str) -> Option<ResourceId> {
    let (_, id) = arn.split_once(":policy/")?;
    Some(event.resource_of_arn(&MANAGED_POLICY, arn, id))
}

/// Whose credential a call is about.
enum Holder {
    User(ResourceId),
    /// The root user: the account itself.
    Root(ResourceId),
}

/// The user that the request names, else the caller. What the root user's own calls name in the response (`Root`) or as
/// their user name (the account's alias) is no user.
fn holder(event: &Event<'_>) -> Result<Holder, Unplaced> {
    let identity = &event.record.user_identity;
    let missing = Unplaced { missing: "requestParameters.userName" };
    let name = match event.request.text("userName") {
        Some(name) => name,
        None if event.record.by_root() => return Ok(Holder::Root(event.account_resource())),
        None if identity.kind.as_deref() == Some("IAMUser") => identity.user_name.as_deref().ok_or(missing)?,
        None => return Err(missing),
    };
    Ok(Holder::User(event.resource(&USER, name)))
}

/// Whose device it is. The root user's goes by a fixed serial number, and by a user name that no user can have.
fn device_holder(event: &Event<'_>, serial: &str) -> Result<Holder, Unplaced> {
    let of_root = serial.ends_with(":mfa/root-account-mfa-device")
        || serial.contains(":u2f/root")
        || event.request.text("userName") == Some("AWS ROOT USER");
    if of_root { Ok(Holder::Root(event.account_resource())) } else { holder(event) }
}

/// A device of the second factor as an entry.
#[must_use]
pub fn device(serial: &str) -> Value {
    Value::map([("SerialNumber", Some(serial.into()))])
}

/// An access key as an entry.
#[must_use]
pub fn status_entry(status: &str) -> Value {
    Value::map([("Status", Some(status.into()))])
}

fn service_credential<'a>(event: &Event<'a>) -> Result<&'a str, Unplaced> {
    text(event.request, "serviceSpecificCredentialId", "requestParameters.serviceSpecificCredentialId")
}

fn put_service_credential(event: &Event<'_>, draft: &mut Draft, key: &str, status: &str) -> Result<(), Unplaced> {
    let service = event.request.text("serviceName");
    let entry = Value::map([("Status", Some(status.into())), ("ServiceName", service.map(Value::from))]);
    if let Holder::User(id) = holder(event)? {
        draft.on(id).put(&user::SERVICE_CREDENTIALS, key, entry);
    }
    Ok(())
}

/// A password was given or changed. Whether `UpdateLoginProfile` did more than ask for a new one is hidden; it counts as
/// the time from which the password is used.
fn password_is_set(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let since = Value::map([("CreateDate", Some(event.time.to_string().into()))]);
    match holder(event)? {
        Holder::Root(root) => draft.on(root).set(&account::ROOT_PASSWORD, true),
        Holder::User(id) => draft.on(id).set(&user::LOGIN_PROFILE, since),
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::spec;
    use super::super::testing::{attack, change, corpora, told};

    /// What an IAM call with these members means.
    fn iam(name: &str, members: &str) -> Vec<String> {
        let comma = if members.is_empty() { "" } else { "," };
        told(&format!(
            r#"{{"eventSource":"iam.amazonaws.com","awsRegion":"us-east-1","eventName":"{name}"{comma}{members}}}"#
        ))
    }

    const ROOT: &str = r#""userIdentity":{"type":"Root","principalId":"111122223333","accountId":"111122223333",
        "arn":"arn:aws:iam::111122223333:root","userName":"acme-alias"}"#;

    #[test]
    fn a_role_is_born_with_its_path_trust_and_boundary() {
        let members = r#""requestParameters":{"roleName":"deploy","path":"/ci/",
            "assumeRolePolicyDocument":"{\"Statement\":[]}","permissionsBoundary":"arn:aws:iam::aws:policy/ReadOnlyAccess"},
            "responseElements":{"role":{"roleName":"deploy","path":"/ci/","arn":"arn:aws:iam::111122223333:role/ci/deploy",
            "assumeRolePolicyDocument":"%7B%22Statement%22%3A%5B%5D%7D"}}"#;
        let expected = [
            "Role deploy create Certain",
            r#"Role deploy   Path "/ci/""#,
            r#"Role deploy   AssumeRolePolicyDocument {"Statement":[]}"#,
            r#"Role deploy   PermissionsBoundary "arn:aws:iam::aws:policy/ReadOnlyAccess""#,
        ];
        assert_eq!(iam("CreateRole", members), expected);
        // The response's document is URL-encoded.
        let without = members.replace(r#""assumeRolePolicyDocument":"{\"Statement\":[]}","#, "");
        assert_eq!(iam("CreateRole", &without), expected);
    }

    #[test]
    fn a_document_too_large_to_log_leaves_a_resource_of_which_nothing_is_known() {
        // White space does not count towards IAM's limits, so a document can be padded beyond CloudTrail's.
        let omitted =
            r#""requestParameters":{"omitted":true,"originalSize":149893,"reason":"requestParameters too large"}"#;
        let arn = r#""responseElements":{"policy":{"arn":"arn:aws:iam::111122223333:policy/team/read","defaultVersionId":"v1"}}"#;
        assert_eq!(
            iam("CreatePolicy", &format!("{omitted},{arn}")),
            [
                "ManagedPolicy team/read create Certain",
                r#"ManagedPolicy team/read   DefaultVersionId "v1""#,
                "ManagedPolicy team/read stale * omitted",
            ]
        );
        assert_eq!(iam("PutRolePolicy", omitted), ["nothing: omitted"]);
    }

    #[test]
    fn a_service_makes_its_own_role() {
        assert_eq!(
            iam(
                "CreateServiceLinkedRole",
                r#""requestParameters":{"aWSServiceName":"autoscaling.amazonaws.com"},"responseElements":{"role":{
                "roleName":"AWSServiceRoleForAutoScaling","path":"/aws-service-role/autoscaling.amazonaws.com/",
                "assumeRolePolicyDocument":"%7B%22Statement%22%3A%5B%5D%7D"}}"#,
            ),
            [
                "Role AWSServiceRoleForAutoScaling create Certain",
                r#"Role AWSServiceRoleForAutoScaling   Path "/aws-service-role/autoscaling.amazonaws.com/""#,
                r#"Role AWSServiceRoleForAutoScaling   AssumeRolePolicyDocument {"Statement":[]}"#,
                "Role AWSServiceRoleForAutoScaling   ManagedPolicyArns Unread(Touched)",
            ]
        );
    }

    #[test]
    fn documents_attachments_and_boundaries_of_roles_users_and_groups() {
        for (what, kind, member, boundary) in [
            ("Role", "Role", "roleName", true),
            ("User", "User", "userName", true),
            ("Group", "Group", "groupName", false),
        ] {
            let call = |verb: &str, noun: &str, rest: &str| {
                iam(&format!("{verb}{what}{noun}"), &format!(r#""requestParameters":{{"{member}":"x"{rest}}}"#))
            };
            let inline = r#","policyName":"p","policyDocument":"{\"Version\":\"2012-10-17\"}""#;
            let arn = r#","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess""#;
            assert_eq!(
                call("Put", "Policy", inline),
                [format!(
                    r#"{kind} x put Policies p {{"PolicyDocument":{{"Version":"2012-10-17"}},"PolicyName":"p"}}"#
                )]
            );
            assert_eq!(call("Delete", "Policy", r#","policyName":"p""#), [format!("{kind} x remove Policies p")]);
            assert_eq!(
                call("Attach", "Policy", arn),
                [format!(
                    r#"{kind} x put ManagedPolicyArns arn:aws:iam::aws:policy/AdministratorAccess "arn:aws:iam::aws:policy/AdministratorAccess""#
                )]
            );
            assert_eq!(
                call("Detach", "Policy", arn),
                [format!("{kind} x remove ManagedPolicyArns arn:aws:iam::aws:policy/AdministratorAccess")]
            );
            assert_eq!(call("Delete", "", ""), [format!("{kind} x delete")]);
            if boundary {
                assert_eq!(
                    call("Put", "PermissionsBoundary", r#","permissionsBoundary":"arn:b""#),
                    [format!(r#"{kind} x set PermissionsBoundary "arn:b""#)]
                );
                assert_eq!(call("Delete", "PermissionsBoundary", ""), [format!("{kind} x clear PermissionsBoundary")]);
            }
        }
    }

    #[test]
    fn trust_is_set_and_a_document_that_is_no_json_is_not_understood() {
        let call = |document: &str| {
            iam(
                "UpdateAssumeRolePolicy",
                &format!(r#""requestParameters":{{"roleName":"r","policyDocument":{document}}}"#),
            )
        };
        assert_eq!(call(r#""{\"Statement\":[]}""#), [r#"Role r set AssumeRolePolicyDocument {"Statement":[]}"#]);
        assert_eq!(call(r#""nonsense""#), ["Role r stale AssumeRolePolicyDocument not_understood"]);
        assert_eq!(
            iam(
                "PutRolePolicy",
                r#""requestParameters":{"roleName":"r","policyName":"p","policyDocument":"nonsense"}"#
            ),
            [r#"Role r put Policies p {"PolicyDocument":"nonsense","PolicyName":"p"}"#]
        );
    }

    #[test]
    fn a_managed_policy_goes_by_path_and_name_and_keeps_its_versions_apart() {
        // CloudTrail shows the ARN in the response only.
        let create =
            r#""requestParameters":{"policyName":"read","path":"/team/","policyDocument":"{\"Statement\":[]}"}"#;
        let response = r#","responseElements":{"policy":{"arn":"arn:aws:iam::111122223333:policy/team/read",
            "defaultVersionId":"v1","path":"/team/"}}"#;
        let born = [
            "ManagedPolicy team/read create Certain",
            r#"ManagedPolicy team/read   DefaultVersionId "v1""#,
            r#"ManagedPolicy team/read   PolicyVersions {"v1":{"Statement":[]}}"#,
        ];
        assert_eq!(iam("CreatePolicy", &format!("{create}{response}")), born);
        assert_eq!(iam("CreatePolicy", create), born);

        let arn = r#""policyArn":"arn:aws:iam::111122223333:policy/team/read""#;
        let version = format!(
            r#""requestParameters":{{{arn},"policyDocument":"{{\"Statement\":[1]}}","setAsDefault":true}},
            "responseElements":{{"policyVersion":{{"versionId":"v2","isDefaultVersion":true}}}}"#
        );
        let added = r#"ManagedPolicy team/read put PolicyVersions v2 {"Statement":[1]}"#;
        assert_eq!(
            iam("CreatePolicyVersion", &version),
            [added, r#"ManagedPolicy team/read set DefaultVersionId "v2""#]
        );
        assert_eq!(iam("CreatePolicyVersion", &version.replace("true", "false")), [added]);
        assert_eq!(
            iam("CreatePolicyVersion", &format!(r#""requestParameters":{{{arn},"setAsDefault":true}}"#)),
            [
                "ManagedPolicy team/read stale PolicyVersions touched",
                "ManagedPolicy team/read stale DefaultVersionId touched"
            ]
        );
        assert_eq!(
            iam("SetDefaultPolicyVersion", &format!(r#""requestParameters":{{{arn},"versionId":"v1"}}"#)),
            [r#"ManagedPolicy team/read set DefaultVersionId "v1""#]
        );
        assert_eq!(
            iam("DeletePolicyVersion", &format!(r#""requestParameters":{{{arn},"versionId":"v1"}}"#)),
            ["ManagedPolicy team/read remove PolicyVersions v1"]
        );
        assert_eq!(
            iam("DeletePolicy", &format!(r#""requestParameters":{{{arn}}}"#)),
            ["ManagedPolicy team/read delete"]
        );
    }

    #[test]
    fn access_keys_belong_to_the_user_named_else_to_the_caller() {
        let response = |name: &str| {
            format!(
                r#""responseElements":{{"accessKey":{{"accessKeyId":"AKIA1","createDate":"Nov 1, 2020 8:30:20 AM",
                "status":"Active","userName":"{name}"}}}}"#
            )
        };
        let of = |user: &str| {
            vec![
                format!(r#"User {user} put AccessKeys AKIA1 {{"Status":"Active"}}"#),
                format!(r#"User {user} put AccessKeysCreated AKIA1 "2026-03-01T10:20:30Z""#),
            ]
        };
        let named = format!(r#""requestParameters":{{"userName":"dave"}},{}"#, response("dave"));
        assert_eq!(iam("CreateAccessKey", &named), of("dave"));
        assert_eq!(iam("CreateAccessKey", &response("carol")), of("carol"));
        // The root user's own key: the response names a user `Root`, the identity the account's alias.
        let root = iam("CreateAccessKey", &format!("{ROOT},{}", response("Root")));
        assert_eq!(root.last().unwrap(), r#"Account self put RootAccessKeys AKIA1 {"Status":"Active"}"#);
        // The root user makes a key for somebody else.
        assert_eq!(iam("CreateAccessKey", &format!("{ROOT},{named}"))[1..], of("dave"));
        // A role has no keys of its own.
        let role = r#""userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/r/s"}"#;
        assert_eq!(
            iam("CreateAccessKey", &format!("{role},{}", response("x"))),
            ["nothing: the record does not name its resource: `requestParameters.userName` is missing"]
        );
    }

    #[test]
    fn access_keys_are_switched_off_and_deleted() {
        let off = r#""requestParameters":{"userName":"dave","accessKeyId":"AKIA1","status":"Inactive"}"#;
        assert_eq!(iam("UpdateAccessKey", off), [r#"User dave put AccessKeys AKIA1 {"Status":"Inactive"}"#]);
        assert_eq!(
            iam("DeleteAccessKey", off),
            ["User dave remove AccessKeys AKIA1", "User dave remove AccessKeysCreated AKIA1"]
        );
        let own = format!(r#"{ROOT},"requestParameters":{{"accessKeyId":"AKIA1","status":"Inactive"}}"#);
        assert_eq!(
            iam("UpdateAccessKey", &own)[1..],
            [r#"Account self put RootAccessKeys AKIA1 {"Status":"Inactive"}"#]
        );
        assert_eq!(iam("DeleteAccessKey", &own)[1..], ["Account self remove RootAccessKeys AKIA1"]);
    }

    #[test]
    fn credentials_for_one_service() {
        // derived: no real record of these calls was found.
        assert_eq!(
            iam(
                "CreateServiceSpecificCredential",
                r#""requestParameters":{"userName":"dave","serviceName":"codecommit.amazonaws.com"},"responseElements":{
                "serviceSpecificCredential":{"serviceSpecificCredentialId":"ACCA1","status":"Active","serviceUserName":"dave-at-1"}}"#,
            ),
            [
                r#"User dave put ServiceSpecificCredentials ACCA1 {"ServiceName":"codecommit.amazonaws.com","Status":"Active"}"#
            ]
        );
        let update = r#""requestParameters":{"serviceSpecificCredentialId":"ACCA1","status":"Inactive"}"#;
        assert_eq!(
            iam("UpdateServiceSpecificCredential", update),
            [r#"User carol put ServiceSpecificCredentials ACCA1 {"Status":"Inactive"}"#]
        );
        assert_eq!(
            iam("DeleteServiceSpecificCredential", update),
            ["User carol remove ServiceSpecificCredentials ACCA1"]
        );
    }

    #[test]
    fn passwords_of_users_and_of_the_root_user() {
        let named = r#""requestParameters":{"userName":"dave","passwordResetRequired":false}"#;
        let set = r#"set LoginProfile {"CreateDate":"2026-03-01T10:20:30Z"}"#;
        assert_eq!(iam("CreateLoginProfile", named), [format!("User dave {set}")]);
        assert_eq!(iam("UpdateLoginProfile", named), [format!("User dave {set}")]);
        assert_eq!(iam("ChangePassword", ""), [format!("User carol {set}")]);
        assert_eq!(iam("DeleteLoginProfile", named), ["User dave clear LoginProfile"]);
        // derived: an organisation's management account acts as a member's root user.
        assert_eq!(iam("DeleteLoginProfile", ROOT)[1..], ["Account self set RootPassword false"]);
        assert_eq!(iam("CreateLoginProfile", ROOT)[1..], ["Account self set RootPassword true"]);
    }

    #[test]
    fn the_password_policy_is_what_the_last_call_stated() {
        assert_eq!(
            iam(
                "UpdateAccountPasswordPolicy",
                r#""requestParameters":{"minimumPasswordLength":14,"requireSymbols":true,"passwordReusePrevention":24}"#
            ),
            [
                r#"Account self set PasswordPolicy {"MinimumPasswordLength":14,"PasswordReusePrevention":24,"RequireSymbols":true}"#
            ]
        );
        assert_eq!(iam("UpdateAccountPasswordPolicy", ""), ["Account self set PasswordPolicy {}"]);
        assert_eq!(iam("DeleteAccountPasswordPolicy", ""), ["Account self clear PasswordPolicy"]);
    }

    #[test]
    fn devices_of_users_and_of_the_root_user() {
        let own = r#""requestParameters":{"userName":"dave","serialNumber":"arn:aws:iam::111122223333:mfa/phone"}"#;
        assert_eq!(
            iam("EnableMFADevice", own),
            [
                r#"User dave put MFADevices arn:aws:iam::111122223333:mfa/phone {"SerialNumber":"arn:aws:iam::111122223333:mfa/phone"}"#
            ]
        );
        assert_eq!(
            iam("DeactivateMFADevice", own),
            ["User dave remove MFADevices arn:aws:iam::111122223333:mfa/phone"]
        );
        let serial = "arn:aws:iam::111122223333:mfa/root-account-mfa-device";
        let root = format!(r#""requestParameters":{{"userName":"AWS ROOT USER","serialNumber":"{serial}"}}"#);
        assert_eq!(
            iam("EnableMFADevice", &root),
            [format!(r#"Account self put RootMFADevices {serial} {{"SerialNumber":"{serial}"}}"#)]
        );
        assert_eq!(iam("DeactivateMFADevice", &root), [format!("Account self remove RootMFADevices {serial}")]);
    }

    #[test]
    fn groups_and_renames() {
        let members = r#""requestParameters":{"groupName":"admins","userName":"dave"}"#;
        assert_eq!(iam("AddUserToGroup", members), [r#"User dave put Groups admins "admins""#]);
        assert_eq!(iam("RemoveUserFromGroup", members), ["User dave remove Groups admins"]);
        assert_eq!(iam("CreateGroup", members), ["Group admins create Certain"]);
        assert_eq!(iam("CreateUser", members), ["User dave create Certain"]);
        // derived
        let rename = r#""requestParameters":{"userName":"dave","newUserName":"eve"}"#;
        assert_eq!(iam("UpdateUser", rename), ["User dave delete", "User eve stale * touched"]);
        let move_only = r#""requestParameters":{"groupName":"admins","newPath":"/x/"}"#;
        assert_eq!(iam("UpdateGroup", move_only), ["nothing: no_effect"]);
    }

    #[test]
    fn what_failed_or_names_nobody_changes_nothing() {
        assert_eq!(
            iam("AttachRolePolicy", r#""errorCode":"NoSuchEntity","requestParameters":{"roleName":"r"}"#),
            ["nothing: failed"]
        );
        assert_eq!(
            iam("AttachRolePolicy", r#""requestParameters":{"roleName":"r"}"#),
            ["nothing: the record does not name its resource: `requestParameters.policyArn` is missing"]
        );
        let id = |arn: &str| {
            let change = change(&format!(
                r#"{{"eventSource":"iam.amazonaws.com","awsRegion":"us-east-1","eventName":"DeletePolicy",
                "requestParameters":{{"policyArn":"{arn}"}}}}"#
            ));
            match &change.unwrap().effects[0].target {
                trailhound_model::Target::Resource(id) => id.arn().unwrap(),
                trailhound_model::Target::Alias(alias) => panic!("{alias}"),
            }
        };
        let arn = "arn:aws:iam::111122223333:policy/team/read";
        assert_eq!(id(arn), arn);
    }

    #[test]
    fn every_call_of_a_real_attack_is_placed() {
        let Some(calls) = attack("iam.amazonaws.com") else { return };
        let meant: Vec<_> = calls.iter().filter(|(_, lines)| !lines[0].starts_with("nothing: failed")).collect();
        assert_eq!((calls.len(), meant.len()), (73, 70));
        for (name, lines) in &meant {
            assert!(!lines[0].starts_with("nothing"), "{name}: {lines:?}");
        }
        let count =
            |prefix: &str| meant.iter().flat_map(|(_, lines)| lines).filter(|line| line.starts_with(prefix)).count();
        assert_eq!(count("Role stratus-red-team-backdoor-r-role@"), 8);
        assert_eq!(count("User malicious-iam-user@123837392027/global put AccessKeys "), 1);
        assert_eq!(count("ManagedPolicy stratus-red-team-ec2lui-policy-wuzemnoeqa@"), 4);
    }
    /// The members' names as CloudTrail writes them: the first letter in lower case.
    fn as_logged(value: serde_json::Value) -> serde_json::Value {
        match value {
            serde_json::Value::Object(members) => members
                .into_iter()
                .map(|(mut name, value)| {
                    name.get_mut(..1).unwrap().make_ascii_lowercase();
                    (name, as_logged(value))
                })
                .collect(),
            serde_json::Value::Array(list) => list.into_iter().map(as_logged).collect(),
            other => other,
        }
    }

    #[test]
    fn the_calls_in_awss_own_examples_are_placed() {
        // derived: the examples show the API's request and response, not a record.
        #[derive(serde::Deserialize)]
        struct Example {
            service: String,
            operation: String,
            input: serde_json::Value,
            output: serde_json::Value,
        }
        let Some(corpora) = corpora() else { return };
        let examples = std::fs::read_to_string(corpora.join("api-examples/botocore_examples.jsonl")).unwrap();
        let mut placed = 0;
        for line in examples.lines() {
            let Example { service, operation, input, output } = serde_json::from_str(line).unwrap();
            if service != "iam" || spec("iam.amazonaws.com", &operation).is_none() {
                continue;
            }
            let (request, response) = (as_logged(input), as_logged(output));
            let lines = iam(&operation, &format!(r#""requestParameters":{request},"responseElements":{response}"#));
            assert!(!lines[0].starts_with("nothing"), "{operation}: {lines:?}");
            placed += 1;
        }
        assert_eq!(placed, 28);
    }
}

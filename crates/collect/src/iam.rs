//! IAM: roles, users, groups, managed policies, and what the account has of its own.

use trailhound_model::kinds::account::{self, ACCOUNT};
use trailhound_model::kinds::iam::{GROUP, MANAGED_POLICY, ROLE, USER, group, policy, role, user};
use trailhound_model::{Map, Second, State, Text, Value, Why};
use trailhound_trail::interpret::Body;
use trailhound_trail::interpret::iam::{device, status_entry};

use crate::client::{Call, Endpoint, Error, Protocol, Service};
use crate::read::{KindReads, Read, Reader, document, each, entries, needed, stated, told};

static IAM: Service = Service::new("iam", Protocol::Query("2010-05-08")).endpoint(Endpoint::Global).limited(10.0, 8);

/// A call about what the reading is about: if IAM does not know it, it is gone.
const fn about(name: &'static str, action: &'static str) -> Call {
    Call::new(&IAM, name, action).gone(&[("NoSuchEntity", "")])
}

/// As [`about`], with a list for an answer.
const fn list(name: &'static str, action: &'static str) -> Call {
    about(name, action).truncated("Marker", "Marker", "IsTruncated")
}

static GET_ROLE: Call = about("GetRole", "iam:GetRole");
static LIST_ROLE_POLICIES: Call = list("ListRolePolicies", "iam:ListRolePolicies");
static GET_ROLE_POLICY: Call = Call::new(&IAM, "GetRolePolicy", "iam:GetRolePolicy");
static LIST_ATTACHED_ROLE_POLICIES: Call = list("ListAttachedRolePolicies", "iam:ListAttachedRolePolicies");
static GET_USER: Call = about("GetUser", "iam:GetUser");
static LIST_USER_POLICIES: Call = list("ListUserPolicies", "iam:ListUserPolicies");
static GET_USER_POLICY: Call = Call::new(&IAM, "GetUserPolicy", "iam:GetUserPolicy");
static LIST_ATTACHED_USER_POLICIES: Call = list("ListAttachedUserPolicies", "iam:ListAttachedUserPolicies");
static LIST_GROUPS_FOR_USER: Call = list("ListGroupsForUser", "iam:ListGroupsForUser");
// One code says that there is no password and that there is no user.
static GET_LOGIN_PROFILE: Call =
    about("GetLoginProfile", "iam:GetLoginProfile").absent(&[("NoSuchEntity", "login profile")]);
static LIST_MFA_DEVICES: Call = list("ListMFADevices", "iam:ListMFADevices");
static LIST_ACCESS_KEYS: Call = list("ListAccessKeys", "iam:ListAccessKeys");
static GET_ACCESS_KEY_LAST_USED: Call = Call::new(&IAM, "GetAccessKeyLastUsed", "iam:GetAccessKeyLastUsed");
static LIST_SERVICE_CREDENTIALS: Call = list("ListServiceSpecificCredentials", "iam:ListServiceSpecificCredentials");
static LIST_GROUP_POLICIES: Call = list("ListGroupPolicies", "iam:ListGroupPolicies");
static GET_GROUP_POLICY: Call = Call::new(&IAM, "GetGroupPolicy", "iam:GetGroupPolicy");
static LIST_ATTACHED_GROUP_POLICIES: Call = list("ListAttachedGroupPolicies", "iam:ListAttachedGroupPolicies");
static GET_POLICY: Call = about("GetPolicy", "iam:GetPolicy");
static LIST_POLICY_VERSIONS: Call = list("ListPolicyVersions", "iam:ListPolicyVersions");
static GET_POLICY_VERSION: Call = Call::new(&IAM, "GetPolicyVersion", "iam:GetPolicyVersion");
static GET_PASSWORD_POLICY: Call =
    Call::new(&IAM, "GetAccountPasswordPolicy", "iam:GetAccountPasswordPolicy").absent(&[("NoSuchEntity", "")]);
static GET_SUMMARY: Call = Call::new(&IAM, "GetAccountSummary", "iam:GetAccountSummary");

pub(crate) static READS: &[KindReads] = &[
    KindReads {
        kind: &ROLE,
        reads: &[
            Read {
                facets: &[&role::PATH.def, &role::TRUST.def, &role::PERMISSIONS_BOUNDARY.def],
                calls: &[&GET_ROLE],
                run: |reader| {
                    Box::pin(async move {
                        let answer = reader.ask(&GET_ROLE, [("RoleName", reader.id().into())]).await?;
                        let role = answer.body().at(&["Role"]);
                        Ok(vec![
                            (&role::PATH.def, State::Known(needed(role.text("Path"))?.into())),
                            (&role::TRUST.def, document(role, "AssumeRolePolicyDocument")),
                            (&role::PERMISSIONS_BOUNDARY.def, boundary(role)),
                        ])
                    })
                },
            },
            Read {
                facets: &[&role::POLICIES.def],
                calls: &[&LIST_ROLE_POLICIES, &GET_ROLE_POLICY],
                run: |reader| {
                    Box::pin(async move {
                        let all = inline(reader, "RoleName", &LIST_ROLE_POLICIES, &GET_ROLE_POLICY).await?;
                        Ok(vec![(&role::POLICIES.def, all)])
                    })
                },
            },
            Read {
                facets: &[&role::ATTACHED_POLICIES.def],
                calls: &[&LIST_ATTACHED_ROLE_POLICIES],
                run: |reader| {
                    Box::pin(async move {
                        let all = attached(reader, "RoleName", &LIST_ATTACHED_ROLE_POLICIES).await?;
                        Ok(vec![(&role::ATTACHED_POLICIES.def, all)])
                    })
                },
            },
        ],
    },
    KindReads {
        kind: &GROUP,
        reads: &[
            Read {
                facets: &[&group::POLICIES.def],
                calls: &[&LIST_GROUP_POLICIES, &GET_GROUP_POLICY],
                run: |reader| {
                    Box::pin(async move {
                        let all = inline(reader, "GroupName", &LIST_GROUP_POLICIES, &GET_GROUP_POLICY).await?;
                        Ok(vec![(&group::POLICIES.def, all)])
                    })
                },
            },
            Read {
                facets: &[&group::ATTACHED_POLICIES.def],
                calls: &[&LIST_ATTACHED_GROUP_POLICIES],
                run: |reader| {
                    Box::pin(async move {
                        let all = attached(reader, "GroupName", &LIST_ATTACHED_GROUP_POLICIES).await?;
                        Ok(vec![(&group::ATTACHED_POLICIES.def, all)])
                    })
                },
            },
        ],
    },
    KindReads {
        kind: &USER,
        reads: &[
            Read {
                facets: &[&user::PERMISSIONS_BOUNDARY.def, &user::PASSWORD_LAST_USED.def],
                calls: &[&GET_USER],
                run: |reader| {
                    Box::pin(async move {
                        let answer = reader.ask(&GET_USER, [of_user(reader)]).await?;
                        let user = answer.body().at(&["User"]);
                        Ok(vec![
                            (&user::PERMISSIONS_BOUNDARY.def, boundary(user)),
                            (&user::PASSWORD_LAST_USED.def, stated(time(user, "PasswordLastUsed")?)),
                        ])
                    })
                },
            },
            Read {
                facets: &[&user::POLICIES.def],
                calls: &[&LIST_USER_POLICIES, &GET_USER_POLICY],
                run: |reader| {
                    Box::pin(async move {
                        let all = inline(reader, "UserName", &LIST_USER_POLICIES, &GET_USER_POLICY).await?;
                        Ok(vec![(&user::POLICIES.def, all)])
                    })
                },
            },
            Read {
                facets: &[&user::ATTACHED_POLICIES.def],
                calls: &[&LIST_ATTACHED_USER_POLICIES],
                run: |reader| {
                    Box::pin(async move {
                        let all = attached(reader, "UserName", &LIST_ATTACHED_USER_POLICIES).await?;
                        Ok(vec![(&user::ATTACHED_POLICIES.def, all)])
                    })
                },
            },
            Read {
                facets: &[&user::GROUPS.def],
                calls: &[&LIST_GROUPS_FOR_USER],
                run: |reader| {
                    Box::pin(async move {
                        let groups = reader.ask(&LIST_GROUPS_FOR_USER, [of_user(reader)]).await?;
                        let names = groups.list(&["Groups"]).map(|group| needed(group.text("GroupName")));
                        let names = names.collect::<Result<Vec<_>, _>>()?.into_iter();
                        Ok(vec![(&user::GROUPS.def, entries(names.map(|name| (name.into(), name.into()))))])
                    })
                },
            },
            Read {
                facets: &[&user::LOGIN_PROFILE.def],
                calls: &[&GET_LOGIN_PROFILE],
                run: |reader| {
                    Box::pin(async move {
                        let answer = reader.ask(&GET_LOGIN_PROFILE, [of_user(reader)]).await?;
                        let created = time(answer.body().at(&["LoginProfile"]), "CreateDate")?;
                        let profile = Value::map([("CreateDate", created.map(Value::from))]);
                        Ok(vec![(&user::LOGIN_PROFILE.def, State::Known(profile))])
                    })
                },
            },
            Read {
                facets: &[&user::MFA_DEVICES.def],
                calls: &[&LIST_MFA_DEVICES],
                run: |reader| {
                    Box::pin(async move {
                        let devices = reader.ask(&LIST_MFA_DEVICES, [of_user(reader)]).await?;
                        let serials = devices.list(&["MFADevices"]).filter_map(|device| device.text("SerialNumber"));
                        let devices = entries(serials.map(|serial| (serial.into(), device(serial))));
                        Ok(vec![(&user::MFA_DEVICES.def, devices)])
                    })
                },
            },
            Read {
                facets: &[&user::ACCESS_KEYS.def, &user::ACCESS_KEYS_CREATED.def],
                calls: &[&LIST_ACCESS_KEYS],
                run: |reader| {
                    Box::pin(async move {
                        let keys = reader.ask(&LIST_ACCESS_KEYS, [of_user(reader)]).await?;
                        let (mut all, mut created) = (Map::new(), Map::new());
                        for key in keys.list(&["AccessKeyMetadata"]) {
                            let id: Text = needed(key.text("AccessKeyId"))?.into();
                            all.insert(id.clone(), status_entry(needed(key.text("Status"))?));
                            if let Some(time) = time(key, "CreateDate")? {
                                created.insert(id, time.into());
                            }
                        }
                        Ok(vec![
                            (&user::ACCESS_KEYS.def, State::Known(all.into())),
                            (&user::ACCESS_KEYS_CREATED.def, State::Known(created.into())),
                        ])
                    })
                },
            },
            Read {
                facets: &[&user::ACCESS_KEYS_LAST_USED.def],
                calls: &[&LIST_ACCESS_KEYS, &GET_ACCESS_KEY_LAST_USED],
                run: |reader| {
                    Box::pin(async move {
                        let keys = reader.ask(&LIST_ACCESS_KEYS, [of_user(reader)]).await?;
                        let keys = keys.list(&["AccessKeyMetadata"]).filter_map(|key| key.text("AccessKeyId"));
                        let used = each(keys.map(str::to_owned), |key| async move {
                            let with = [("AccessKeyId", key.as_str().into())];
                            let answer = reader.ask(&GET_ACCESS_KEY_LAST_USED, with).await?;
                            let used = time(answer.body().at(&["AccessKeyLastUsed"]), "LastUsedDate")?;
                            Ok(used.map(|used| (key.into(), used.into())))
                        });
                        let used = used.await?.into_iter().flatten();
                        Ok(vec![(&user::ACCESS_KEYS_LAST_USED.def, entries(used))])
                    })
                },
            },
            Read {
                facets: &[&user::SERVICE_CREDENTIALS.def],
                calls: &[&LIST_SERVICE_CREDENTIALS],
                run: |reader| {
                    Box::pin(async move {
                        let answer = reader.ask(&LIST_SERVICE_CREDENTIALS, [of_user(reader)]).await?;
                        let credentials = answer.list(&["ServiceSpecificCredentials"]).map(|credential| {
                            let id = needed(credential.text("ServiceSpecificCredentialId"))?;
                            let entry = Value::map([
                                ("Status", Some(needed(credential.text("Status"))?.into())),
                                ("ServiceName", credential.text("ServiceName").map(Value::from)),
                            ]);
                            Ok((id.into(), entry))
                        });
                        let credentials = credentials.collect::<Result<Vec<_>, Error>>()?;
                        Ok(vec![(&user::SERVICE_CREDENTIALS.def, entries(credentials))])
                    })
                },
            },
        ],
    },
    KindReads {
        kind: &MANAGED_POLICY,
        reads: &[
            Read {
                facets: &[&policy::DEFAULT_VERSION.def],
                calls: &[&GET_POLICY],
                run: |reader| {
                    Box::pin(async move {
                        let answer = reader.ask(&GET_POLICY, [of_policy(reader)?]).await?;
                        let version = needed(answer.body().at(&["Policy"]).text("DefaultVersionId"))?;
                        Ok(vec![(&policy::DEFAULT_VERSION.def, State::Known(version.into()))])
                    })
                },
            },
            Read {
                facets: &[&policy::VERSIONS.def],
                calls: &[&LIST_POLICY_VERSIONS, &GET_POLICY_VERSION],
                run: |reader| {
                    Box::pin(async move {
                        let versions = reader.ask(&LIST_POLICY_VERSIONS, [of_policy(reader)?]).await?;
                        let versions = versions.list(&["Versions"]).map(|version| needed(version.text("VersionId")));
                        let versions = versions.map(|version| version.map(str::to_owned));
                        let all = each(versions.collect::<Result<Vec<_>, _>>()?, |version| async move {
                            let with = [of_policy(reader)?, ("VersionId", version.as_str().into())];
                            let answer = reader.ask(&GET_POLICY_VERSION, with).await?;
                            Ok((version.into(), text_of(answer.body().at(&["PolicyVersion"]), "Document")))
                        });
                        Ok(vec![(&policy::VERSIONS.def, entries(all.await?))])
                    })
                },
            },
        ],
    },
    KindReads {
        kind: &ACCOUNT,
        reads: &[
            Read {
                facets: &[&account::PASSWORD_POLICY.def],
                calls: &[&GET_PASSWORD_POLICY],
                run: |reader| {
                    Box::pin(async move {
                        let answer = reader.ask(&GET_PASSWORD_POLICY, []).await?;
                        let policy = needed(answer.body().at(&["PasswordPolicy"]).if_map().to_value())?;
                        let rules = policy.as_map().into_iter().flatten();
                        let rules = rules.map(|(name, rule)| (name.clone(), typed(rule)));
                        Ok(vec![(&account::PASSWORD_POLICY.def, State::Known(rules.collect::<Map>().into()))])
                    })
                },
            },
            Read {
                facets: &[&account::ROOT_ACCESS_KEYS.def, &account::ROOT_MFA_DEVICES.def, &account::ROOT_PASSWORD.def],
                calls: &[&GET_SUMMARY],
                run: |reader| {
                    Box::pin(async move {
                        let answer = reader.ask(&GET_SUMMARY, []).await?;
                        let summary = answer.body().at(&["SummaryMap"]);
                        let keys = needed(summary.int("AccountAccessKeysPresent"))?;
                        let devices = needed(summary.int("AccountMFAEnabled"))?;
                        let password = summary.int("AccountPasswordPresent").map(|present| present > 0);
                        Ok(vec![
                            (&account::ROOT_ACCESS_KEYS.def, some(keys, status_entry("Active"))),
                            (&account::ROOT_MFA_DEVICES.def, some(devices, Value::map([]))),
                            (&account::ROOT_PASSWORD.def, told(password)),
                        ])
                    })
                },
            },
        ],
    },
];

fn of_user(reader: &Reader<'_>) -> (&'static str, Value) {
    ("UserName", reader.id().into())
}

fn of_policy(reader: &Reader<'_>) -> Result<(&'static str, Value), Error> {
    Ok(("PolicyArn", needed(reader.resource.arn())?.into()))
}

fn boundary(owner: Body<'_>) -> State {
    stated(owner.at(&["PermissionsBoundary"]).text("PermissionsBoundaryArn"))
}

/// The inline policies of what `parameter` names.
async fn inline(
    reader: &Reader<'_>,
    parameter: &'static str,
    list: &'static Call,
    get: &'static Call,
) -> Result<State, Error> {
    let names = reader.ask(list, [(parameter, reader.id().into())]).await?.texts(&["PolicyNames"])?;
    let policies = each(names, |name| async move {
        let with = [(parameter, reader.id().into()), ("PolicyName", name.as_str().into())];
        let answer = reader.ask(get, with).await?;
        let document = text_of(answer.body(), "PolicyDocument");
        let entry = Value::map([("PolicyName", Some(name.as_str().into())), ("PolicyDocument", Some(document))]);
        Ok((Text::from(name), entry))
    });
    Ok(entries(policies.await?))
}

/// A document that an entry holds. One that is no JSON is kept as it is, so that it counts as not understood.
fn text_of(body: Body<'_>, name: &str) -> Value {
    match body.document(name) {
        Ok(document) => document.unwrap_or_default(),
        Err(_) => body.at(&[name]).to_value().unwrap_or_default(),
    }
}

/// The attached policies of what `parameter` names.
async fn attached(reader: &Reader<'_>, parameter: &'static str, list: &'static Call) -> Result<State, Error> {
    let answer = reader.ask(list, [(parameter, reader.id().into())]).await?;
    let arns = answer.list(&["AttachedPolicies"]).map(|policy| needed(policy.text("PolicyArn")));
    let arns = arns.collect::<Result<Vec<_>, _>>()?.into_iter();
    Ok(entries(arns.map(|arn| (arn.into(), arn.into()))))
}

/// A time, in the one spelling that is kept.
fn time(body: Body<'_>, name: &str) -> Result<Option<String>, Error> {
    let time = body.text(name).map(Second::parse).transpose();
    Ok(time.map_err(|_| Error::malformed("the answer has a time that is none"))?.map(|time| time.to_string()))
}

/// XML's text as the number or boolean that it spells.
fn typed(value: &Value) -> Value {
    value.as_bool().map(Value::from).or_else(|| value.as_int().map(Value::from)).unwrap_or_else(|| value.clone())
}

/// What the account summary tells of the root user's things: that there are none, or some; not which.
fn some(count: i64, entry: Value) -> State {
    if count == 0 { entries([]) } else { State::Partial(Map::from_iter([("root".into(), entry)]), Why::SeenInPart) }
}

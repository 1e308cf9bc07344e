//! `signin.amazonaws.com`: what a sign-in to the console proves about passwords and devices.
//!
//! A refused sign-in proves nothing and may have no error code: its response says `Failure`.

use trailhound_model::kinds::account::{self, ACCOUNT};
use trailhound_model::kinds::iam::{USER, user};
use trailhound_model::{FacetDef, Value};

use super::activity::put_hour;
use super::draft::{Does, EventSpec, Unplaced, Verb};
use super::{Draft, Event};

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "ConsoleLogin",
        does: &[
            Does {
                verb: Verb::Sets,
                kind: &USER,
                facets: &[&user::LOGIN_PROFILE.def, &user::MFA_DEVICES.def, &user::PASSWORD_LAST_USED.def],
            },
            Does {
                verb: Verb::Patches,
                kind: &USER,
                facets: &[&user::MFA_DEVICES.def, &user::SIGN_INS_WITHOUT_MFA.def],
            },
            Does {
                verb: Verb::Sets,
                kind: &ACCOUNT,
                facets: &[&account::ROOT_MFA_DEVICES.def, &account::ROOT_PASSWORD.def],
            },
            Does {
                verb: Verb::Patches,
                kind: &ACCOUNT,
                facets: &[&account::ROOT_ACTIVITY.def, &account::ROOT_MFA_DEVICES.def],
            },
        ],
        interpret: console_login,
    },
    EventSpec { name: "PasswordRecoveryCompleted", does: ROOT_PASSWORD, interpret: root_password },
    EventSpec { name: "PasswordUpdated", does: ROOT_PASSWORD, interpret: root_password },
];

const ROOT_PASSWORD: &[Does] = &[Does { verb: Verb::Sets, kind: &ACCOUNT, facets: &[&account::ROOT_PASSWORD.def] }];

fn console_login(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let details = event.details;
    // A federated sign-in is vouched for by the identity provider, second factor and all.
    if event.sign_in_failed() || details.text("SamlProviderArn").is_some() {
        return Ok(());
    }
    let mfa_used = details.text("MFAUsed");
    if event.record.by_root() {
        let mut root = draft.on(event.account_resource());
        root.set(&account::ROOT_PASSWORD, true);
        devices(&mut root, &account::ROOT_MFA_DEVICES, mfa_used, details.text("MFAIdentifier"));
    } else if event.record.user_identity.kind.as_deref() == Some("IAMUser") {
        let name = event.record.user_identity.user_name.as_deref();
        let id = event.resource(&USER, name.ok_or(Unplaced { missing: "userIdentity.userName" })?);
        let mut on = draft.on(id);
        // Since when there is a password no longer matters once it is known when it was last used.
        on.set(&user::LOGIN_PROFILE, Value::map([])).set(&user::PASSWORD_LAST_USED, event.time.to_string());
        devices(&mut on, &user::MFA_DEVICES, mfa_used, details.text("MFAIdentifier"));
        if mfa_used == Some("No") {
            put_hour(&mut on, &user::SIGN_INS_WITHOUT_MFA, event.time);
        }
    }
    Ok(())
}

/// AWS asks everyone who has a device for it, so a sign-in without one proves that there is none.
fn devices(on: &mut super::draft::On<'_>, facet: &'static FacetDef, mfa_used: Option<&str>, identifier: Option<&str>) {
    match (mfa_used, identifier) {
        (Some("No"), _) => {
            on.clear(facet);
        }
        (Some("Yes"), Some(serial)) => {
            on.put(facet, serial, Value::map([("SerialNumber", Some(serial.into()))]));
        }
        _ => {}
    }
}

/// Only the root user sets a password through the sign-in service.
fn root_password(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    if event.record.by_root() && !event.sign_in_failed() {
        draft.on(event.account_resource()).set(&account::ROOT_PASSWORD, true);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{attack, told};

    fn sign_in(name: &str, identity: &str, response: &str, details: &str) -> Vec<String> {
        told(&format!(
            r#"{{"eventSource":"signin.amazonaws.com","eventType":"AwsConsoleSignIn","eventName":"{name}",
            "userIdentity":{{{identity}}},"responseElements":{{"{name}":"{response}"}},"additionalEventData":{{{details}}}}}"#
        ))
    }

    const USER: &str = r#""type":"IAMUser","userName":"dave","accountId":"111122223333""#;
    const ROOT: &str = r#""type":"Root","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333""#;
    const ROOT_USED: &str = r#"Account self put RootActivity 2026-03-01T10:00:00Z {"Hour":"2026-03-01T10:00:00Z"}"#;

    #[test]
    fn a_sign_in_with_the_password_alone_proves_that_there_is_no_device() {
        assert_eq!(
            sign_in("ConsoleLogin", USER, "Success", r#""MFAUsed":"No","MobileVersion":"No""#),
            [
                "User dave set LoginProfile {}",
                r#"User dave set PasswordLastUsed "2026-03-01T10:20:30Z""#,
                "User dave clear MFADevices",
                r#"User dave put SignInsWithoutMFA 2026-03-01T10:00:00Z {"Hour":"2026-03-01T10:00:00Z"}"#,
            ]
        );
        assert_eq!(
            sign_in("ConsoleLogin", ROOT, "Success", r#""MFAUsed":"No""#),
            [ROOT_USED, "Account self set RootPassword true", "Account self clear RootMFADevices"]
        );
    }

    #[test]
    fn a_sign_in_with_a_device_names_it() {
        let details = r#""MFAUsed":"Yes","MFAIdentifier":"arn:aws:iam::111122223333:u2f/user/dave/key-A""#;
        assert_eq!(
            sign_in("ConsoleLogin", USER, "Success", details)[2..],
            [
                r#"User dave put MFADevices arn:aws:iam::111122223333:u2f/user/dave/key-A {"SerialNumber":"arn:aws:iam::111122223333:u2f/user/dave/key-A"}"#
            ]
        );
        // Older records say only that there was one.
        assert_eq!(sign_in("ConsoleLogin", USER, "Success", r#""MFAUsed":"Yes""#).len(), 2);
        assert_eq!(
            sign_in("ConsoleLogin", ROOT, "Success", r#""MFAUsed":"Yes""#),
            [ROOT_USED, "Account self set RootPassword true"]
        );
    }

    #[test]
    fn refused_and_federated_sign_ins_prove_nothing() {
        for identity in [USER, ROOT] {
            assert_eq!(
                sign_in("ConsoleLogin", identity, "Failure", r#""MFAUsed":"No""#),
                ["nothing: no_effect"],
                "{identity}"
            );
        }
        let role = r#""type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_1/ada""#;
        for (identity, details) in [
            (role, r#""MFAUsed":"No""#),
            (USER, r#""MFAUsed":"No","SamlProviderArn":"arn:aws:iam::111122223333:saml-provider/idp""#),
        ] {
            assert_eq!(sign_in("ConsoleLogin", identity, "Success", details), ["nothing: no_effect"]);
        }
    }

    #[test]
    fn the_root_user_sets_a_password() {
        for name in ["PasswordUpdated", "PasswordRecoveryCompleted"] {
            let expected = [ROOT_USED, "Account self set RootPassword true"];
            assert_eq!(sign_in(name, ROOT, "Success", ""), expected, "{name}");
            assert_eq!(sign_in(name, ROOT, "Failure", ""), ["nothing: no_effect"], "{name}");
        }
    }
    #[test]
    fn the_sign_ins_of_a_real_attack() {
        let Some(calls) = attack("signin.amazonaws.com") else { return };
        let mut lines: Vec<_> = calls.into_iter().flat_map(|(_, lines)| lines).collect();
        lines.sort_unstable();
        let account = "123837392027";
        let (owner, intruder) = (
            format!("User bert-jan@{account}/global"),
            format!("User stratus-red-team-nmfalu-gfjyeaypjt@{account}/global"),
        );
        let device = format!("arn:aws:iam::{account}:mfa/Mobile");
        assert_eq!(
            lines,
            [
                format!(r#"{owner} put MFADevices {device} {{"SerialNumber":"{device}"}}"#),
                format!("{owner} set LoginProfile {{}}"),
                format!(r#"{owner} set PasswordLastUsed "2023-07-10T12:27:45Z""#),
                format!("{intruder} clear MFADevices"),
                format!(r#"{intruder} put SignInsWithoutMFA 2023-07-10T12:00:00Z {{"Hour":"2023-07-10T12:00:00Z"}}"#),
                format!("{intruder} set LoginProfile {{}}"),
                format!(r#"{intruder} set PasswordLastUsed "2023-07-10T12:23:15Z""#),
            ]
        );
    }
}

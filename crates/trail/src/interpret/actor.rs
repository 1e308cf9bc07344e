//! Who made a call: the human or program behind the identity that CloudTrail records.
//!
//! Session names, source identities and user agents are chosen by callers: hostile text, cut to a length here and escaped
//! by whoever renders it.

use memchr::{memchr_iter, memrchr2};
use trailhound_model::{Actor, Text};

use super::body::is_hidden;
use crate::Record;
use crate::record::UserIdentity;

/// More characters than this tell nobody more. IAM's own names have at most 128.
const MAX: usize = 256;

/// The actor of a record.
#[must_use]
pub(super) fn actor(record: &Record<'_>) -> Actor {
    let identity = &record.user_identity;
    Actor {
        identity: identity.kind.as_deref().filter(|kind| !kind.is_empty()).unwrap_or("Unknown").into(),
        name: text(Some(name(identity))).unwrap_or_else(|| "unknown".into()),
        arn: text(identity.arn.as_deref()),
        account: text(identity.account_id.as_deref()),
        role: text(role(identity)),
        provider: text(provider(identity)),
        invoked_by: text(identity.invoked_by.as_deref()),
        source_ip: text(record.source_ip_address.as_deref()),
        user_agent: text(record.user_agent.as_deref()),
    }
}

/// A text worth showing, cut to [`MAX`] characters.
fn text(value: Option<&str>) -> Option<Text> {
    let value = value.filter(|text| !text.is_empty())?;
    if value.len() <= MAX {
        return Some(value.into());
    }
    let cut = value.char_indices().nth(MAX).and_then(|(end, _)| value.get(..end));
    Some(cut.unwrap_or(value).into())
}

/// The name a reader would use: the person where one can be told, else the program, else the account.
fn name<'a>(identity: &'a UserIdentity<'_>) -> &'a str {
    let session = identity.session_context.as_ref();
    let shown = |text: Option<&'a str>| text.filter(|text| !text.is_empty() && !is_hidden(text));
    let kind = identity.kind.as_deref().unwrap_or_default();
    // Set by the first of a chain of roles and not changed by those that follow, so it tells most.
    if let Some(source) = shown(session.and_then(|session| session.source_identity.as_deref())) {
        return source;
    }
    if kind == "Root" {
        // The user name of the root user is the account's alias.
        return "root";
    }
    let named = match kind {
        "AssumedRole" => role_session(identity),
        // The principal of another account's session is `id:session name`.
        "AWSAccount" => match identity.account_id.as_deref() {
            Some("ANONYMOUS_PRINCIPAL") => Some("anonymous"),
            _ => shown(session_of_principal(identity)).or(shown(identity.principal_id.as_deref())),
        },
        "AWSService" => identity.invoked_by.as_deref(),
        _ => None,
    };
    let on_behalf_of = identity.on_behalf_of.as_ref().and_then(|user| user.user_id.as_deref());
    shown(named)
        .or_else(|| shown(identity.user_name.as_deref()))
        .or_else(|| shown(identity.arn.as_deref().map(last_part)))
        .or_else(|| shown(on_behalf_of))
        .or_else(|| shown(session_of_principal(identity)))
        .or_else(|| shown(identity.invoked_by.as_deref()))
        .or_else(|| shown(identity.principal_id.as_deref()))
        .or_else(|| shown(identity.account_id.as_deref()))
        .unwrap_or_default()
}

/// Who is behind the session of a role.
///
/// - A service's own role (`/aws-service-role/`): the service.
/// - Otherwise the session's name. IAM Identity Center and SAML providers set it to the person's user name, EC2 to the
///   instance, Lambda to the function.
/// - A name that an SDK made up tells nothing: the role.
fn role_session<'a>(identity: &'a UserIdentity<'_>) -> Option<&'a str> {
    let role = role(identity);
    if let Some(rest) = role.and_then(|role| after(role, ":role/aws-service-role/")) {
        return rest.split('/').next();
    }
    let role_name = role.map(last_part);
    let session = sts_parts(identity).map(|(_, session)| session).or_else(|| session_of_principal(identity));
    match session.filter(|name| !name.is_empty()) {
        Some(name) if is_made_up(name) && !role_name.is_some_and(is_identity_center) => role_name.or(Some(name)),
        Some(name) => Some(name),
        None => role_name,
    }
}

/// Whose session it is.
fn role<'a>(identity: &'a UserIdentity<'_>) -> Option<&'a str> {
    if !matches!(identity.kind.as_deref(), Some("AssumedRole" | "FederatedUser")) {
        return None;
    }
    let issuer = identity.session_context.as_ref().and_then(|session| session.session_issuer.as_ref());
    let shown = |text: Option<&'a str>| text.filter(|text| !text.is_empty());
    shown(issuer.and_then(|issuer| issuer.arn.as_deref()))
        .or_else(|| shown(issuer.and_then(|issuer| issuer.user_name.as_deref())))
        .or_else(|| shown(sts_parts(identity).map(|(role, _)| role)))
}

/// The identity provider behind a web identity, a SAML assertion or IAM Identity Center.
fn provider<'a>(identity: &'a UserIdentity<'_>) -> Option<&'a str> {
    let session = identity.session_context.as_ref();
    let federation = session.and_then(|session| session.web_id_federation_data.as_ref());
    federation
        .and_then(|federation| federation.federated_provider.as_deref())
        .or(identity.identity_provider.as_deref())
        .or_else(|| identity.on_behalf_of.as_ref()?.identity_store_arn.as_deref())
}

/// What follows the last slash or colon of an ARN.
fn last_part(arn: &str) -> &str {
    memrchr2(b'/', b':', arn.as_bytes()).and_then(|at| arn.get(at + 1..)).unwrap_or(arn)
}

/// Role and session of `arn:aws:sts::111122223333:assumed-role/ROLE/SESSION`.
fn sts_parts<'a>(identity: &'a UserIdentity<'_>) -> Option<(&'a str, &'a str)> {
    after(identity.arn.as_deref()?, ":assumed-role/")?.split_once('/')
}

/// What follows this part of an ARN, which begins with the only colon in it.
fn after<'a>(arn: &'a str, part: &str) -> Option<&'a str> {
    // An ARN has few colons: to look at each costs less than to prepare a search.
    memchr_iter(b':', arn.as_bytes()).find_map(|at| arn.get(at..)?.strip_prefix(part))
}

/// The session in a principal id such as `AROAEXAMPLE:SESSION`.
fn session_of_principal<'a>(identity: &'a UserIdentity<'_>) -> Option<&'a str> {
    identity.principal_id.as_deref()?.split_once(':').map(|(_, session)| session)
}

/// The role of a permission set: its sessions carry the user name of a person.
fn is_identity_center(role: &str) -> bool {
    role.starts_with("AWSReservedSSO_")
}

/// Session names that SDKs and the command line make up when the caller gives none.
fn is_made_up(session: &str) -> bool {
    const PREFIXES: [&str; 6] =
        ["botocore-session-", "aws-go-sdk-", "aws-sdk-", "AWSCLI-Session", "assume-role-from-profile-", "tempSession"];
    PREFIXES.iter().any(|prefix| session.starts_with(prefix)) || session.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(identity: &str) -> Actor {
        let record = format!(
            r#"{{"eventTime":"2026-03-01T10:20:30Z","eventSource":"s3.amazonaws.com","eventName":"PutBucketAcl",
            "awsRegion":"eu-west-1","userIdentity":{{{identity}}}}}"#
        );
        actor(&Record::parse(record.as_bytes()).unwrap())
    }

    /// A role session as CloudTrail writes it.
    fn session(role: &str, session: &str, more: &str) -> String {
        let name = role.rsplit('/').next().unwrap();
        format!(
            r#""type":"AssumedRole","principalId":"AROAEXAMPLE:{session}","accountId":"111122223333",
            "arn":"arn:aws:sts::111122223333:assumed-role/{name}/{session}","sessionContext":{{"sessionIssuer":{{"type":"Role",
            "principalId":"AROAEXAMPLE","arn":"arn:aws:iam::111122223333:role/{role}","accountId":"111122223333",
            "userName":"{name}"}}{more}}}"#
        )
    }

    #[test]
    fn the_name_is_the_person_or_program_behind_the_identity() {
        let sso = "aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_AdministratorAccess_0123456789abcdef";
        let source = r#","sourceIdentity":"ada@example.com""#;
        let cases = [
            // IAM users, with their own keys or a session token.
            (r#""type":"IAMUser","userName":"ada","arn":"arn:aws:iam::1:user/ops/ada""#.to_owned(), "ada"),
            (r#""type":"IAMUser","arn":"arn:aws:iam::1:user/ops/ada","sessionContext":{"sessionIssuer":{}}"#.into(), "ada"),
            (r#""type":"IAMUser","userName":"HIDDEN_DUE_TO_SECURITY_REASONS","accountId":"1""#.into(), "1"),
            // Roles: Identity Center and SAML name the person, EC2 and Lambda the program.
            (session(sso, "ada@example.com", ""), "ada@example.com"),
            (session(sso, "20260301", ""), "20260301"),
            (session("okta", "ada@example.com", ""), "ada@example.com"),
            (session("web", "i-0317f6c6b66ae9c40", ""), "i-0317f6c6b66ae9c40"),
            (session("stack", "AWSCloudFormation", ""), "AWSCloudFormation"),
            // Names that nobody chose tell less than the role.
            (session("ci/deploy", "botocore-session-1722375070", ""), "deploy"),
            (session("ci/deploy", "aws-go-sdk-1722375070115152000", ""), "deploy"),
            (session("ci/deploy", "1641313043312360000", ""), "deploy"),
            // The source identity outlives every change of role.
            (session("ci/deploy", "botocore-session-1722375070", source), "ada@example.com"),
            (session(sso, "bob@example.com", source), "ada@example.com"),
            // A service's own role is the service.
            (
                session("aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling", "AutoScaling", ""),
                "autoscaling.amazonaws.com",
            ),
            // Records that lack a part.
            (r#""type":"AssumedRole","principalId":"AROAEXAMPLE:ada","arn":"arn:aws:sts::1:assumed-role/x""#.into(), "ada"),
            (r#""type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/AWSReservedSSO_Admin/ada""#.into(), "ada"),
            (r#""type":"AssumedRole","userName":"TestRole""#.into(), "TestRole"),
            (r#""type":"AssumedRole","sessionContext":{"sessionIssuer":{"userName":"deploy"}}"#.into(), "deploy"),
            // The root user's user name is the account's alias.
            (r#""type":"Root","userName":"acme","arn":"arn:aws:iam::1:root","invokedBy":"signin.amazonaws.com""#.into(), "root"),
            (
                // A session of the root user that a role of the management account took.
                r#""type":"Root","arn":"arn:aws:iam::1:root","sessionContext":{"sourceIdentity":"ada","assumedRoot":"true"}"#
                    .into(),
                "ada",
            ),
            // Federation.
            (r#""type":"FederatedUser","principalId":"1:ada","arn":"arn:aws:sts::1:federated-user/ada""#.into(), "ada"),
            (r#""type":"SAMLUser","principalId":"x:ada","userName":"ada","identityProvider":"idp""#.into(), "ada"),
            (
                r#""type":"WebIdentityUser","principalId":"token.actions.githubusercontent.com:sts.amazonaws.com:repo:acme/app:ref:refs/heads/main",
                "userName":"repo:acme/app:ref:refs/heads/main","identityProvider":"arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com""#
                    .into(),
                "repo:acme/app:ref:refs/heads/main",
            ),
            (
                r#""type":"IdentityCenterUser","accountId":"1","onBehalfOf":{"userId":"94482488-3041-7049-8cb9-e7a2a2a2a2a2",
                "identityStoreArn":"arn:aws:identitystore::1:identitystore/d-1"},"credentialId":"c""#
                    .into(),
                "94482488-3041-7049-8cb9-e7a2a2a2a2a2",
            ),
            (r#""type":"Unknown","principalId":"u-1","accountId":"1","userName":"Ada Lovelace""#.into(), "Ada Lovelace"),
            // Services and other accounts.
            (r#""type":"AWSService","invokedBy":"config.amazonaws.com""#.into(), "config.amazonaws.com"),
            (r#""accountId":"1","invokedBy":"secretsmanager.amazonaws.com""#.into(), "secretsmanager.amazonaws.com"),
            (r#""type":"AWSAccount","accountId":"444455556666","principalId":"AROAEXAMPLE:deploy""#.into(), "deploy"),
            (r#""type":"AWSAccount","accountId":"444455556666","principalId":"AIDAEXAMPLE""#.into(), "AIDAEXAMPLE"),
            (r#""type":"AWSAccount","accountId":"444455556666""#.into(), "444455556666"),
            (r#""type":"AWSAccount","accountId":"ANONYMOUS_PRINCIPAL","principalId":"""#.into(), "anonymous"),
            (String::new(), "unknown"),
        ];
        for (identity, expected) in cases {
            assert_eq!(&*of(&identity).name, expected, "{identity}");
        }
    }

    #[test]
    fn whose_session_it_is_and_who_vouched_for_it() {
        let actor = of(&session(
            "ci/deploy",
            "app",
            r#","webIdFederationData":{"federatedProvider":"arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com","attributes":{}}"#,
        ));
        assert_eq!(actor.role.as_deref(), Some("arn:aws:iam::111122223333:role/ci/deploy"));
        assert_eq!(actor.provider.as_deref(), Some("arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"));
        let federated =
            of(r#""type":"FederatedUser","arn":"arn:aws:sts::1:federated-user/ada","sessionContext":{"sessionIssuer":{
            "type":"IAMUser","arn":"arn:aws:iam::1:user/broker","userName":"broker"},"webIdFederationData":{}}"#);
        assert_eq!(federated.role.as_deref(), Some("arn:aws:iam::1:user/broker"));
        assert_eq!(federated.provider, None);
        let token = of(r#""type":"IAMUser","userName":"ada","sessionContext":{"sessionIssuer":{"arn":"arn:x"}}"#);
        assert_eq!(token.role, None);
        let bare = of(r#""type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/deploy/app""#);
        assert_eq!(bare.role.as_deref(), Some("deploy"));
    }

    #[test]
    fn a_service_that_acts_for_a_person_is_named_beside_the_person() {
        let identity = session("ci/deploy", "ada", "")
            .replace(r#""type":"AssumedRole""#, r#""type":"AssumedRole","invokedBy":"cloudformation.amazonaws.com""#);
        let actor = of(&identity);
        assert_eq!(&*actor.name, "ada");
        assert_eq!(actor.invoked_by.as_deref(), Some("cloudformation.amazonaws.com"));
    }

    #[test]
    fn what_callers_choose_is_cut_to_a_length() {
        let long = "é".repeat(400);
        let actor = of(&format!(r#""type":"SAMLUser","userName":"{long}""#));
        assert_eq!(actor.name.chars().count(), MAX);
    }

    #[test]
    fn real_records_have_a_name_that_tells_something() {
        let Some(corpora) = super::super::testing::corpora() else { return };
        let mut seen = 0;
        for entry in std::fs::read_dir(corpora.join("cloudtrail")).unwrap() {
            for line in std::fs::read_to_string(entry.unwrap().path()).unwrap().lines() {
                #[derive(serde::Deserialize)]
                struct Line<'a> {
                    #[serde(borrow)]
                    record: Option<&'a serde_json::value::RawValue>,
                }
                let Some(raw) = serde_json::from_str::<Line<'_>>(line).unwrap().record else { continue };
                let Ok(record) = Record::parse(raw.get().as_bytes()) else { continue };
                let identity = &record.user_identity;
                if identity.arn.as_deref().is_some_and(|arn| arn.len() > 20) {
                    let name = actor(&record).name;
                    assert!(!name.starts_with("aws-go-sdk-") && !name.contains("arn:"), "{name}");
                    seen += 1;
                }
            }
        }
        assert!(seen > 500, "{seen}");
    }
}

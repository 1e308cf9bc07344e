//! Who a statement speaks about.

use std::fmt;

use trailhound_model::Text;

use crate::signs::clipped;

/// Identity providers anybody can have an account with, as they are named in a trust policy.
const SOCIAL: &[&str] = &["accounts.google.com", "graph.facebook.com", "www.amazon.com"];

/// One principal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Principal {
    /// `*`, whichever way it is written. In a trust policy: anybody with an AWS account.
    Everyone,
    /// An ARN or account with a wildcard where the account stands.
    AnyAccount(Text),
    /// An account: its id, or the ARN of its root.
    Account(Text),
    /// A user, role or session.
    Identity {
        /// The account's id, or a word such as `cloudfront` where AWS itself owns the identity.
        account: Text,
        /// The whole ARN.
        arn: Text,
    },
    /// An AWS service.
    Service(Text),
    /// An OpenID Connect issuer (host and path, without the scheme).
    Oidc(Text),
    /// A SAML provider's ARN.
    Saml(Text),
    /// An identity provider open to the public.
    Social(Text),
    /// An S3 canonical user id.
    CanonicalUser(Text),
    /// The unique id that stays behind when a user or role is deleted; nobody can use it.
    Deleted(Text),
    /// Something else.
    Other(Text),
}

impl Principal {
    /// Reads a value of the `Principal` element; the type is the member's name (`AWS`, `Service`, ...).
    pub(super) fn new(kind: &str, text: &str) -> Self {
        if !text.is_empty() && text.chars().all(|c| c == '*') {
            return Self::Everyone;
        }
        if kind.eq_ignore_ascii_case("Service") {
            Self::Service(text.to_ascii_lowercase().into())
        } else if kind.eq_ignore_ascii_case("Federated") {
            Self::federated(text)
        } else if kind.eq_ignore_ascii_case("CanonicalUser") && !text.starts_with("arn:") {
            Self::CanonicalUser(text.into())
        } else {
            Self::aws(text)
        }
    }

    /// Reads a principal whose type was not written.
    pub(super) fn untyped(text: &str) -> Self {
        let service = text.contains(".amazonaws.") && !text.contains(':');
        Self::new(if service { "Service" } else { "AWS" }, text)
    }

    fn aws(text: &str) -> Self {
        if is_account(text) {
            return Self::Account(text.into());
        }
        let mut parts = text.splitn(6, ':');
        if parts.next() == Some("arn") {
            let (account, resource) = (parts.nth(3), parts.next());
            return match (account, resource) {
                (Some(account), _) if account.contains(['*', '?', '$']) => Self::AnyAccount(text.into()),
                (Some(account), Some("root")) => Self::Account(account.into()),
                (Some(account), Some(_)) => Self::Identity { account: account.into(), arn: text.into() },
                _ if text.contains('*') => Self::AnyAccount(text.into()),
                _ => Self::Other(text.into()),
            };
        }
        if text.contains('*') {
            Self::AnyAccount(text.into())
        } else if is_unique_id(text) {
            Self::Deleted(text.into())
        } else {
            Self::Other(text.into())
        }
    }

    fn federated(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        if SOCIAL.contains(&&*lower) {
            return Self::Social(lower.into());
        }
        if !lower.starts_with("arn:") {
            // Amazon Cognito's identity pools are named by host alone.
            return Self::Oidc(lower.into());
        }
        if lower.split(':').nth(4).is_some_and(|account| account.contains(['*', '?'])) {
            Self::AnyAccount(text.into())
        } else if let Some((_, issuer)) = lower.split_once(":oidc-provider/") {
            Self::Oidc(issuer.into())
        } else if lower.contains(":saml-provider/") {
            Self::Saml(text.into())
        } else {
            Self::Other(text.into())
        }
    }

    /// Anybody: `*`, any account, or an identity provider open to the public.
    #[must_use]
    pub const fn is_everyone(&self) -> bool {
        matches!(self, Self::Everyone | Self::AnyAccount(_) | Self::Social(_))
    }

    /// The twelve digits of the AWS account that holds the principal.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Account(account) | Self::Identity { account, .. } => Some(&**account).filter(|a| is_account(a)),
            _ => None,
        }
    }

    /// One spelling for each principal.
    pub(super) fn normal(&self) -> Text {
        let typed = |kind: &str, text: &str| format!("{kind}:{text}").into();
        match self {
            Self::Everyone => "*".into(),
            Self::Account(text) | Self::AnyAccount(text) | Self::Identity { arn: text, .. } => text.clone(),
            Self::Service(text) | Self::Deleted(text) | Self::Other(text) => text.clone(),
            Self::Oidc(text) => typed("oidc", text),
            Self::Saml(text) => typed("saml", text),
            Self::Social(text) => typed("social", text),
            Self::CanonicalUser(text) => typed("canonical", text),
        }
    }

    /// Whether a statement about this principal also speaks about the other.
    pub(super) fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Everyone, _) => true,
            (Self::Account(account), other) => other.account() == Some(account),
            (own, other) => own == other,
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everyone => f.write_str("everyone"),
            Self::Account(account) => write!(f, "account `{account}`"),
            Self::Service(name) | Self::Oidc(name) | Self::Social(name) => write!(f, "`{}`", clipped(name)),
            Self::AnyAccount(text) | Self::Saml(text) | Self::Identity { arn: text, .. } | Self::Other(text) => {
                write!(f, "`{}`", clipped(text))
            }
            Self::CanonicalUser(id) => write!(f, "canonical user `{}`", clipped(id)),
            Self::Deleted(id) => write!(f, "deleted identity `{}`", clipped(id)),
        }
    }
}

/// The principals of a statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Principals {
    /// The statement has none: an identity's own policy.
    Own,
    /// These.
    Only(Vec<Principal>),
    /// Everyone but these (`NotPrincipal`).
    Except(Vec<Principal>),
}

impl Principals {
    /// Whether anybody at all is among them, as far as an Allow is concerned.
    #[must_use]
    pub fn has_everyone(&self) -> bool {
        match self {
            Self::Own => false,
            Self::Only(list) => list.iter().any(Principal::is_everyone),
            Self::Except(_) => true,
        }
    }

    /// The principals that are named and meant.
    #[must_use]
    pub fn named(&self) -> &[Principal] {
        match self {
            Self::Only(list) => list,
            Self::Own | Self::Except(_) => &[],
        }
    }

    /// Whether a Deny for these hits the principal.
    pub(super) fn hit(&self, who: &Principal) -> bool {
        match self {
            Self::Own => true,
            Self::Only(list) => list.iter().any(|own| own.includes(who)),
            Self::Except(list) => !list.iter().any(|own| own.includes(who) || who.includes(own)),
        }
    }

    /// Whether a Deny for these leaves nothing of a grant to everyone but what it names itself.
    pub(super) fn hit_everyone(&self) -> bool {
        match self {
            Self::Own => false,
            Self::Only(list) => list.contains(&Principal::Everyone),
            Self::Except(list) => !list.iter().any(Principal::is_everyone),
        }
    }
}

impl fmt::Display for Principals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 3;
        let list = match self {
            Self::Own => return f.write_str("the identity"),
            Self::Only(list) if list.contains(&Principal::Everyone) => return f.write_str("everyone"),
            Self::Only(list) => list,
            Self::Except(list) => {
                f.write_str("everyone except ")?;
                list
            }
        };
        for (at, principal) in list.iter().take(SHOWN).enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{principal}")?;
        }
        match list.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// `AIDA…`, `AROA…` and the like: four letters for the type, then at least twelve capitals and digits.
fn is_unique_id(text: &str) -> bool {
    const TYPES: &[&str] = &["AGPA", "AIDA", "AIPA", "ANPA", "ANVA", "APKA", "AROA", "ASCA"];
    TYPES.iter().any(|kind| text.starts_with(kind))
        && text.len() >= 16
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

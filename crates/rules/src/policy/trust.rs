//! Role trust policies: who may become the role.

use std::collections::BTreeSet;

use trailhound_model::{Evidence, Why};

use super::condition::{Condition, Keys, Quantifier, Test};
use super::{Policy, Principal, Statement};
use crate::Signs;
use crate::signs::listed;

/// Which accounts are one's own or trusted.
#[derive(Clone, Copy, Debug)]
pub struct Parties<'a> {
    /// The account that owns the resource.
    pub own: &'a str,
    /// The accounts that were configured as trusted.
    pub trusted: &'a BTreeSet<String>,
    /// The accounts of the same organisation, where they were read.
    pub organisation: Option<&'a BTreeSet<String>>,
    /// Whether every account of one's own is among these. If not, one that is not makes the answer unclear.
    pub complete: bool,
}

impl Parties<'_> {
    /// Whether the account is a third party; when the list is not complete, whether it may be.
    pub(super) fn is_third(&self, account: &str, doubtful: bool) -> bool {
        let known = account == self.own
            || self.trusted.contains(account)
            || self.organisation.is_some_and(|accounts| accounts.contains(account));
        !known && (self.complete || doubtful)
    }

    /// Asks with doubtful parties left out, then with them taken for third parties.
    pub(super) fn judge(&self, ask: impl Fn(bool) -> Signs) -> Signs {
        let mut signs = ask(false);
        for entry in ask(true).certain {
            if signs.certain.iter().chain(&signs.unclear).all(|known| known.key != entry.key) {
                signs.unclear.push(entry);
                signs.why = Some(Why::DependsOn("whether the account is one's own".into()));
            }
        }
        signs
    }
}

/// The host of GitHub's issuer of tokens for workflows.
const GITHUB: &str = "token.actions.githubusercontent.com";
/// Amazon Cognito's identity pools.
const COGNITO: &str = "cognito-identity.amazonaws.com";

impl Policy {
    /// The statements that let a third party become the role without an external id.
    #[must_use]
    pub fn third_party_without_external_id(&self, parties: &Parties<'_>) -> Signs {
        let with = |doubtful: bool| {
            self.ask(|statements| {
                let of = |s: &Statement| {
                    let third = |p: &&Principal| p.account().is_some_and(|account| parties.is_third(account, doubtful));
                    let mut others: Vec<&str> =
                        s.principals.named().iter().filter(third).filter_map(Principal::account).collect();
                    others.sort_unstable();
                    others.dedup();
                    let open = s.is_allow() && s.actions.contains("sts:AssumeRole") && !requires_external_id(s);
                    let words = || format!("lets account {} in without an external id", listed(others.iter().copied()));
                    (open && !others.is_empty()).then(|| Evidence::new(&*s.key, words()))
                };
                statements.iter().filter_map(of).collect()
            })
        };
        parties.judge(with)
    }

    /// The statements that trust an OpenID Connect issuer without fixing for whom (`aud`) and about whom (`sub`) its token
    /// was made.
    #[must_use]
    pub fn unfixed_oidc_subjects(&self) -> Signs {
        self.ask(|statements| {
            let of = |s: &Statement| {
                let action = "sts:AssumeRoleWithWebIdentity";
                if !s.is_allow() || !s.actions.contains(action) {
                    return None;
                }
                let faults: Vec<String> = s.principals.named().iter().filter_map(|p| oidc_fault(s, p)).collect();
                (!faults.is_empty()).then(|| Evidence::new(&*s.key, faults.join("; ")))
            };
            statements.iter().filter_map(of).collect()
        })
    }

    /// The statements that trust one of the services without saying on whose behalf (`aws:SourceArn`,
    /// `aws:SourceAccount` or `aws:SourceOrgID`).
    #[must_use]
    pub fn services_without_source(&self, services: &[&str]) -> Signs {
        const KEYS: &[&str] = &["aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid"];
        self.ask(|statements| {
            let of = |s: &Statement| {
                let tied = s.conditions.iter().any(|c| KEYS.contains(&&*c.key) && c.narrows(Keys::All));
                let trusted = s.principals.named().iter().filter_map(|p| match p {
                    Principal::Service(name) if services.contains(&&**name) => Some(&**name),
                    _ => None,
                });
                let found: Vec<&str> = if s.is_allow() && !tied { trusted.collect() } else { Vec::new() };
                let words = || format!("trusts {} on behalf of anybody", listed(found.iter().copied()));
                (!found.is_empty()).then(|| Evidence::new(&*s.key, words()))
            };
            statements.iter().filter_map(of).collect()
        })
    }
}

/// `StringEquals` on `sts:ExternalId` with values that are not empty.
fn requires_external_id(statement: &Statement) -> bool {
    statement.conditions.iter().any(|c| {
        &*c.key == "sts:externalid"
            && c.test == Test::StringEquals
            && c.is_affirmative()
            && c.quantifier == Quantifier::Plain
            && !c.values.is_empty()
            && c.values.iter().all(|value| !value.is_empty())
    })
}

/// What the statement leaves open about tokens of this issuer; nothing if the principal is not one.
fn oidc_fault(statement: &Statement, principal: &Principal) -> Option<String> {
    let Principal::Oidc(issuer) = principal else { return None };
    let on = |claim: &str, holds: &dyn Fn(&Condition) -> bool| {
        let key = format!("{issuer}:{claim}");
        statement.conditions.iter().any(|c| *c.key == *key && c.is_affirmative() && !c.values.is_empty() && holds(c))
    };
    // A `StringLike` without a wildcard is an equality.
    let equals = |c: &Condition| {
        matches!(c.test, Test::StringEquals | Test::StringEqualsIgnoreCase | Test::StringLike) && c.is_fixed()
    };
    let names_subject = |c: &Condition| match c.test {
        Test::StringEquals | Test::StringEqualsIgnoreCase => c.values.iter().all(|value| !value.is_empty()),
        Test::StringLike => c.values.iter().all(|value| {
            let (fixed, _) = value.split_at(value.find(['*', '?']).unwrap_or(value.len()));
            let fixed = if c.variables { fixed.split("${").next().unwrap_or_default() } else { fixed };
            if is_github(issuer) { names_github_owner(fixed) } else { !fixed.is_empty() }
        }),
        _ => false,
    };
    // A Cognito token says in `amr` whether its holder signed in.
    let by_cognito = **issuer == *COGNITO
        && on("amr", &|c| c.values.iter().all(|value| !value.starts_with(['*', '?']) && &**value != "unauthenticated"));
    let audience = on("aud", &equals);
    let subject = by_cognito || on("sub", &names_subject);
    match (audience, subject) {
        (true, true) => None,
        (false, true) => Some(format!("`{issuer}:aud` is not fixed")),
        (true, false) if is_github(issuer) => Some(format!("`{issuer}:sub` does not name an owner (`repo:owner/`)")),
        (true, false) => Some(format!("`{issuer}:sub` is not fixed")),
        (false, false) => Some(format!("neither `{issuer}:aud` nor `{issuer}:sub` is fixed")),
    }
}

fn is_github(issuer: &str) -> bool {
    issuer == GITHUB || issuer.strip_prefix(GITHUB).is_some_and(|rest| rest.starts_with('/'))
}

/// The literal beginning of the subject names a repository's owner.
fn names_github_owner(fixed: &str) -> bool {
    fixed.strip_prefix("repo:").and_then(|rest| rest.split_once('/')).is_some_and(|(owner, _)| !owner.is_empty())
}

//! Who else may use a resource: everyone, or other accounts.

use trailhound_model::{Evidence, Text};

use super::condition::{Condition, Keys, Test};
use super::pattern::{Pattern, Set};
use super::trust::Parties;
use super::{Policy, Statement, UNRESOLVED};
use crate::Signs;
use crate::signs::listed;

/// Which kind of resource a policy belongs to, where the kinds differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// An S3 access point: as for a bucket, but its own ARN narrows nothing.
    AccessPoint,
    /// An S3 bucket: S3 has its own list of conditions that narrow.
    Bucket,
    /// A Lambda function: what the function's URL needs is left to [`Policy::public_url`].
    Function,
    /// Any other: queue, topic, key, repository, secret, domain, table, file system, role trust.
    Resource,
}

impl Policy {
    /// The statements that let everyone in: an Allow to everyone, not narrowed, not taken back by an unconditional Deny
    /// for the same principals, actions and resources.
    #[must_use]
    pub fn public(&self, flavour: Flavour) -> Signs {
        let keys = match flavour {
            Flavour::AccessPoint => Keys::AccessPoint,
            Flavour::Bucket => Keys::Bucket,
            Flavour::Function | Flavour::Resource => Keys::All,
        };
        self.ask(|statements| {
            let open = |s: &&Statement| !(flavour == Flavour::Function && serves_url(s));
            statements.iter().filter(open).filter_map(|s| open_to_everyone(statements, s, keys)).collect()
        })
    }

    /// The statements that let everyone call a Lambda function through its URL.
    #[must_use]
    pub fn public_url(&self) -> Signs {
        self.ask(|statements| {
            let url = statements.iter().filter(|s| serves_url(s));
            url.filter_map(|s| open_to_everyone(statements, s, Keys::All)).collect()
        })
    }

    /// The statements by which another party, known or not, may do one of the actions. Everyone is a third party unless
    /// the statement is narrowed to parties that are not.
    #[must_use]
    pub fn third_party_grants(&self, parties: &Parties<'_>, actions: &[&str]) -> Signs {
        let with = |doubtful: bool| {
            self.ask(|statements| {
                let of = |s: &Statement| {
                    let others = outsiders(s, parties, doubtful);
                    let granted = |action: &&&str| {
                        s.actions.contains(action) && others.iter().any(|o| !is_denied(statements, s, o, action))
                    };
                    let found: Vec<&str> = actions.iter().filter(granted).copied().collect();
                    let words = || {
                        let who = listed(others.iter().map(|other| &**other));
                        format!("lets {who} {}", listed(found.iter().copied()))
                    };
                    (!found.is_empty()).then(|| Evidence::new(&*s.key, words()))
                };
                statements.iter().filter(|s| s.is_allow()).filter_map(of).collect()
            })
        };
        parties.judge(with)
    }
}

/// The entry for a statement that is public.
fn open_to_everyone(statements: &[Statement], statement: &Statement, keys: Keys) -> Option<Evidence> {
    if !statement.is_allow() || !statement.principals.has_everyone() || statement.is_narrowed(keys) {
        return None;
    }
    let denies: Vec<Taker<'_>> = statements
        .iter()
        .filter(|s| s.is_unconditional_deny() && s.principals.hit_everyone())
        .map(|deny| Taker::new(deny, &statement.resources))
        .collect();
    let what = match &statement.actions {
        Set::Only(patterns) => {
            let left: Vec<&str> = patterns.iter().filter(|p| !are_taken(&denies, p)).map(Pattern::as_str).collect();
            if left.is_empty() {
                return None;
            }
            listed(left.into_iter())
        }
        all @ Set::Except(_) => {
            if denies.iter().any(|d| d.takes_all() && d.actions.covers(all)) {
                return None;
            }
            all.to_string()
        }
    };
    let idle: Vec<&str> = statement.conditions.iter().map(|condition| &*condition.key).collect();
    let but =
        if idle.is_empty() { String::new() } else { format!("; {} does not narrow it", listed(idle.into_iter())) };
    Some(Evidence::new(
        &*statement.key,
        format!("lets {} {what} on {}{but}", statement.principals, statement.resources),
    ))
}

/// A Deny, and which of an Allow's resources it takes back, in their order.
struct Taker<'a> {
    actions: &'a Set,
    takes: Vec<bool>,
}

impl<'a> Taker<'a> {
    fn new(deny: &'a Statement, resources: &Set) -> Self {
        let takes = match resources {
            Set::Only(patterns) => patterns.iter().map(|p| deny.resources.covers_pattern(p)).collect(),
            all @ Set::Except(_) => vec![deny.resources.covers(all)],
        };
        Self { actions: &deny.actions, takes }
    }

    fn takes_all(&self) -> bool {
        self.takes.iter().all(|taken| *taken)
    }
}

/// Whether the Denies that cover the action take back all resources between them.
fn are_taken(denies: &[Taker<'_>], action: &Pattern) -> bool {
    let denies: Vec<&Taker<'_>> = denies.iter().filter(|deny| deny.actions.covers_pattern(action)).collect();
    let count = denies.first().map_or(0, |deny| deny.takes.len());
    let taken = |at: usize| denies.iter().any(|deny| deny.takes.get(at) == Some(&true));
    !denies.is_empty() && (0..count).all(taken)
}

/// The statement is one of those that a function URL without authorization needs.
fn serves_url(statement: &Statement) -> bool {
    let says = |condition: &Condition, key: &str, test: Test, value: &str| {
        &*condition.key == key
            && condition.test == test
            && condition.is_affirmative()
            && condition.values.iter().all(|own| own.eq_ignore_ascii_case(value))
    };
    statement.conditions.iter().any(|c| {
        says(c, "lambda:functionurlauthtype", Test::StringEquals, "NONE")
            || says(c, "lambda:invokedviafunctionurl", Test::Bool, "true")
    })
}

/// The third parties a statement lets in, by account or in a word.
fn outsiders(statement: &Statement, parties: &Parties<'_>, doubtful: bool) -> Vec<Text> {
    let mut others: Vec<Text> = Vec::new();
    if statement.principals.has_everyone() {
        let narrowing: Vec<&Condition> = statement.conditions.iter().filter(|c| c.narrows(Keys::All)).collect();
        if narrowing.is_empty() {
            others.push("everyone".into());
        } else if !narrowing.iter().any(|c| c.accounts().is_none()) {
            // All conditions have to hold, so one that names only trusted accounts is enough.
            let named = |c: &&Condition| -> Vec<Text> {
                let strange = c.accounts().unwrap_or_default().into_iter().filter(|a| *a != UNRESOLVED);
                strange.filter(|account| parties.is_third(account, doubtful)).map(Text::from).collect()
            };
            others = narrowing.iter().map(named).min_by_key(Vec::len).unwrap_or_default();
        }
    }
    for principal in statement.principals.named() {
        match (principal.account(), principal) {
            (Some(account), _) if parties.is_third(account, doubtful) => others.push(account.into()),
            // Whose a canonical id is cannot be told.
            (None, super::Principal::CanonicalUser(id)) if doubtful => others.push(id.clone()),
            _ => {}
        }
    }
    others.sort_unstable();
    others.dedup();
    others
}

/// Whether an unconditional Deny takes the action from that party on all the statement's resources.
fn is_denied(statements: &[Statement], allow: &Statement, party: &str, action: &str) -> bool {
    statements.iter().any(|deny| {
        let hit = match party {
            "everyone" => deny.principals.hit_everyone(),
            account => deny.principals.hit(&super::Principal::Account(account.into())),
        };
        hit && deny.is_unconditional_deny() && deny.actions.contains(action) && deny.resources.covers(&allow.resources)
    })
}

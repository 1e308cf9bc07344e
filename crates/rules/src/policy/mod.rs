//! What an IAM policy document means.
//!
//! A document is parsed once into [`Statement`]s and then asked questions. Each question is one of the definitions the
//! rules are written in, implemented here and nowhere else; its answer is a list of entries whose keys are the
//! statements' (`Sid`, or `#1` by position), so that a finding can say which statement to change.
//!
//! # Open values
//! A template may leave a value open (`{"Ref": …}`). Such a document is parsed twice: read so that it permits as much as
//! it can, and as little as it can. A question is plain two-valued code over one reading; what only the first reading
//! shows is *unclear* (see [`Signs`]).
//!
//! # Hostile text
//! Entries quote the document as it is. Whoever renders them escapes.

mod access;
mod condition;
mod intrinsic;
mod parse;
mod pattern;
mod principal;
mod public;
mod transport;
mod trust;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use trailhound_model::{Evidence, Text, Value, Why};

pub use access::{Escalation, is_administrator_attachment};
pub use condition::{Condition, Keys, Quantifier, Test};
pub use parse::PolicyError;
pub use pattern::{Pattern, Set};
pub use principal::{Principal, Principals};
pub use public::Flavour;
pub use transport::Transport;
pub use trust::Parties;

use crate::Signs;

/// What stands for a value that a template leaves open and that is read as naming one thing.
pub(crate) const UNRESOLVED: &str = "(decided at deployment)";

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It permits.
    Allow,
    /// It forbids, whatever else permits.
    Deny,
}

/// One statement in normal form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Statement {
    /// Its `Sid`, or `#` and its position from 1; unique in its document.
    pub key: Text,
    /// Allow or Deny.
    pub effect: Effect,
    /// `Action` or `NotAction`.
    pub actions: Set,
    /// `Resource` or `NotResource`; everything where the statement has neither.
    pub resources: Set,
    /// `Principal` or `NotPrincipal`.
    pub principals: Principals,
    /// The conditions, all of which have to hold.
    pub conditions: Vec<Condition>,
}

impl Statement {
    /// Whether it permits something.
    #[must_use]
    pub fn is_allow(&self) -> bool {
        self.effect == Effect::Allow
    }

    /// Whether it forbids something whatever the circumstances.
    #[must_use]
    pub fn is_unconditional_deny(&self) -> bool {
        self.effect == Effect::Deny && self.conditions.is_empty()
    }

    /// Some condition of the statement ties it to fixed accounts, organisations, networks or sources.
    #[must_use]
    pub fn is_narrowed(&self, keys: Keys) -> bool {
        self.conditions.iter().any(|condition| condition.narrows(keys))
    }

    /// The statement as a sorted value: equal for statements that AWS treats alike whatever their spelling.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let sorted = |mut texts: Vec<Text>| {
            texts.sort_unstable();
            texts.dedup();
            Value::from(texts)
        };
        let set = |set: &Set, fold: bool| {
            let text = |p: &Pattern| if fold { p.as_str().to_ascii_lowercase().into() } else { Text::from(p.as_str()) };
            sorted(set.patterns().iter().map(text).collect())
        };
        let who = |list: &[Principal]| sorted(list.iter().map(Principal::normal).collect());
        let (action, resource) = (
            if self.actions.is_complement() { "NotAction" } else { "Action" },
            if self.resources.is_complement() { "NotResource" } else { "Resource" },
        );
        let principal = match &self.principals {
            Principals::Own => None,
            Principals::Only(list) => Some(("Principal", who(list))),
            Principals::Except(list) => Some(("NotPrincipal", who(list))),
        };
        let mut map: trailhound_model::Map = [
            ("Effect".into(), Value::from(if self.is_allow() { "Allow" } else { "Deny" })),
            (action.into(), set(&self.actions, true)),
            (resource.into(), set(&self.resources, false)),
        ]
        .into_iter()
        .collect();
        map.extend(principal.map(|(name, list)| (name.into(), list)));
        if !self.conditions.is_empty() {
            let mut conditions: Vec<Value> = self
                .conditions
                .iter()
                .map(|c| {
                    Value::map([
                        ("Operator", Some(Value::Text(c.operator.to_ascii_lowercase()))),
                        ("Key", Some(Value::Text(c.key.clone()))),
                        ("Values", Some(sorted(c.values.clone()))),
                    ])
                })
                .collect();
            conditions.sort_unstable();
            map.insert("Condition".into(), Value::List(conditions));
        }
        Value::Map(map)
    }
}

/// A policy document in normal form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The document read as widely as open values allow.
    most: Vec<Statement>,
    /// The document read as narrowly as they allow, if it has any.
    least: Option<Vec<Statement>>,
}

impl Policy {
    /// Parses a document: an object, JSON text, or URL-encoded JSON text.
    ///
    /// # Errors
    /// When AWS would not take it for a policy either. A rule then answers `unknown`, for what is in force is not known.
    pub fn from_value(value: &Value) -> Result<Self, PolicyError> {
        parse::policy(value)
    }

    /// The statements, with open values read as widely as possible.
    #[must_use]
    pub fn statements(&self) -> &[Statement] {
        &self.most
    }

    /// Whether a template leaves values of the document open.
    #[must_use]
    pub const fn has_open_values(&self) -> bool {
        self.least.is_some()
    }

    /// The document as a value in which order, case of actions and keys, and single-or-list no longer show: for
    /// comparing and for fingerprints.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut statements: Vec<Value> = self.most.iter().map(Statement::to_value).collect();
        statements.sort_unstable();
        statements.dedup();
        Value::List(statements)
    }

    /// Asks a question of both readings.
    fn ask(&self, question: impl Fn(&[Statement]) -> Vec<Evidence>) -> Signs {
        let most = question(&self.most);
        let Some(least) = &self.least else { return Signs { certain: most, ..Signs::default() } };
        let certain = question(least);
        let unclear: Vec<Evidence> =
            most.into_iter().filter(|entry| certain.iter().all(|sure| sure.key != entry.key)).collect();
        let why = (!unclear.is_empty()).then_some(Why::Unresolved);
        Signs { certain, unclear, why }
    }
}

//! Condition operators, and which conditions narrow a grant to somebody in particular.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use trailhound_model::Text;

use super::UNRESOLVED;

/// How a condition compares; negation is kept beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Test {
    /// `StringEquals`.
    StringEquals,
    /// `StringEqualsIgnoreCase`.
    StringEqualsIgnoreCase,
    /// `StringLike`.
    StringLike,
    /// `NumericEquals`.
    NumericEquals,
    /// `NumericLessThan`.
    NumericLessThan,
    /// `NumericLessThanEquals`.
    NumericLessThanEquals,
    /// `NumericGreaterThan`.
    NumericGreaterThan,
    /// `NumericGreaterThanEquals`.
    NumericGreaterThanEquals,
    /// `DateEquals`.
    DateEquals,
    /// `DateLessThan`.
    DateLessThan,
    /// `DateLessThanEquals`.
    DateLessThanEquals,
    /// `DateGreaterThan`.
    DateGreaterThan,
    /// `DateGreaterThanEquals`.
    DateGreaterThanEquals,
    /// `Bool`.
    Bool,
    /// `BinaryEquals`.
    BinaryEquals,
    /// `IpAddress`.
    IpAddress,
    /// `ArnEquals`.
    ArnEquals,
    /// `ArnLike`.
    ArnLike,
    /// `Null`.
    Null,
    /// An operator AWS has not got, or that is newer than this list: it narrows nothing.
    Other,
}

/// Every operator name without prefix and suffix, and whether it is a negated one.
const OPERATORS: &[(&str, Test, bool)] = &[
    ("StringEquals", Test::StringEquals, false),
    ("StringNotEquals", Test::StringEquals, true),
    ("StringEqualsIgnoreCase", Test::StringEqualsIgnoreCase, false),
    ("StringNotEqualsIgnoreCase", Test::StringEqualsIgnoreCase, true),
    ("StringLike", Test::StringLike, false),
    ("StringNotLike", Test::StringLike, true),
    ("NumericEquals", Test::NumericEquals, false),
    ("NumericNotEquals", Test::NumericEquals, true),
    ("NumericLessThan", Test::NumericLessThan, false),
    ("NumericLessThanEquals", Test::NumericLessThanEquals, false),
    ("NumericGreaterThan", Test::NumericGreaterThan, false),
    ("NumericGreaterThanEquals", Test::NumericGreaterThanEquals, false),
    ("DateEquals", Test::DateEquals, false),
    ("DateNotEquals", Test::DateEquals, true),
    ("DateLessThan", Test::DateLessThan, false),
    ("DateLessThanEquals", Test::DateLessThanEquals, false),
    ("DateGreaterThan", Test::DateGreaterThan, false),
    ("DateGreaterThanEquals", Test::DateGreaterThanEquals, false),
    ("Bool", Test::Bool, false),
    ("BinaryEquals", Test::BinaryEquals, false),
    ("IpAddress", Test::IpAddress, false),
    ("NotIpAddress", Test::IpAddress, true),
    ("ArnEquals", Test::ArnEquals, false),
    ("ArnNotEquals", Test::ArnEquals, true),
    ("ArnLike", Test::ArnLike, false),
    ("ArnNotLike", Test::ArnLike, true),
    ("Null", Test::Null, false),
];

/// How a condition treats a key that has several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quantifier {
    /// No prefix.
    Plain,
    /// `ForAnyValue:`.
    Any,
    /// `ForAllValues:`, which also holds when the key is absent.
    All,
}

/// One condition: an operator, a key and the values it is compared with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    /// The operator as written.
    pub operator: Text,
    /// What it compares.
    pub test: Test,
    /// `Not…`.
    pub negated: bool,
    /// `…IfExists`: holds when the key is absent.
    pub if_exists: bool,
    /// The set prefix.
    pub quantifier: Quantifier,
    /// The key in lower case: AWS compares keys without regard to case.
    pub key: Text,
    /// The values, as written.
    pub values: Vec<Text>,
    /// Whether `${…}` in a value is a variable (policy version 2012-10-17).
    pub variables: bool,
}

/// Whose list of narrowing keys applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// The keys S3 itself accepts when it decides whether an access point's policy is public: those of a bucket, but for
    /// the access point itself.
    AccessPoint,
    /// The keys S3 itself accepts when it decides whether a bucket policy is public.
    Bucket,
    /// All of them.
    All,
}

impl Condition {
    /// Reads an operator name, its key and its values.
    pub(super) fn new(operator: &str, key: &str, values: Vec<Text>, variables: bool) -> Self {
        let (quantifier, bare) = if let Some(rest) = strip_prefix_fold(operator, "ForAnyValue:") {
            (Quantifier::Any, rest)
        } else if let Some(rest) = strip_prefix_fold(operator, "ForAllValues:") {
            (Quantifier::All, rest)
        } else {
            (Quantifier::Plain, operator)
        };
        let known = |name: &str| OPERATORS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
        let (if_exists, found) = match strip_suffix_fold(bare, "IfExists") {
            Some(rest) => (true, known(rest)),
            None => (false, known(bare)),
        };
        let (test, negated) = found.map_or((Test::Other, false), |&(_, test, negated)| (test, negated));
        let key = key.to_ascii_lowercase().into();
        Self { operator: operator.into(), test, negated, if_exists, quantifier, key, values, variables }
    }

    /// Whether the condition can only hold when the key is present and equals one of the values.
    #[must_use]
    pub fn is_affirmative(&self) -> bool {
        !self.negated && !self.if_exists && self.quantifier != Quantifier::All && !matches!(self.test, Test::Null)
    }

    /// Whether the text has a wildcard or, where they are enabled, a variable.
    #[must_use]
    pub fn is_open(&self, text: &str) -> bool {
        is_open(text, self.variables)
    }

    /// Whether there are values and all of them are fixed: no wildcard, no variable.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        self.every(|value| !value.is_empty() && !self.is_open(value))
    }

    /// The condition restricts who may use the grant to fixed accounts, organisations, networks or sources.
    #[must_use]
    pub fn narrows(&self, keys: Keys) -> bool {
        if !self.is_affirmative() {
            return false;
        }
        let bucket = keys != Keys::All;
        match (&*self.key, self.test) {
            ("aws:sourceip", Test::IpAddress) => self.every(is_narrow_network),
            ("elasticfilesystem:accessedviamounttarget", Test::Bool) => {
                !bucket && self.every(|value| value.eq_ignore_ascii_case("true"))
            }
            (
                key,
                Test::StringEquals | Test::StringEqualsIgnoreCase | Test::StringLike | Test::ArnEquals | Test::ArnLike,
            ) => match key {
                "aws:sourceaccount"
                | "aws:sourceowner"
                | "aws:principalaccount"
                | "aws:principalorgid"
                | "aws:sourcevpc"
                | "aws:sourcevpce"
                | "aws:userid" => self.is_fixed(),
                // Every request through an access point carries its ARN.
                "s3:dataaccesspointarn" if keys == Keys::AccessPoint => false,
                "aws:sourcearn" | "aws:principalarn" | "s3:dataaccesspointarn" => {
                    self.every(|value| has_fixed_owner(value, self.variables))
                }
                "aws:principalorgpaths" => self.every(|value| has_fixed_root(value, self.variables)),
                "aws:sourceorgpaths" => !bucket && self.every(|value| has_fixed_root(value, self.variables)),
                "aws:sourceorgid" | "kms:calleraccount" | "lambda:eventsourcetoken" | "s3:dataaccesspointaccount" => {
                    !bucket && self.is_fixed()
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// The accounts that a narrowing condition names, where it narrows by account.
    pub(super) fn accounts(&self) -> Option<Vec<&str>> {
        match &*self.key {
            "aws:sourceaccount"
            | "aws:sourceowner"
            | "aws:principalaccount"
            | "kms:calleraccount"
            | "s3:dataaccesspointaccount" => Some(self.values.iter().map(|value| &**value).collect()),
            "aws:sourcearn" | "aws:principalarn" | "s3:dataaccesspointarn" => {
                // An S3 bucket's ARN names no account; the bucket is somebody's, but whose cannot be told from here.
                let accounts = self.values.iter().filter_map(|value| value.split(':').nth(4));
                Some(accounts.filter(|account| !account.is_empty()).collect())
            }
            _ => None,
        }
    }

    fn every(&self, holds: impl Fn(&str) -> bool) -> bool {
        !self.values.is_empty() && self.values.iter().all(|value| &**value == UNRESOLVED || holds(value))
    }
}

fn strip_prefix_fold<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, tail) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(tail)
}

fn strip_suffix_fold<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let (head, tail) = text.split_at_checked(text.len().checked_sub(suffix.len())?)?;
    tail.eq_ignore_ascii_case(suffix).then_some(head)
}

/// Whether the text holds a wildcard or an enabled variable. `${*}`, `${?}` and `${$}` are plain characters.
fn is_open(text: &str, variables: bool) -> bool {
    if !variables {
        return text.contains(['*', '?']);
    }
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some(tail) = ["*}", "?}", "$}"].iter().find_map(|end| after.strip_prefix(end)) else { return true };
        if before.contains(['*', '?']) {
            return true;
        }
        rest = tail;
    }
    rest.contains(['*', '?'])
}

/// An ARN that names its account, or an S3 bucket: `arn:partition:service:region:account:resource`.
fn has_fixed_owner(arn: &str, variables: bool) -> bool {
    let mut parts = arn.splitn(6, ':');
    let (Some("arn"), Some(_), Some(service), Some(_), Some(account), Some(resource)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    if account.is_empty() {
        let bucket = resource.split('/').next().unwrap_or_default();
        return service == "s3" && !bucket.is_empty() && !is_open(bucket, variables);
    }
    !is_open(account, variables)
}

/// An organisation path whose organisation is fixed: `o-…/r-…/ou-…/*`.
fn has_fixed_root(path: &str, variables: bool) -> bool {
    path.split('/').next().is_some_and(|root| !root.is_empty() && !is_open(root, variables))
}

/// Not broader than /8 (IPv4) or /32 (IPv6): broader is public to S3. The private ranges of RFC 1918 are no broader.
fn is_narrow_network(text: &str) -> bool {
    match IpNet::from_str(text).or_else(|_| IpAddr::from_str(text).map(IpNet::from)) {
        Ok(IpNet::V4(net)) => net.prefix_len() >= 8,
        Ok(IpNet::V6(net)) => net.prefix_len() >= 32,
        Err(_) => false,
    }
}

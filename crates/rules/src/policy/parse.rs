//! From a value to statements.

use std::borrow::Cow;
use std::collections::HashSet;

use trailhound_model::{Map, Text, Value, Why};

use super::condition::Condition;
use super::intrinsic::{self, is_intrinsic};
use super::pattern::{Pattern, Set};
use super::principal::{Principal, Principals};
use super::{Effect, Policy, Statement, UNRESOLVED};
use crate::signs::clipped;

/// Why a value is not a policy that can be judged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The text is not JSON.
    #[error("a policy's text is not JSON (line {line}, column {column})")]
    NotJson {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// The text begins like URL-encoded JSON and is not.
    #[error("a policy's text is not well URL-encoded")]
    NotEncoded,
    /// Neither an object nor text.
    #[error("a policy is neither an object nor text")]
    NotAnObject,
    /// The whole policy is an intrinsic function of a template.
    #[error("a policy is decided only at deployment")]
    Unresolved,
    /// No `Statement`.
    #[error("a policy has no statement")]
    NoStatement,
    /// A statement that AWS would refuse too.
    #[error("statement {statement} of a policy has {problem}")]
    Statement {
        /// Which, from 1.
        statement: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl From<PolicyError> for Why {
    fn from(error: PolicyError) -> Self {
        match error {
            PolicyError::Unresolved => Self::Unresolved,
            other => Self::NotUnderstood(Cow::Owned(other.to_string())),
        }
    }
}

/// How to read what a template leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// So that the policy permits as much as it can.
    Most,
    /// So that it permits as little as it can.
    Least,
}

/// Parses an object, JSON text or URL-encoded JSON text.
pub(super) fn policy(value: &Value) -> Result<Policy, PolicyError> {
    match value {
        Value::Map(document) => from_document(document),
        Value::Text(text) => {
            let text = text.trim();
            let json = if text.starts_with('%') { Cow::Owned(url_decode(text)?) } else { Cow::Borrowed(text) };
            let parsed = Value::from_json(&json)
                .map_err(|error| PolicyError::NotJson { line: error.line(), column: error.column() })?;
            parsed.as_map().ok_or(PolicyError::NotAnObject).and_then(from_document)
        }
        _ => Err(PolicyError::NotAnObject),
    }
}

fn from_document(document: &Map) -> Result<Policy, PolicyError> {
    if is_intrinsic(document) {
        return Err(PolicyError::Unresolved);
    }
    let member = |name: &str| document.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let variables = member("Version").and_then(Value::as_str) == Some("2012-10-17");
    let statements = match member("Statement") {
        Some(Value::List(list)) => list.as_slice(),
        Some(one @ Value::Map(_)) => std::slice::from_ref(one),
        _ => return Err(PolicyError::NoStatement),
    };
    let read = |reading| {
        let mut parser = Parser { variables, reading, unresolved: false };
        Ok((parser.statements(statements)?, parser.unresolved))
    };
    let (most, unresolved) = read(Reading::Most)?;
    let least = if unresolved { Some(read(Reading::Least)?.0) } else { None };
    Ok(Policy { most, least })
}

struct Parser {
    variables: bool,
    reading: Reading,
    unresolved: bool,
}

impl Parser {
    fn statements(&mut self, list: &[Value]) -> Result<Vec<Statement>, PolicyError> {
        let mut keys = HashSet::new();
        let mut statements = Vec::with_capacity(list.len());
        for (at, value) in list.iter().enumerate() {
            let at = at + 1;
            let map = value.as_map().ok_or(PolicyError::Statement { statement: at, problem: "no members" })?;
            if is_intrinsic(map) {
                self.unresolved = true;
                if self.reading == Reading::Most {
                    statements.push(anything(at));
                }
                continue;
            }
            let mut statement =
                self.statement(map).map_err(|problem| PolicyError::Statement { statement: at, problem })?;
            if statement.key.is_empty() {
                statement.key = format!("#{at}").into();
            } else if let Cow::Owned(short) = clipped(&statement.key) {
                statement.key = format!("{short}#{at}").into();
            }
            while !keys.insert(statement.key.clone()) {
                statement.key = format!("{}#{at}", statement.key).into();
            }
            statements.push(statement);
        }
        Ok(statements)
    }

    fn statement(&mut self, map: &Map) -> Result<Statement, &'static str> {
        let mut members = Members::default();
        for (name, value) in map {
            members.take(name, value)?;
        }
        let effect = match members.effect.and_then(Value::as_str) {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => return Err("an effect that is neither Allow nor Deny"),
        };
        let actions = match (members.action, members.not_action) {
            (Some(list), None) => Set::Only(self.patterns(list, effect, false, Pattern::action)?),
            (None, Some(list)) => Set::Except(self.patterns(list, effect, true, Pattern::action)?),
            _ => return Err("not exactly one of Action and NotAction"),
        };
        let variables = self.variables;
        let resource = |text: &str| Pattern::resource(text, variables);
        let resources = match (members.resource, members.not_resource) {
            (Some(list), None) => Set::Only(self.patterns(list, effect, false, resource)?),
            (None, Some(list)) => Set::Except(self.patterns(list, effect, true, resource)?),
            // A trust policy names no resource: it speaks about the role it belongs to.
            (None, None) => Set::Only(vec![Pattern::resource("*", false)]),
            _ => return Err("both Resource and NotResource"),
        };
        let principals = match (members.principal, members.not_principal) {
            (Some(value), None) => Principals::Only(self.principals(value, effect, false)?),
            (None, Some(value)) => Principals::Except(self.principals(value, effect, true)?),
            (None, None) => Principals::Own,
            _ => return Err("both Principal and NotPrincipal"),
        };
        let conditions = match members.condition {
            Some(block) => self.conditions(block, effect)?,
            None => Vec::new(),
        };
        let key = members.sid.and_then(Value::as_str).unwrap_or_default().into();
        Ok(Statement { key, effect, actions, resources, principals, conditions })
    }

    /// The text to read in place of an intrinsic, in an element that names what is meant (or, if a complement, what is
    /// not). In a Deny nothing short of the real text covers anything, so all of it is open.
    fn in_place(&mut self, intrinsic: &Map, effect: Effect, complement: bool) -> String {
        let wide = (self.reading == Reading::Most) == (effect == Effect::Allow);
        let hole = if wide == complement { UNRESOLVED } else { "*" };
        let (text, open) = match effect {
            Effect::Allow => intrinsic::text(intrinsic, hole),
            Effect::Deny => (hole.to_owned(), true),
        };
        self.unresolved |= open;
        text
    }

    fn patterns(
        &mut self,
        value: &Value,
        effect: Effect,
        complement: bool,
        pattern: impl Fn(&str) -> Pattern,
    ) -> Result<Vec<Pattern>, &'static str> {
        items(value)
            .iter()
            .map(|item| match item {
                Value::Text(text) => Ok(pattern(text)),
                Value::Map(map) if is_intrinsic(map) => Ok(pattern(&self.in_place(map, effect, complement))),
                _ => Err("an action or resource that is not text"),
            })
            .collect()
    }

    fn principals(&mut self, value: &Value, effect: Effect, complement: bool) -> Result<Vec<Principal>, &'static str> {
        let mut list = Vec::new();
        match value {
            Value::Text(text) => list.push(Principal::untyped(text)),
            Value::Map(map) if is_intrinsic(map) => {
                list.push(Principal::untyped(&self.in_place(map, effect, complement)));
            }
            Value::Map(map) => {
                for (kind, value) in map {
                    for item in items(value) {
                        list.push(match item {
                            Value::Text(text) => Principal::new(kind, text),
                            // An account id that lost its quotes.
                            Value::Int(number) => Principal::new(kind, &format!("{number:012}")),
                            Value::Map(map) if is_intrinsic(map) => {
                                Principal::new(kind, &self.in_place(map, effect, complement))
                            }
                            _ => return Err("a principal that is not text"),
                        });
                    }
                }
            }
            Value::List(texts) => {
                for item in texts {
                    list.push(Principal::untyped(item.as_str().ok_or("a principal that is not text")?));
                }
            }
            _ => return Err("a principal that is not text"),
        }
        Ok(list)
    }

    fn conditions(&mut self, block: &Value, effect: Effect) -> Result<Vec<Condition>, &'static str> {
        let operators = block.as_map().ok_or("a condition that is not an object")?;
        let mut conditions = Vec::new();
        if is_intrinsic(operators) {
            self.unresolved = true;
            if (self.reading == Reading::Least) == (effect == Effect::Allow) {
                let value = vec![UNRESOLVED.into()];
                conditions.push(Condition::new("StringEquals", "aws:SourceAccount", value, self.variables));
            }
            return Ok(conditions);
        }
        for (operator, keys) in operators {
            for (key, values) in keys.as_map().ok_or("a condition operator without keys")? {
                let mut texts = Vec::new();
                for item in items(values) {
                    texts.push(self.condition_value(item, effect)?);
                }
                // Sorted, for the order of values has no meaning.
                texts.sort_unstable();
                conditions.push(Condition::new(operator, key, texts, self.variables));
            }
        }
        Ok(conditions)
    }

    fn condition_value(&mut self, value: &Value, effect: Effect) -> Result<Text, &'static str> {
        match value {
            Value::Text(text) => Ok(text.clone()),
            Value::Bool(_) | Value::Int(_) | Value::Float(_) => Ok(value.to_string().into()),
            Value::Map(map) if is_intrinsic(map) => {
                let wide = effect == Effect::Allow && self.reading == Reading::Most;
                let (text, open) = intrinsic::text(map, if wide { "*" } else { UNRESOLVED });
                self.unresolved |= open;
                Ok(text.into())
            }
            _ => Err("a condition value that is neither text, number nor boolean"),
        }
    }
}

/// A statement that a template makes only at deployment, read as widely as it can be.
fn anything(at: usize) -> Statement {
    let all = || Set::Only(vec![Pattern::resource("*", false)]);
    Statement {
        key: format!("#{at}").into(),
        effect: Effect::Allow,
        actions: all(),
        resources: all(),
        principals: Principals::Only(vec![Principal::Everyone]),
        conditions: Vec::new(),
    }
}

fn items(value: &Value) -> &[Value] {
    match value {
        Value::List(list) => list,
        one => std::slice::from_ref(one),
    }
}

/// A statement's members, found whatever the case of their names.
#[derive(Default)]
struct Members<'a> {
    sid: Option<&'a Value>,
    effect: Option<&'a Value>,
    action: Option<&'a Value>,
    not_action: Option<&'a Value>,
    resource: Option<&'a Value>,
    not_resource: Option<&'a Value>,
    principal: Option<&'a Value>,
    not_principal: Option<&'a Value>,
    condition: Option<&'a Value>,
}

impl<'a> Members<'a> {
    fn take(&mut self, name: &str, value: &'a Value) -> Result<(), &'static str> {
        let slots = [
            ("Sid", &mut self.sid),
            ("Effect", &mut self.effect),
            ("Action", &mut self.action),
            ("NotAction", &mut self.not_action),
            ("Resource", &mut self.resource),
            ("NotResource", &mut self.not_resource),
            ("Principal", &mut self.principal),
            ("NotPrincipal", &mut self.not_principal),
            ("Condition", &mut self.condition),
        ];
        for (known, slot) in slots {
            if name.eq_ignore_ascii_case(known) {
                return if slot.replace(value).is_some() { Err("one member twice") } else { Ok(()) };
            }
        }
        // A member AWS has not got (some tools leave a comment) changes nothing.
        Ok(())
    }
}

/// Undoes the percent-encoding (RFC 3986) in which IAM returns documents.
fn url_decode(text: &str) -> Result<String, PolicyError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                hex(rest.next()).zip(hex(rest.next())).map_or(Err(PolicyError::NotEncoded), |(a, b)| Ok(a << 4 | b))?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| PolicyError::NotEncoded)
}

fn hex(byte: Option<u8>) -> Option<u8> {
    char::from(byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

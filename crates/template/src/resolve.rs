//! What a template's values are before deployment: parameters have their defaults, and what only AWS can tell stays open.

use std::cell::Cell;
use std::collections::BTreeMap;

use trailhound_model::{Map, Text, Value};

use crate::source::{Content, Node};

/// How deep conditions may name each other.
const MAX_CONDITIONS: usize = 32;

/// How many bytes resolving may make, so that a small hostile template cannot become a huge one. Real ones need far less;
/// beyond it, values stay open.
const BUDGET: usize = 16 << 20;

/// What asking one condition costs of the budget.
const CONDITION_COST: usize = 64;

/// The longest value of a parameter that CloudFormation takes.
const MAX_PARAMETER: usize = 4_096;

/// The named parts of a template that values refer to.
pub(crate) struct Context<'a> {
    /// The parameters' defaults, where they decide the value.
    parameters: BTreeMap<&'a str, Value>,
    mappings: Option<&'a Node>,
    conditions: Option<&'a Node>,
    budget: Cell<usize>,
}

impl<'a> Context<'a> {
    pub(crate) fn of(template: &'a Node) -> Self {
        let parameters = template.get("Parameters").map_or(&[][..], Node::members).iter();
        let parameters = parameters.filter_map(|(name, parameter)| Some((&**name, default_of(parameter)?))).collect();
        Self {
            parameters,
            mappings: template.get("Mappings"),
            conditions: template.get("Conditions"),
            budget: Cell::new(BUDGET),
        }
    }

    /// Takes from the budget; `None` when it is used up.
    fn spend(&self, amount: usize) -> Option<()> {
        self.budget.set(self.budget.get().checked_sub(amount)?);
        Some(())
    }

    fn parameter(&self, name: &str) -> Option<Value> {
        let value = self.parameters.get(name)?;
        self.spend(MAX_PARAMETER)?;
        Some(value.clone())
    }

    /// The value with everything resolved that can be; `None` for `AWS::NoValue`. What cannot is left as an intrinsic in its
    /// long form.
    pub(crate) fn value(&self, node: &Node) -> Option<Value> {
        match &node.content {
            Content::Scalar(value) => Some(value.clone()),
            Content::List(items) => Some(Value::List(items.iter().filter_map(|item| self.value(item)).collect())),
            Content::Map(members) => {
                if let [(name, argument)] = &**members
                    && is_intrinsic_name(name)
                {
                    return self.intrinsic(name, argument);
                }
                let member = |(name, node): &(Text, Node)| Some((name.clone(), self.value(node)?));
                Some(Value::Map(members.iter().filter_map(member).collect()))
            }
        }
    }

    fn intrinsic(&self, name: &Text, argument: &Node) -> Option<Value> {
        if &**name == "Ref" && argument.as_str() == Some("AWS::NoValue") {
            return None;
        }
        if &**name == "Fn::If"
            && let Content::List(parts) = &argument.content
            && let [condition, yes, no] = &**parts
            && let Some(truth) = condition.as_str().and_then(|name| self.named_condition(name, 0))
        {
            return self.value(if truth { yes } else { no });
        }
        let argument = self.value(argument).unwrap_or_default();
        let known = match (&**name, &argument) {
            ("Ref", Value::Text(name)) => self.parameter(name),
            ("Fn::Sub", Value::Text(text)) => self.substitute(text, &Map::new()),
            ("Fn::Sub", Value::List(parts)) => match &**parts {
                [Value::Text(text), Value::Map(variables)] => self.substitute(text, variables),
                _ => None,
            },
            ("Fn::Join", Value::List(parts)) => match &**parts {
                [Value::Text(between), Value::List(parts)] => join(between, parts),
                _ => None,
            },
            ("Fn::Select", Value::List(parts)) => match &**parts {
                [index, Value::List(items)] if !items.iter().any(is_open) => {
                    index.as_int().and_then(|index| usize::try_from(index).ok()).and_then(|at| items.get(at)).cloned()
                }
                _ => None,
            },
            ("Fn::FindInMap", Value::List(path)) => self.mapped(path),
            _ => None,
        };
        Some(known.unwrap_or_else(|| Value::Map([(name.clone(), argument)].into_iter().collect())))
    }

    /// The text with every `${…}` replaced, if all of them are known.
    fn substitute(&self, text: &str, variables: &Map) -> Option<Value> {
        let mut made = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            made.push_str(before);
            let (name, tail) = after.split_once('}')?;
            match name.strip_prefix('!') {
                Some(literal) => made.push_str(&format!("${{{literal}}}")),
                None => made.push_str(&scalar(variables.get(name).or_else(|| self.parameters.get(name))?)?),
            }
            self.spend(made.len())?;
            rest = tail;
        }
        made.push_str(rest);
        Some(made.into())
    }

    fn mapped(&self, path: &[Value]) -> Option<Value> {
        let [map, first, second] = path else { return None };
        let node = self.mappings?.get(map.as_str()?)?.get(&scalar(first)?)?.get(&scalar(second)?)?;
        // AWS takes text and lists of text here, no functions.
        let plain = |node: &Node| match &node.content {
            Content::Scalar(value) => self.spend(scalar(value)?.len()).map(|()| value.clone()),
            _ => None,
        };
        match &node.content {
            Content::List(items) => Some(Value::List(items.iter().map(plain).collect::<Option<_>>()?)),
            _ => plain(node),
        }
    }

    /// Whether a condition of the template holds, if that is decided before deployment.
    pub(crate) fn condition(&self, name: &str) -> Option<bool> {
        self.named_condition(name, 0)
    }

    fn named_condition(&self, name: &str, depth: usize) -> Option<bool> {
        self.truth(self.conditions?.get(name)?, depth + 1)
    }

    fn truth(&self, node: &Node, depth: usize) -> Option<bool> {
        if depth > MAX_CONDITIONS {
            return None;
        }
        self.spend(CONDITION_COST)?;
        let [(name, argument)] = node.members() else { return None };
        let parts = match &argument.content {
            Content::List(parts) => &**parts,
            _ => &[],
        };
        match &**name {
            "Condition" => self.named_condition(argument.as_str()?, depth),
            "Fn::Not" => self.truth(parts.first()?, depth + 1).map(|truth| !truth),
            "Fn::And" => all(parts.iter().map(|part| self.truth(part, depth + 1))),
            "Fn::Or" => all(parts.iter().map(|part| self.truth(part, depth + 1).map(|truth| !truth))).map(|none| !none),
            "Fn::Equals" => {
                let [left, right] = parts else { return None };
                Some(scalar(&self.value(left)?)? == scalar(&self.value(right)?)?)
            }
            _ => None,
        }
    }
}

/// Whether all are true: one that is false decides, one that is unknown leaves it open.
fn all(truths: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut answer = Some(true);
    for truth in truths {
        match truth {
            Some(false) => return Some(false),
            Some(true) => {}
            None => answer = None,
        }
    }
    answer
}

/// The default of a parameter, where it is the value: not one that is looked up at deployment, nor one that is hidden.
fn default_of(parameter: &Node) -> Option<Value> {
    let kind = parameter.get("Type").and_then(Node::as_str)?;
    let hidden = parameter.get("NoEcho").is_some();
    if hidden || kind.starts_with("AWS::SSM::Parameter::") {
        return None;
    }
    let Content::Scalar(default) = &parameter.get("Default")?.content else { return None };
    if scalar(default)?.len() > MAX_PARAMETER {
        return None;
    }
    if kind == "CommaDelimitedList" || kind.starts_with("List<") {
        let text = scalar(default)?;
        return Some(Value::List(text.split(',').map(|item| item.trim().into()).collect()));
    }
    Some(default.clone())
}

fn join(between: &str, parts: &[Value]) -> Option<Value> {
    let parts: Vec<String> = parts.iter().map(scalar).collect::<Option<_>>()?;
    Some(parts.join(between).into())
}

/// A scalar as text.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Text(_) | Value::Int(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn is_intrinsic_name(name: &str) -> bool {
    name == "Ref" || name.starts_with("Fn::")
}

/// Whether the value is, or anywhere holds, an intrinsic that was not resolved.
pub(crate) fn is_open(value: &Value) -> bool {
    match value {
        Value::List(items) => items.iter().any(is_open),
        Value::Map(map) => is_intrinsic(map) || map.values().any(is_open),
        Value::Text(text) => text.contains("{{resolve:"),
        _ => false,
    }
}

/// Whether a map is an intrinsic, or has one beside its own members (`Fn::Transform`).
pub(crate) fn is_intrinsic(map: &Map) -> bool {
    (map.len() == 1 && map.contains_key("Ref")) || map.keys().any(|name| name.starts_with("Fn::"))
}

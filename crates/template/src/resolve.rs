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
    pub(crate) fn spend(&self, amount: usize) -> Option<()> {
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
        let known = self.apply(name, &argument, &|_| None);
        Some(known.unwrap_or_else(|| Value::Map([(name.clone(), argument)].into_iter().collect())))
    }

    /// What a function makes of an argument that is resolved as far as it can be. `own` tells what else a `${…}` of a text
    /// stands for.
    pub(crate) fn apply(&self, name: &str, argument: &Value, own: &dyn Fn(&str) -> Option<Value>) -> Option<Value> {
        let list = argument.as_list().unwrap_or_default();
        match (name, argument) {
            ("Ref", Value::Text(name)) => self.parameter(name),
            ("Fn::Sub", Value::Text(text)) => self.substitute(text, &Map::new(), own),
            ("Fn::Sub", _) => match list {
                [Value::Text(text), Value::Map(variables)] => self.substitute(text, variables, own),
                _ => None,
            },
            ("Fn::Join", _) => match list {
                [Value::Text(between), Value::List(parts)] => self.join(between, parts),
                _ => None,
            },
            ("Fn::Split", _) => match list {
                [Value::Text(at), Value::Text(text)] => self.split(at, text),
                _ => None,
            },
            ("Fn::Select", _) => match list {
                [index, Value::List(items)] => {
                    let at = index.as_int().and_then(|index| usize::try_from(index).ok())?;
                    // What is open may turn out to be nothing, and then the others move up.
                    let (item, before) = items.get(..=at)?.split_last()?;
                    (!before.iter().any(is_open)).then(|| item.clone())
                }
                _ => None,
            },
            ("Fn::FindInMap", _) => self.mapped(list),
            ("Fn::Length", Value::List(items)) if !items.iter().any(is_open) => {
                i64::try_from(items.len()).ok().map(Value::from)
            }
            ("Fn::ToJsonString", value) if !is_open(value) => {
                let text = value.to_json();
                self.spend(text.len())?;
                Some(text.into())
            }
            _ => None,
        }
    }

    /// The text with every `${…}` replaced, if all of them are known.
    fn substitute(&self, text: &str, variables: &Map, own: &dyn Fn(&str) -> Option<Value>) -> Option<Value> {
        let mut made = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            made.push_str(before);
            let (name, tail) = after.split_once('}')?;
            match name.strip_prefix('!') {
                Some(literal) => made.push_str(&format!("${{{literal}}}")),
                None => match variables.get(name).or_else(|| self.parameters.get(name)) {
                    Some(value) => made.push_str(&scalar(value)?),
                    None => made.push_str(&scalar(&own(name)?)?),
                },
            }
            self.spend(made.len())?;
            rest = tail;
        }
        made.push_str(rest);
        Some(made.into())
    }

    fn join(&self, between: &str, parts: &[Value]) -> Option<Value> {
        let parts: Vec<String> = parts.iter().map(scalar).collect::<Option<_>>()?;
        let text = parts.join(between);
        self.spend(text.len())?;
        Some(text.into())
    }

    fn split(&self, at: &str, text: &str) -> Option<Value> {
        // A name that stands for another resource's is not its text.
        if at.is_empty() || text.contains("${") {
            return None;
        }
        self.spend(text.len())?;
        Some(text.split(at).map(Value::from).collect::<Vec<_>>().into())
    }

    fn mapped(&self, path: &[Value]) -> Option<Value> {
        let (map, first, second, default) = match path {
            [map, first, second] => (map, first, second, None),
            [map, first, second, options] => (map, first, second, options.get("DefaultValue")),
            _ => return None,
        };
        // What the map lacks has the default; an open key decides nothing.
        let (map, first, second) = (map.as_str()?, scalar(first)?, scalar(second)?);
        let Some(node) = self.mappings.and_then(|maps| maps.get(map)?.get(&first)?.get(&second)) else {
            return default.cloned();
        };
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

/// A scalar as text.
pub(crate) fn scalar(value: &Value) -> Option<String> {
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

//! The stack that the template makes, as far as it shows its parameters and outputs.

use trailhound_model::kinds::cloudformation::{OUTPUT_SECRETS, PARAMETER_SECRETS, STACK};
use trailhound_model::{Kind, Life, Origin, Second, State, Text, Value, entries_of};

use crate::life::put;
use crate::names::Names;
use crate::place::{Gift, Places};
use crate::service::Variables;
use crate::source::Node;
use crate::{Asked, Subject};

/// The word for the stack in answers about it: no logical name has brackets.
const NAME: &str = "(stack)";

/// The stack of a template that has parameters or outputs.
pub(crate) fn subject<'a>(root: &'a Node, names: &Names<'_>, today: Second) -> Option<Subject<'a>> {
    let (parameters, outputs) = (root.get("Parameters"), root.get("Outputs"));
    let node = parameters.or(outputs)?;
    let mut life = Life::born(Kind::of(&STACK), today);
    let mut places = Places::of(node);
    let mut shown = Variables::default();
    for (name, parameter) in parameters.map_or(&[][..], Node::members) {
        if let Some(value) = shown_value(parameter) {
            shown.look("", name, &value);
        }
    }
    let state = shown.state();
    point("Parameters", parameters, &state, &mut places);
    put(&mut life, &PARAMETER_SECRETS, state, Origin::Stated);
    let mut shown = Variables::default();
    for (name, output) in outputs.map_or(&[][..], Node::members) {
        if let Some(value) = output.get("Value").and_then(|value| names.value(value)) {
            shown.look("", name, &value);
        }
    }
    let state = shown.state();
    point("Outputs", outputs, &state, &mut places);
    put(&mut life, &OUTPUT_SECRETS, state, Origin::Stated);
    Some(Subject { name: NAME, id: NAME.into(), life, places, asked: Asked::All })
}

/// What the stack shows of a parameter; nothing if it hides the value or AWS checks that it names a resource.
fn shown_value(parameter: &Node) -> Option<Value> {
    let is_text = parameter.get("Type").and_then(Node::as_str).is_some_and(|kind| {
        ["String", "CommaDelimitedList"].contains(&kind) || kind.contains("SSM::Parameter::Value<String>")
    });
    let is_looked_up = parameter.get("Type").and_then(Node::as_str).is_some_and(|kind| kind.contains("SSM"));
    if !is_text || parameter.get("NoEcho").is_some() {
        return None;
    }
    let default = parameter.get("Default").and_then(Node::as_str).filter(|_| !is_looked_up);
    // Without a default somebody gives one.
    Some(default.map_or_else(|| Value::map([("Ref", Some("".into()))]), Value::from))
}

fn point<'a>(section: &str, nodes: Option<&'a Node>, found: &State, places: &mut Places<'a>) {
    let facet = if section == "Parameters" { &PARAMETER_SECRETS.def } else { &OUTPUT_SECRETS.def };
    for (name, node) in nodes.map_or(&[][..], Node::members) {
        if entries_of(found).is_some_and(|found| found.contains_key(name)) {
            let key: Text = format!("{section}/{name}").into();
            places.give(Gift { facet, entries: vec![key], node });
        }
    }
}

//! Text that a template puts together only at deployment, as far as it can be told before.

use trailhound_model::{Map, Value};

use super::UNRESOLVED;

/// The value of a template that is not yet text: `{"Ref": …}` or `{"Fn::…": …}`.
pub(super) fn is_intrinsic(map: &Map) -> bool {
    map.len() == 1 && map.keys().all(|name| &**name == "Ref" || name.starts_with("Fn::"))
}

/// The text an intrinsic makes, with `hole` where a part can be anything, and whether there is such a part.
///
/// Pseudo parameters and attributes of resources are decided by AWS and never hold a wildcard: they are some one thing.
/// Parameters and exports can hold whatever somebody typed.
pub(super) fn text(intrinsic: &Map, hole: &str) -> (String, bool) {
    let open = || (hole.to_owned(), true);
    let Some((name, value)) = intrinsic.first() else { return open() };
    match (&**name, value) {
        ("Ref", Value::Text(name)) => reference(name, hole),
        ("Fn::GetAtt", _) => (UNRESOLVED.to_owned(), false),
        ("Fn::Sub", Value::Text(template)) => substitute(template, None, hole),
        ("Fn::Sub", Value::List(parts)) => match &**parts {
            [Value::Text(template), Value::Map(variables)] => substitute(template, Some(variables), hole),
            _ => open(),
        },
        ("Fn::Join", Value::List(parts)) => match &**parts {
            [Value::Text(delimiter), Value::List(parts)] => join(delimiter, parts, hole),
            _ => open(),
        },
        _ => open(),
    }
}

/// A logical name: a pseudo parameter, or else a parameter or resource.
fn reference(name: &str, hole: &str) -> (String, bool) {
    if name.starts_with("AWS::") { (UNRESOLVED.to_owned(), false) } else { (hole.to_owned(), true) }
}

/// The text with every `${…}` replaced. `${!…}` is the text `${…}`: a policy variable.
fn substitute(template: &str, variables: Option<&Map>, hole: &str) -> (String, bool) {
    let (mut text, mut open) = (String::new(), false);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        text.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            text.push_str("${");
            rest = after;
            continue;
        };
        rest = tail;
        if let Some(literal) = name.strip_prefix('!') {
            text.push_str("${");
            text.push_str(literal);
            text.push('}');
            continue;
        }
        let (part, part_open) = match variables.and_then(|variables| variables.get(name)) {
            Some(value) => part(value, hole),
            // `${Resource.Attribute}`.
            None if name.contains('.') => (UNRESOLVED.to_owned(), false),
            None => reference(name, hole),
        };
        text.push_str(&part);
        open |= part_open;
    }
    text.push_str(rest);
    (text, open)
}

fn join(delimiter: &str, parts: &[Value], hole: &str) -> (String, bool) {
    let parts: Vec<(String, bool)> = parts.iter().map(|value| part(value, hole)).collect();
    let open = parts.iter().any(|(_, open)| *open);
    let texts: Vec<String> = parts.into_iter().map(|(text, _)| text).collect();
    (texts.join(delimiter), open)
}

fn part(value: &Value, hole: &str) -> (String, bool) {
    match value {
        Value::Text(_) | Value::Int(_) | Value::Bool(_) => (value.to_string(), false),
        Value::Map(map) if is_intrinsic(map) => text(map, hole),
        _ => (hole.to_owned(), true),
    }
}

//! A template's text as a tree that knows its places. JSON is read as the YAML that it is.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, StrInput, Tag};
use trailhound_model::{Text, Value};

use crate::TemplateError;

/// The largest template that CloudFormation takes.
const MAX_BYTES: usize = 1 << 20;

/// How deep values may be nested. CloudFormation itself refuses deeper ones.
const MAX_DEPTH: usize = 64;

/// A value with its place, from line and column 1: that of its name for a member of a map, so that a property is found where
/// a person looks for it.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) content: Content,
}

#[derive(Clone, Debug)]
pub(crate) enum Content {
    Scalar(Value),
    List(Vec<Node>),
    /// In the order of the text; a name comes once.
    Map(Vec<(Text, Node)>),
}

impl Node {
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.members().iter().find(|(own, _)| &**own == name).map(|(_, node)| node)
    }

    pub(crate) fn members(&self) -> &[(Text, Self)] {
        match &self.content {
            Content::Map(members) => members,
            _ => &[],
        }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(value) => value.as_str(),
            _ => None,
        }
    }

    pub(crate) fn error(&self, message: impl Into<String>) -> TemplateError {
        TemplateError { line: self.line, column: self.column, message: message.into() }
    }
}

fn too_large() -> TemplateError {
    let message = format!("the template has more than {MAX_BYTES} bytes, the most that CloudFormation takes");
    TemplateError { line: 1, column: 1, message }
}

/// The text of a template's bytes, without a byte order mark.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, TemplateError> {
    if bytes.len() > MAX_BYTES {
        return Err(too_large());
    }
    let text =
        std::str::from_utf8(bytes).map_err(|fault| after(bytes, fault.valid_up_to(), "this is no UTF-8 text"))?;
    match text.find('\0') {
        Some(at) => Err(after(bytes, at, "there is a NUL byte, so this is no text")),
        None => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
    }
}

/// An error at a byte.
fn after(bytes: &[u8], at: usize, message: &str) -> TemplateError {
    let before = String::from_utf8_lossy(bytes.get(..at).unwrap_or(bytes));
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    TemplateError { line, column, message: message.to_owned() }
}

/// Reads one document.
pub(crate) fn parse(text: &str) -> Result<Node, TemplateError> {
    if text.len() > MAX_BYTES {
        return Err(too_large());
    }
    let mut reader = Reader { parser: Parser::new_from_str(text) };
    loop {
        match reader.next()? {
            (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
            (Event::StreamEnd | Event::DocumentEnd, at) => return Err(error(at, "the template is empty")),
            (event, at) => {
                let root = reader.node(event, at, 0)?;
                return reader.end().map(|()| root);
            }
        }
    }
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Marker), TemplateError> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, span.start)),
            Some(Err(fault)) => Err(error(*fault.marker(), fault.info())),
            None => Ok((Event::StreamEnd, Marker::default())),
        }
    }

    /// Nothing may follow the one document.
    fn end(&mut self) -> Result<(), TemplateError> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(()),
                (Event::DocumentEnd | Event::Nothing, _) => {}
                (_, at) => return Err(error(at, "a template is one document")),
            }
        }
    }

    fn node(&mut self, event: Event<'a>, at: Marker, depth: usize) -> Result<Node, TemplateError> {
        if depth > MAX_DEPTH {
            return Err(error(at, &format!("nested more than {MAX_DEPTH} deep")));
        }
        let (content, tag) = match event {
            Event::Scalar(text, style, _, tag) => {
                let value = if style == ScalarStyle::Plain && tag.is_none() {
                    plain(&text)
                } else {
                    Value::from(text.as_ref())
                };
                (Content::Scalar(value), tag)
            }
            Event::SequenceStart(_, tag) => (Content::List(self.list(depth)?), tag),
            Event::MappingStart(_, tag) => (Content::Map(self.map(depth)?), tag),
            Event::Alias(_) => return Err(error(at, "CloudFormation does not take YAML aliases")),
            _ => return Err(error(at, "a value is missing")),
        };
        let node = Node { line: at.line(), column: at.col() + 1, content };
        match tag {
            Some(tag) => intrinsic(node, &tag),
            None => Ok(node),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, TemplateError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, at) => items.push(self.node(event, at, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Vec<(Text, Node)>, TemplateError> {
        let mut members: Vec<(Text, Node)> = Vec::new();
        let mut names = std::collections::BTreeSet::new();
        loop {
            let (name, place): (Text, Marker) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(members),
                (Event::Scalar(name, _, _, _), at) => {
                    let name: Text = name.as_ref().into();
                    if !names.insert(name.clone()) {
                        return Err(error(at, &format!("`{name}` is here a second time")));
                    }
                    (name, at)
                }
                (_, at) => return Err(error(at, "a name must be text")),
            };
            let (event, at) = self.next()?;
            let node = self.node(event, at, depth + 1)?;
            members.push((name, Node { line: place.line(), column: place.col() + 1, ..node }));
        }
    }
}

fn error(at: Marker, message: &str) -> TemplateError {
    TemplateError { line: at.line().max(1), column: at.col() + 1, message: message.to_owned() }
}

/// A scalar without quotes, as CloudFormation's YAML 1.1 takes it. A number with a leading zero stays text: it is an account
/// id more often than octal.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Value::Bool(false),
        _ => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let decimal = digits == "0"
                || (!digits.starts_with('0') && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
            match text.parse() {
                Ok(number) if decimal => Value::Int(number),
                _ => text.into(),
            }
        }
    }
}

/// The short forms of intrinsic functions: `!Sub x` is `{"Fn::Sub": x}`.
const SHORT: [&str; 21] = [
    "And",
    "Base64",
    "Cidr",
    "Equals",
    "FindInMap",
    "ForEach",
    "GetAZs",
    "GetAtt",
    "GetStackOutput",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
    "Contains",
];

fn intrinsic(node: Node, tag: &Tag) -> Result<Node, TemplateError> {
    if tag.handle != "!" {
        // `!!str` and the like: only text is told apart from what a plain scalar would be.
        return match tag.suffix.as_str() {
            "str" | "map" | "seq" | "bool" | "int" => Ok(node),
            suffix => Err(node.error(format!("CloudFormation does not take the tag `{}{suffix}`", tag.handle))),
        };
    }
    let name: Text = match tag.suffix.as_str() {
        name @ ("Ref" | "Condition") => name.into(),
        name if SHORT.contains(&name) => format!("Fn::{name}").into(),
        name => return Err(node.error(format!("there is no intrinsic function `!{name}`"))),
    };
    let (line, column) = (node.line, node.column);
    Ok(Node { line, column, content: Content::Map(vec![(name, node)]) })
}

//! A view of a record's request or response that forgives what AWS is inconsistent about.
//!
//! Member names are found in any case, because one service writes `dBInstanceIdentifier` beside `dbInstancePort`. Lists come
//! as arrays, as `{"items": [...]}`, as `{}` when empty, or as the bare element when there is one.

use trailhound_model::{Text, Value};

use crate::json::{Json, Part, Shape};
use crate::record::spelled_flag;

/// A part of a request or response; may be missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Body<'a>(Option<Source<'a>>);

/// What is viewed: an event's body as it was logged, or what a read has answered.
#[derive(Clone, Copy, Debug)]
enum Source<'a> {
    Logged(Part<'a>),
    Read(&'a Value),
}

impl<'a> Source<'a> {
    fn shape(self) -> Shape<'a> {
        match self {
            Self::Logged(part) => part.shape(),
            Self::Read(Value::Null) => Shape::Null,
            Self::Read(Value::Bool(value)) => Shape::Bool(*value),
            Self::Read(Value::Int(value)) => Shape::Int(*value),
            Self::Read(Value::Float(value)) => Shape::Float(*value),
            Self::Read(Value::Text(text)) => Shape::Text(text),
            Self::Read(Value::List(_)) => Shape::List,
            Self::Read(Value::Map(_)) => Shape::Map,
        }
    }
}

/// What CloudTrail writes in place of a value that it hides, as observed in real records.
const HIDDEN: [&str; 4] = ["HIDDEN_DUE_TO_SECURITY_REASONS", "<sensitiveDataRemoved>", "***(Redacted)", "****"];

/// Whether a text stands in for a value that CloudTrail hides.
#[must_use]
pub fn is_hidden(text: &str) -> bool {
    HIDDEN.contains(&text)
}

impl<'a> Body<'a> {
    /// A view of a value.
    #[must_use]
    pub fn new(value: Option<&'a Value>) -> Self {
        Self(value.map(Source::Read))
    }

    /// A view of a body of a record.
    #[must_use]
    pub fn logged(body: Option<&'a Json<'a>>) -> Self {
        Self(body.map(|body| Source::Logged(body.part())))
    }

    fn shape(self) -> Option<Shape<'a>> {
        self.0.map(Source::shape)
    }

    /// The member with this name in any case, by a path of names if there are several. Missing if any is.
    #[must_use]
    pub fn at(self, path: &[&str]) -> Self {
        path.iter().fold(self, |body, name| body.member(name))
    }

    fn member(self, name: &str) -> Self {
        let found = match self.0 {
            Some(Source::Logged(part)) => part.member(name).map(Source::Logged),
            Some(Source::Read(Value::Map(map))) => {
                let similar = || map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
                map.get(name).or_else(similar).map(Source::Read)
            }
            _ => None,
        };
        // S3 and IAM write a missing member as null.
        Self(found.filter(|found| found.shape() != Shape::Null))
    }

    /// Whether there is anything here.
    #[must_use]
    pub const fn is_present(self) -> bool {
        self.0.is_some()
    }

    /// A copy of the value.
    #[must_use]
    pub fn to_value(self) -> Option<Value> {
        Some(match self.0? {
            Source::Logged(part) => part.to_value(),
            Source::Read(value) => value.clone(),
        })
    }

    /// The same, if it is a map.
    #[must_use]
    pub fn if_map(self) -> Self {
        Self(self.0.filter(|source| source.shape() == Shape::Map))
    }

    /// The text, if this is text.
    #[must_use]
    pub fn as_str(self) -> Option<&'a str> {
        match self.shape()? {
            Shape::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean, if this is one or its spelling.
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        match self.shape()? {
            Shape::Bool(value) => Some(value),
            Shape::Text(text) => spelled_flag(text),
            _ => None,
        }
    }

    /// The whole number, if this is one or text that spells one.
    #[must_use]
    pub fn as_int(self) -> Option<i64> {
        match self.shape()? {
            Shape::Int(value) => Some(value),
            Shape::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The members of a map, in no particular order; empty for all else. One that is written twice comes twice.
    pub fn members(self) -> impl Iterator<Item = (&'a str, Self)> {
        let (held, map) = match self.0 {
            Some(Source::Logged(part)) if part.shape() == Shape::Map => (Some(part.held()), None),
            Some(Source::Read(value)) => (None, value.as_map()),
            _ => (None, None),
        };
        let logged = held.into_iter().flatten().map(|(name, part)| (name, Source::Logged(part)));
        let read = map.into_iter().flatten().map(|(name, value)| (&**name, Source::Read(value)));
        logged.chain(read).map(|(name, source)| (name, Self(Some(source))))
    }

    /// A member's text; not what stands in for hidden text.
    #[must_use]
    pub fn text(self, name: &str) -> Option<&'a str> {
        self.member(name).as_str().filter(|text| !is_hidden(text))
    }

    /// A member's text, number or boolean as text: ids and sizes are sometimes retyped.
    #[must_use]
    pub fn scalar(self, name: &str) -> Option<String> {
        match self.member(name).shape()? {
            Shape::Text(text) if !is_hidden(text) => Some(text.to_owned()),
            Shape::Int(number) => Some(number.to_string()),
            Shape::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }

    /// A member's boolean, also where it is spelled as text or wrapped as `{"value": true}` (EC2's attribute calls).
    #[must_use]
    pub fn flag(self, name: &str) -> Option<bool> {
        let member = self.member(name);
        member.as_bool().or_else(|| member.member("value").as_bool())
    }

    /// A member's whole number, also where it is spelled as text.
    #[must_use]
    pub fn int(self, name: &str) -> Option<i64> {
        self.member(name).as_int()
    }

    /// A member that is a list in any of its spellings. Missing is empty: ask [`Body::at`] where that matters.
    #[must_use]
    pub fn list(self, name: &str) -> Vec<Self> {
        self.member(name).elements()
    }

    /// The elements of this list in any of its spellings: array, `{"items": ...}`, `{"item": ...}`, a map with one list, or a
    /// single element. An empty map is an empty list.
    #[must_use]
    pub fn elements(self) -> Vec<Self> {
        let viewed = |source| Self(Some(source));
        match (self.0, self.shape()) {
            (None, _) | (_, None | Some(Shape::Null)) => Vec::new(),
            (Some(Source::Logged(part)), Some(Shape::List)) => {
                part.held().map(|(_, item)| viewed(Source::Logged(item))).collect()
            }
            (Some(Source::Read(Value::List(list))), _) => list.iter().map(|item| viewed(Source::Read(item))).collect(),
            (_, Some(Shape::Map)) => {
                let (mut empty, mut items, mut item) = (true, None, None);
                for (name, member) in self.members() {
                    empty = false;
                    match name {
                        "items" => items = Some(member),
                        "item" => item = Some(member),
                        _ => {}
                    }
                }
                match items.or(item) {
                    Some(inner) => inner.elements(),
                    None if empty => Vec::new(),
                    None => vec![self],
                }
            }
            _ => vec![self],
        }
    }

    /// The texts of a list; EC2's new style writes an element as `{"tag": 1, "content": "vpc-1"}`.
    #[must_use]
    pub fn texts(self, name: &str) -> Vec<&'a str> {
        self.list(name).into_iter().filter_map(|item| item.as_str().or_else(|| item.text("content"))).collect()
    }

    /// A member that is a JSON document: an object, JSON text, or JSON text in URL encoding.
    ///
    /// # Errors
    /// The text is no JSON, or is hidden.
    pub fn document(self, name: &str) -> Result<Option<Value>, BadDocument> {
        let member = self.member(name);
        match member.shape() {
            None | Some(Shape::Text("")) => Ok(None),
            Some(Shape::Text(text)) => parse_document(text).map(Some).ok_or(BadDocument),
            Some(Shape::Map | Shape::List) => Ok(member.to_value()),
            Some(_) => Err(BadDocument),
        }
    }

    /// A copy with CloudFormation's names: the first letter of every member's name in upper case, lists unwrapped. Scalars
    /// are kept. This is how most services' requests differ from the schema.
    #[must_use]
    pub fn cloudformation(self) -> Option<Value> {
        self.to_value().map(cloudformation)
    }
}

/// Text that should be a JSON document and is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadDocument;

/// Parses a JSON document that may be URL-encoded.
#[must_use]
pub fn parse_document(text: &str) -> Option<Value> {
    let text = text.trim();
    if text.starts_with('%') {
        return Value::from_json(&percent_decode(text)?).ok();
    }
    Value::from_json(text).ok().filter(|value| matches!(value, Value::Map(_) | Value::List(_)))
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let high = char::from(bytes.next()?).to_digit(16)?;
            let low = char::from(bytes.next()?).to_digit(16)?;
            decoded.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).ok()
}

fn cloudformation(value: Value) -> Value {
    match value {
        Value::Map(map) => {
            let mut members = map.into_tuple_vec();
            if let [(name, items @ Value::List(_))] = members.as_mut_slice()
                && *name == "items"
            {
                return cloudformation(std::mem::take(items));
            }
            let renamed = |(name, member): (Text, Value)| (upper_first(&name).into(), cloudformation(member));
            Value::of_members(members.into_iter().map(renamed).collect())
        }
        Value::List(list) => Value::List(list.into_iter().map(cloudformation).collect()),
        other => other,
    }
}

/// The name with its first letter in upper case.
#[must_use]
pub fn upper_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> Value {
        Value::from_json(json).unwrap()
    }

    #[test]
    fn names_are_found_in_any_case_and_lists_in_any_spelling() {
        let request = value(
            r#"{"dBInstanceIdentifier":"a","Items":{"items":[{"x":1},{"x":2}]},"Empty":{},"One":{"x":3},"Many":["a","b"],
                "New":{"tag":1,"content":"vpc-1"},"Flag":{"value":true}}"#,
        );
        let body = Body::new(Some(&request));
        assert_eq!(body.text("DBInstanceIdentifier"), Some("a"));
        assert_eq!(body.list("items").iter().filter_map(|item| item.int("x")).collect::<Vec<_>>(), [1, 2]);
        assert!(body.list("empty").is_empty() && body.list("missing").is_empty());
        assert_eq!(body.list("one").len(), 1);
        assert_eq!(body.texts("many"), ["a", "b"]);
        assert_eq!(body.texts("new"), ["vpc-1"]);
        assert_eq!(body.flag("flag"), Some(true));
    }

    #[test]
    fn documents_come_as_object_text_or_url_encoded_text() {
        let request = value(
            r#"{"a":{"Version":"1"},"b":"{\"Version\":\"1\"}","c":"%7B%22Version%22%3A%221%22%7D","d":"nonsense","e":""}"#,
        );
        let body = Body::new(Some(&request));
        let expected = value(r#"{"Version":"1"}"#);
        for name in ["a", "b", "c"] {
            assert_eq!(body.document(name).unwrap().unwrap(), expected, "{name}");
        }
        assert!(body.document("d").is_err());
        assert_eq!(body.document("e").unwrap(), None);
    }

    #[test]
    fn hidden_text_is_no_text() {
        let request = value(r#"{"password":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#);
        assert_eq!(Body::new(Some(&request)).text("password"), None);
        assert!(Body::new(Some(&request)).at(&["password"]).is_present());
    }

    #[test]
    fn cloudformation_names_start_with_a_capital() {
        let request = value(r#"{"httpTokens":"required","tagSet":{"items":[{"key":"a"}]}}"#);
        assert_eq!(
            Body::new(Some(&request)).cloudformation().unwrap(),
            value(r#"{"HttpTokens":"required","TagSet":[{"Key":"a"}]}"#)
        );
    }
}

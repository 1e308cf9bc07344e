//! A view of a record's request or response that forgives what AWS is inconsistent about.
//!
//! Member names are found in any case, because one service writes `dBInstanceIdentifier` beside `dbInstancePort`. Lists come
//! as arrays, as `{"items": [...]}`, as `{}` when empty, or as the bare element when there is one.

use trailhound_model::{Map, Value};

/// A part of a request or response; may be missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Body<'a>(Option<&'a Value>);

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
    pub const fn new(value: Option<&'a Value>) -> Self {
        Self(value)
    }

    /// The member with this name in any case, by a path of names if there are several. Missing if any is.
    #[must_use]
    pub fn at(self, path: &[&str]) -> Self {
        path.iter().fold(self, |body, name| body.member(name))
    }

    fn member(self, name: &str) -> Self {
        let Some(map) = self.0.and_then(Value::as_map) else { return Self(None) };
        let found = map
            .get(name)
            .or_else(|| map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value));
        // S3 and IAM write a missing member as null.
        Self(found.filter(|value| !matches!(value, Value::Null)))
    }

    /// Whether there is anything here.
    #[must_use]
    pub const fn is_present(self) -> bool {
        self.0.is_some()
    }

    /// The value itself.
    #[must_use]
    pub const fn value(self) -> Option<&'a Value> {
        self.0
    }

    /// The map itself.
    #[must_use]
    pub fn map(self) -> Option<&'a Map> {
        self.0?.as_map()
    }

    /// A member's text; not what stands in for hidden text.
    #[must_use]
    pub fn text(self, name: &str) -> Option<&'a str> {
        self.member(name).0?.as_str().filter(|text| !is_hidden(text))
    }

    /// A member's text, number or boolean as text: ids and sizes are sometimes retyped.
    #[must_use]
    pub fn scalar(self, name: &str) -> Option<String> {
        match self.member(name).0? {
            Value::Text(text) if !is_hidden(text) => Some(text.to_string()),
            Value::Int(number) => Some(number.to_string()),
            Value::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }

    /// A member's boolean, also where it is spelled as text or wrapped as `{"value": true}` (EC2's attribute calls).
    #[must_use]
    pub fn flag(self, name: &str) -> Option<bool> {
        let member = self.member(name);
        member.0?.as_bool().or_else(|| member.member("value").0?.as_bool())
    }

    /// A member's whole number, also where it is spelled as text.
    #[must_use]
    pub fn int(self, name: &str) -> Option<i64> {
        self.member(name).0?.as_int()
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
        match self.0 {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::List(list)) => list.iter().map(|item| Self(Some(item))).collect(),
            Some(Value::Map(map)) if map.is_empty() => Vec::new(),
            Some(Value::Map(map)) => match map.get("items").or_else(|| map.get("item")) {
                Some(inner) => Self(Some(inner)).elements(),
                None => vec![self],
            },
            Some(_) => vec![self],
        }
    }

    /// The texts of a list; EC2's new style writes an element as `{"tag": 1, "content": "vpc-1"}`.
    #[must_use]
    pub fn texts(self, name: &str) -> Vec<&'a str> {
        self.list(name).into_iter().filter_map(|item| item.0?.as_str().or_else(|| item.text("content"))).collect()
    }

    /// A member that is a JSON document: an object, JSON text, or JSON text in URL encoding.
    ///
    /// # Errors
    /// The text is no JSON, or is hidden.
    pub fn document(self, name: &str) -> Result<Option<Value>, BadDocument> {
        let Some(value) = self.member(name).0 else { return Ok(None) };
        match value {
            Value::Text(text) if text.is_empty() => Ok(None),
            Value::Text(text) => parse_document(text).map(Some).ok_or(BadDocument),
            Value::Map(_) | Value::List(_) => Ok(Some(value.clone())),
            _ => Err(BadDocument),
        }
    }

    /// A copy with CloudFormation's names: the first letter of every member's name in upper case, lists unwrapped. Scalars
    /// are kept. This is how most services' requests differ from the schema.
    #[must_use]
    pub fn cloudformation(self) -> Option<Value> {
        self.0.map(cloudformation)
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

fn cloudformation(value: &Value) -> Value {
    match value {
        Value::Map(map) => {
            if let (1, Some(inner @ Value::List(_))) = (map.len(), map.get("items")) {
                return cloudformation(inner);
            }
            Value::Map(map.iter().map(|(name, member)| (upper_first(name).into(), cloudformation(member))).collect())
        }
        Value::List(list) => Value::List(list.iter().map(cloudformation).collect()),
        other => other.clone(),
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

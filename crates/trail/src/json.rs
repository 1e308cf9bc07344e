//! The bodies of a record as they are written: JSON whose text is borrowed from the record's bytes.
//!
//! Most of a request or response is never looked at. So it lies in one piece of memory, in the order it was written in,
//! and only what an interpreter keeps becomes a [`Value`].

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use trailhound_model::Value;

/// A JSON value: a node for itself, followed by those of what it holds.
#[derive(Clone, Debug)]
pub struct Json<'a>(Vec<Node<'a>>);

#[derive(Clone, Debug)]
struct Node<'a> {
    /// The member's name; empty for what is no member.
    name: Cow<'a, str>,
    content: Content<'a>,
}

#[derive(Clone, Debug)]
enum Content<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Cow<'a, str>),
    /// The number of nodes that belong to the elements.
    List(usize),
    /// The number of nodes that belong to the members. Of several with one name the last counts.
    Map(usize),
}

impl Json<'_> {
    /// Parses JSON text into a value of its own.
    pub(crate) fn owned(text: &str) -> Option<Json<'static>> {
        let Json(nodes) = serde_json::from_str::<Json<'_>>(text).ok()?;
        Some(Json(nodes.into_iter().map(Node::into_owned).collect()))
    }

    /// The whole value.
    #[must_use]
    pub fn part(&self) -> Part<'_> {
        Part(&self.0)
    }
}

impl Node<'_> {
    fn into_owned(self) -> Node<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let content = match self.content {
            Content::Null => Content::Null,
            Content::Bool(value) => Content::Bool(value),
            Content::Int(value) => Content::Int(value),
            Content::Float(value) => Content::Float(value),
            Content::Text(text) => Content::Text(own(text)),
            Content::List(nodes) => Content::List(nodes),
            Content::Map(nodes) => Content::Map(nodes),
        };
        Node { name: own(self.name), content }
    }
}

/// A value in a [`Json`]: its node, and at least those of what it holds.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a>(&'a [Node<'a>]);

/// What a value is, without what it holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Shape<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
    List,
    Map,
}

impl<'a> Part<'a> {
    pub(crate) fn shape(self) -> Shape<'a> {
        match self.0.first().map(|node| &node.content) {
            None | Some(Content::Null) => Shape::Null,
            Some(Content::Bool(value)) => Shape::Bool(*value),
            Some(Content::Int(value)) => Shape::Int(*value),
            Some(Content::Float(value)) => Shape::Float(*value),
            Some(Content::Text(text)) => Shape::Text(text),
            Some(Content::List(_)) => Shape::List,
            Some(Content::Map(_)) => Shape::Map,
        }
    }

    /// The elements of a list, or a map's members with their names, as they are written.
    pub(crate) fn held(self) -> Held<'a> {
        let held = match self.0.split_first() {
            Some((Node { content: Content::List(nodes) | Content::Map(nodes), .. }, rest)) => rest.get(..*nodes),
            _ => None,
        };
        Held(held.unwrap_or_default())
    }

    /// The member with this name; else one with this name in another case, of several the first in the order of names.
    pub(crate) fn member(self, name: &str) -> Option<Self> {
        if self.shape() != Shape::Map {
            return None;
        }
        let (mut exact, mut similar) = (None, None::<(&str, Self)>);
        for (found, part) in self.held() {
            if !found.eq_ignore_ascii_case(name) {
                continue;
            }
            if found == name {
                exact = Some(part);
            } else if similar.is_none_or(|(other, _)| found <= other) {
                similar = Some((found, part));
            }
        }
        exact.or(similar.map(|(_, part)| part))
    }

    /// A copy that can be kept.
    #[must_use]
    pub fn to_value(self) -> Value {
        match self.shape() {
            Shape::Null => Value::Null,
            Shape::Bool(value) => Value::Bool(value),
            Shape::Int(value) => Value::Int(value),
            Shape::Float(value) => Value::Float(value),
            Shape::Text(text) => text.into(),
            Shape::List => {
                let mut list = Vec::with_capacity(self.held().count());
                list.extend(self.held().map(|(_, part)| part.to_value()));
                Value::List(list)
            }
            Shape::Map => {
                let mut members = Vec::with_capacity(self.held().count());
                members.extend(self.held().map(|(name, part)| (name.into(), part.to_value())));
                Value::of_members(members)
            }
        }
    }
}

/// Goes through what a value holds.
#[derive(Clone, Debug)]
pub(crate) struct Held<'a>(&'a [Node<'a>]);

impl<'a> Iterator for Held<'a> {
    type Item = (&'a str, Part<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let (node, rest) = self.0.split_first()?;
        let part = Part(self.0);
        self.0 = match node.content {
            Content::List(nodes) | Content::Map(nodes) => rest.get(nodes..).unwrap_or_default(),
            _ => rest,
        };
        Some((&node.name, part))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Most bodies have more nodes than fit into the few that a list begins with.
        let mut nodes = Vec::with_capacity(16);
        Builder { nodes: &mut nodes, name: Cow::Borrowed("") }.deserialize(deserializer)?;
        Ok(Self(nodes))
    }
}

/// Adds a value with this name, and what it holds.
struct Builder<'n, 'a> {
    nodes: &'n mut Vec<Node<'a>>,
    name: Cow<'a, str>,
}

impl<'a> Builder<'_, 'a> {
    fn push(self, content: Content<'a>) {
        self.nodes.push(Node { name: self.name, content });
    }
}

impl<'de> DeserializeSeed<'de> for Builder<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Builder<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.push(Content::Null);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.push(Content::Bool(value));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.push(Content::Int(value));
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "a number beyond i64 is kept only to be shown")]
    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.push(i64::try_from(value).map_or(Content::Float(value as f64), Content::Int));
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.push(Content::Float(value));
        Ok(())
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        self.push(Content::Text(Cow::Borrowed(text)));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.push(Content::Text(Cow::Owned(text.to_owned())));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self { nodes, name } = self;
        let at = nodes.len();
        nodes.push(Node { name, content: Content::List(0) });
        while items.next_element_seed(Builder { nodes, name: Cow::Borrowed("") })?.is_some() {}
        close(nodes, at, Content::List);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let Self { nodes, name } = self;
        let at = nodes.len();
        nodes.push(Node { name, content: Content::Map(0) });
        while let Some(Name(name)) = members.next_key()? {
            members.next_value_seed(Builder { nodes, name })?;
        }
        close(nodes, at, Content::Map);
        Ok(())
    }
}

/// Tells the node at this place how many belong to it: all that came after it.
fn close<'a>(nodes: &mut [Node<'a>], at: usize, content: fn(usize) -> Content<'a>) {
    let held = nodes.len() - at - 1;
    if let Some(node) = nodes.get_mut(at) {
        node.content = content(held);
    }
}

/// A member's name, borrowed where it has no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyName;

        impl<'de> Visitor<'de> for AnyName {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_str(AnyName)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str =
        r#"{"b":{"x":[1,{"y":null}],"\u0078":2.5},"a":"say \"hi\"","B":{"z":true},"a":[],"l":[[],{},-7]}"#;

    #[test]
    fn a_copy_is_what_the_value_itself_would_be() {
        for text in [BODY, "null", "[]", "{}", "18446744073709551615", r#""text""#, r#"[{"a":{"b":[{}]}},{"a":1}]"#] {
            let value = Value::from_json(text).unwrap();
            assert_eq!(serde_json::from_str::<Json<'_>>(text).unwrap().part().to_value(), value, "{text}");
            assert_eq!(Json::owned(text).unwrap().part().to_value(), value, "{text}");
        }
        for text in ["", "{", "[1,]", r#"{"a"}"#, "1 2"] {
            assert!(Json::owned(text).is_none(), "{text}");
        }
    }

    #[test]
    fn members_are_found_by_name_and_then_in_any_case() {
        let json: Json<'_> = serde_json::from_str(BODY).unwrap();
        let member = |name: &str| json.part().member(name).map(|part| part.to_value().to_json());
        assert_eq!(member("b").unwrap(), r#"{"x":2.5}"#);
        assert_eq!(member("B").unwrap(), r#"{"z":true}"#);
        assert_eq!(member("a").unwrap(), "[]", "the last of two counts");
        assert_eq!(member("A").unwrap(), "[]");
        assert_eq!(member("L").unwrap(), "[[],{},-7]");
        assert_eq!(member("c"), None);
        let json: Json<'_> = serde_json::from_str(r#"{"aB":1,"Ab":2,"Ab":3,"bA":4}"#).unwrap();
        assert_eq!(json.part().member("ab").unwrap().shape(), Shape::Int(3), "the first in the order of names");
    }

    #[test]
    fn what_is_nested_or_repeated_without_measure_is_no_burden() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(Json::owned(&deep).is_none(), "nested too deep");
        let members: Vec<String> = (0..200_000).map(|n| format!(r#""n{}":{n}"#, n % 100_000)).collect();
        let wide = format!("{{{}}}", members.join(","));
        let json: Json<'_> = serde_json::from_str(&wide).unwrap();
        assert_eq!(json.part().member("N7").unwrap().shape(), Shape::Int(100_007));
        assert_eq!(json.part().to_value().as_map().unwrap().len(), 100_000);
    }
}

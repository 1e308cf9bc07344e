//! The canonical value: one CloudFormation-shaped form for everything a resource can be set to.
//!
//! A facet that came from an event, a read or a template is compared, stored and printed in this form only. Keys are
//! sorted, numbers are whole where they can be, and text is never interpreted here.

use std::cmp::Ordering;
use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{
    DeserializeOwned, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::{Deserialize, Serialize, Serializer, forward_to_deserialize_any};
use smallvec::SmallVec;

/// Owned text that is never changed: up to 15 bytes lie in place, anything longer is shared by all its clones. Most of
/// what a log names is short, and what is long is named again and again.
pub type Text = ecow::EcoString;

/// Sorted name → value pairs in one piece of memory: most maps are small, and there are very many of them.
pub type Map = litemap::LiteMap<Text, Value>;

/// Collects what is mostly few, so that the piece of memory it is kept in fits.
type Few<T> = SmallVec<[T; 8]>;

/// A JSON-like value with a total order, so that states can be compared and sorted.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// JSON `null`.
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(Text),
    /// A list; its order is kept.
    List(Vec<Value>),
    /// A map with sorted keys.
    Map(Map),
}

/// Why a value did not have the shape that was asked of it; the message names the member and what was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ShapeError(String);

impl serde::de::Error for ShapeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl Value {
    /// The value of a member, if this is a map that has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(map) => map.get(name),
            _ => None,
        }
    }

    /// The text, if this is text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean, if this is one or the text `true` or `false` in any case: templates, S3 and SNS write both.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Self::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// The whole number, if this is one or text that spells one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The map, if this is one.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The list, if this is one.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    /// Decodes into a typed view. Unknown members are ignored; a member of the wrong type is an error.
    ///
    /// # Errors
    /// When a member that the type needs is missing or has another type.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, ShapeError> {
        T::deserialize(self)
    }

    /// Builds a map from pairs, leaving out the `None`s.
    pub fn map<const N: usize>(members: [(&str, Option<Self>); N]) -> Self {
        let mut list = Vec::with_capacity(members.iter().filter(|(_, value)| value.is_some()).count());
        list.extend(members.into_iter().filter_map(|(name, value)| Some((name.into(), value?))));
        Self::of_members(list)
    }

    /// The map of these pairs; of several with one name the last. Sorted once: a hostile map with very many names would
    /// be slow to insert into.
    #[must_use]
    pub fn of_members(mut members: Vec<(Text, Self)>) -> Self {
        if !members.is_sorted_by(|(a, _), (b, _)| a < b) {
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            members.dedup_by(|later, earlier| {
                let repeated = later.0 == earlier.0;
                if repeated {
                    std::mem::swap(later, earlier);
                }
                repeated
            });
        }
        Self::Map(Map::from_sorted_store_unchecked(members))
    }

    /// Parses JSON text.
    ///
    /// # Errors
    /// When the text is not one JSON value.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The value as compact JSON with sorted keys.
    #[must_use]
    pub fn to_json(&self) -> String {
        // A `Value` has string keys only and floats are written as `null` when not finite, so this cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// A length that [`Value::to_json`] does not exceed, in bytes, without making it: most values are short.
    #[must_use]
    pub fn json_length_at_most(&self) -> usize {
        // A control character becomes six bytes; a number of 64 bits has at most 24.
        let text = |text: &str| text.len() * 6 + 2;
        match self {
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) => 24,
            Self::Text(value) => text(value),
            Self::List(list) => list.iter().map(|value| value.json_length_at_most() + 1).sum::<usize>() + 2,
            Self::Map(map) => {
                map.iter().map(|(name, value)| text(name) + value.json_length_at_most() + 2).sum::<usize>() + 2
            }
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Int(_) => 2,
            Self::Float(_) => 3,
            Self::Text(_) => 4,
            Self::List(_) => 5,
            Self::Map(_) => 6,
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Float(a), Self::Float(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::List(a), Self::List(b)) => a.cmp(b),
            (Self::Map(a), Self::Map(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            other => f.write_str(&other.to_json()),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value.into())
    }
}

impl From<Text> for Value {
    fn from(value: Text) -> Self {
        Self::Text(value)
    }
}

impl From<Map> for Value {
    fn from(value: Map) -> Self {
        Self::Map(value)
    }
}

impl<T: Into<Self>> From<Vec<T>> for Value {
    fn from(list: Vec<T>) -> Self {
        Self::List(list.into_iter().map(Into::into).collect())
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::List(list) => serializer.collect_seq(list),
            Self::Map(map) => serializer.collect_map(map),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Builder;

        impl<'de> Visitor<'de> for Builder {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
                Ok(Value::Bool(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
                Ok(Value::Int(value))
            }

            #[expect(clippy::cast_precision_loss, reason = "a number beyond i64 is kept only to be shown")]
            fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
                Ok(i64::try_from(value).map_or(Value::Float(value as f64), Value::Int))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
                Ok(Value::Float(value))
            }

            fn visit_str<E>(self, value: &str) -> Result<Value, E> {
                Ok(Value::Text(value.into()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
                let mut list: Few<Value> = Few::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Value::List(list.into_vec()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
                let mut list: Few<(Text, Value)> = Few::new();
                while let Some(member) = members.next_entry()? {
                    list.push(member);
                }
                Ok(Value::of_members(list.into_vec()))
            }
        }

        deserializer.deserialize_any(Builder)
    }
}

/// Typed views are decoded from a borrowed value. Scalars are lenient in the one way AWS is inconsistent: booleans and
/// numbers may be spelled as text (templates, SNS and SQS attributes) and text may have been retyped (S3's XML).
impl<'de> Deserializer<'de> for &'de Value {
    type Error = ShapeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match self {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Int(value) => visitor.visit_i64(*value),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Text(value) => visitor.visit_borrowed_str(value),
            Value::List(list) => visitor.visit_seq(SeqDeserializer::new(list.iter())),
            Value::Map(map) => {
                visitor.visit_map(MapDeserializer::new(map.iter().map(|(name, value)| (&**name, value))))
            }
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match self.as_bool() {
            Some(value) => visitor.visit_bool(value),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match self.as_int() {
            Some(value) => visitor.visit_i64(value),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match self {
            Value::Bool(value) => visitor.visit_string(value.to_string()),
            Value::Int(value) => visitor.visit_string(value.to_string()),
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        self.deserialize_string(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match self {
            Value::Null => visitor.visit_none(),
            other => visitor.visit_some(other),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        match self {
            Value::Text(text) => visitor.visit_enum(IntoDeserializer::<ShapeError>::into_deserializer(&**text)),
            other => other.deserialize_any(visitor),
        }
    }

    /// A derived view would take a list for its members in order, and so `[Enabled]` for `{Status: Enabled}`.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        match self {
            Value::List(_) => Err(ShapeError::invalid_type(Unexpected::Seq, &visitor)),
            other => other.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u8 u128 f32 f64 char bytes byte_buf unit unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, ShapeError> for &'de Value {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "PascalCase")]
    struct Block {
        block_public_acls: bool,
        #[serde(default)]
        restrict_public_buckets: bool,
        days: Option<i64>,
        names: Vec<String>,
    }

    #[test]
    fn decodes_what_aws_spells_in_two_ways() {
        let value = Value::from_json(
            r#"{"BlockPublicAcls":"TRUE","RestrictPublicBuckets":true,"Days":"90","Names":["a",true,7],"Extra":{}}"#,
        )
        .unwrap();
        let block: Block = value.decode().unwrap();
        let names = ["a", "true", "7"].map(String::from).to_vec();
        assert_eq!(block, Block { block_public_acls: true, restrict_public_buckets: true, days: Some(90), names });
    }

    #[test]
    fn a_wrong_type_is_an_error_that_says_what_was_found() {
        let value = Value::from_json(r#"{"BlockPublicAcls":"maybe","Names":[]}"#).unwrap();
        let error = value.decode::<Block>().unwrap_err();
        assert!(error.to_string().contains("maybe"), "{error}");
        let error = Value::from_json("[true, true, null, []]").unwrap().decode::<Block>().unwrap_err();
        assert!(error.to_string().contains("sequence"), "{error}");
    }

    #[test]
    fn no_json_is_longer_than_is_said_of_it() {
        for text in
            ["null", "-9223372036854775808", "-1.7976931348623157e308", r#"{"\u0001":["\u0002\n\"é",[],{}]}"#, "{}"]
        {
            let value = Value::from_json(text).unwrap();
            assert!(value.to_json().len() <= value.json_length_at_most(), "{text}");
        }
    }

    #[test]
    fn of_several_members_with_one_name_the_last_counts() {
        let value = Value::from_json(r#"{"b":1,"a":1,"b":2,"a":2,"c":1,"b":3}"#).unwrap();
        assert_eq!(value.to_json(), r#"{"a":2,"b":3,"c":1}"#);
        assert_eq!(Value::from_json(r#"{"a":1,"a":2}"#).unwrap().to_json(), r#"{"a":2}"#);
    }

    #[test]
    fn json_round_trips_with_sorted_keys() {
        let text = r#"{"z":[1,-2,2.5,null],"a":{"b":"é","A":false}}"#;
        let value = Value::from_json(text).unwrap();
        assert_eq!(value.to_json(), r#"{"a":{"A":false,"b":"é"},"z":[1,-2,2.5,null]}"#);
        assert_eq!(Value::from_json(&value.to_json()).unwrap(), value);
    }
}

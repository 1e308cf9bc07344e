//! Reads JSON that is written as CloudTrail writes it, in less time than a parser that takes all JSON.
//!
//! Line breaks and other control characters, deep nesting and whatever is no JSON are [`Unusual`]: `serde_json` then has
//! the last word. What is taken here is what `serde_json` would make of it.

use std::borrow::Cow;
use std::fmt;

use memchr::memchr2;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};

/// Why text is not read here: it is no JSON, is not of the type, or is JSON of another style.
#[derive(Debug, thiserror::Error)]
#[error("unusual JSON")]
pub(crate) struct Unusual;

impl serde::de::Error for Unusual {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Deeper nesting is left to others.
const MAX_DEPTH: u32 = 64;

/// Reads one value.
pub(crate) fn from_str<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Unusual> {
    // Looked for in all of the text at once, so that no string has to be searched for them.
    if text.bytes().fold(false, |found, byte| found | (byte < b' ')) {
        return Err(Unusual);
    }
    let mut reader = Reader { text, at: 0, depth: 0 };
    let value = T::deserialize(&mut reader)?;
    if reader.peek().is_ok() { Err(Unusual) } else { Ok(value) }
}

/// The index of the first quote or backslash. Most strings are short, and looked through eight bytes at a time.
#[inline]
fn string_end(bytes: &[u8]) -> Option<usize> {
    let mut passed = 0;
    while passed < 32
        && let Some(chunk) = bytes.get(passed..).and_then(|rest| rest.first_chunk())
    {
        let word = u64::from_le_bytes(*chunk);
        let found = zeros(word ^ u64::from_ne_bytes([b'"'; 8])) | zeros(word ^ u64::from_ne_bytes([b'\\'; 8]));
        if found != 0 {
            return Some(passed + found.trailing_zeros() as usize / 8);
        }
        passed += 8;
    }
    Some(passed + memchr2(b'"', b'\\', bytes.get(passed..)?)?)
}

/// The highest bit of every byte that is zero; of bytes after the first such one it may be set as well.
#[inline]
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(u64::from_ne_bytes([0x01; 8])) & !word & u64::from_ne_bytes([0x80; 8])
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

impl<'a> Reader<'a> {
    /// The next byte that is no space.
    #[inline]
    fn peek(&mut self) -> Result<u8, Unusual> {
        loop {
            match self.text.as_bytes().get(self.at) {
                Some(b' ') => self.at += 1,
                Some(byte) => return Ok(*byte),
                None => return Err(Unusual),
            }
        }
    }

    /// Passes over this byte, if it is the next.
    #[inline]
    fn pass(&mut self, byte: u8) -> Result<(), Unusual> {
        if self.peek()? != byte {
            return Err(Unusual);
        }
        self.at += 1;
        Ok(())
    }

    /// Whether a list or map goes on. After its opening bracket there is no comma yet.
    #[inline]
    fn goes_on(&mut self, first: &mut bool, closing: u8) -> Result<bool, Unusual> {
        if self.peek()? == closing {
            return Ok(false);
        }
        if !std::mem::take(first) {
            self.pass(b',')?;
        }
        Ok(true)
    }

    /// The text between two indexes.
    #[inline]
    fn slice(&self, start: usize, end: usize) -> Result<&'a str, Unusual> {
        self.text.get(start..end).ok_or(Unusual)
    }

    #[inline]
    fn string(&mut self) -> Result<Cow<'a, str>, Unusual> {
        self.pass(b'"')?;
        let start = self.at;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let end = start + string_end(rest).ok_or(Unusual)?;
        if self.text.as_bytes().get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(Cow::Borrowed(self.slice(start, end)?));
        }
        self.escaped_string(start - 1, end)
    }

    /// A string that starts at an index and has its first backslash at another.
    #[cold]
    fn escaped_string(&mut self, start: usize, mut end: usize) -> Result<Cow<'a, str>, Unusual> {
        while self.text.as_bytes().get(end) == Some(&b'\\') {
            let rest = self.text.as_bytes().get(end + 2..).ok_or(Unusual)?;
            end += 2 + string_end(rest).ok_or(Unusual)?;
        }
        self.at = end + 1;
        serde_json::from_str(self.slice(start, self.at)?).map(Cow::Owned).map_err(|_| Unusual)
    }

    fn number<V: Visitor<'a>>(&mut self, visitor: V) -> Result<V::Value, Unusual> {
        let start = self.at;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let of_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        self.at += rest.iter().position(|byte| !of_number(byte)).unwrap_or(rest.len());
        let text = self.slice(start, self.at)?;
        // Eighteen digits are below any limit.
        if text.len() <= 18 && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return visitor.visit_u64(text.parse().map_err(|_| Unusual)?);
        }
        let mut number = serde_json::Deserializer::from_str(text);
        let value = number.deserialize_any(visitor).map_err(|_| Unusual)?;
        number.end().map_err(|_| Unusual)?;
        Ok(value)
    }

    fn literal(&mut self, literal: &str) -> Result<(), Unusual> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(literal.as_bytes()) {
            return Err(Unusual);
        }
        self.at += literal.len();
        Ok(())
    }

    /// Enters the bracket at the cursor, and leaves at its counterpart.
    #[inline]
    fn nested<T>(&mut self, closing: u8, read: impl FnOnce(Held<'_, 'a>) -> Result<T, Unusual>) -> Result<T, Unusual> {
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Unusual);
        }
        let value = read(Held { reader: self, first: true })?;
        self.pass(closing)?;
        self.depth -= 1;
        Ok(value)
    }
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Unusual;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unusual> {
        match self.peek()? {
            b'"' => self.deserialize_str(visitor),
            b'{' => self.nested(b'}', |members| visitor.visit_map(members)),
            b'[' => self.nested(b']', |elements| visitor.visit_seq(elements)),
            b't' => {
                self.literal("true")?;
                visitor.visit_bool(true)
            }
            b'f' => {
                self.literal("false")?;
                visitor.visit_bool(false)
            }
            b'n' => {
                self.literal("null")?;
                visitor.visit_unit()
            }
            b'-' | b'0'..=b'9' => self.number(visitor),
            _ => Err(Unusual),
        }
    }

    #[inline]
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unusual> {
        match self.string()? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unusual> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unusual> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unusual> {
        if self.peek()? == b'n' {
            self.literal("null")?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unusual> {
        visitor.visit_newtype_struct(self)
    }

    /// No record holds one.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Unusual> {
        Err(Unusual)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct seq tuple tuple_struct
        map struct ignored_any
    }
}

/// What a list or map holds.
struct Held<'r, 'a> {
    reader: &'r mut Reader<'a>,
    first: bool,
}

impl<'de> MapAccess<'de> for Held<'_, 'de> {
    type Error = Unusual;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unusual> {
        if !self.reader.goes_on(&mut self.first, b'}')? {
            return Ok(None);
        }
        if self.reader.peek()? != b'"' {
            return Err(Unusual);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Unusual> {
        self.reader.pass(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}

impl<'de> SeqAccess<'de> for Held<'_, 'de> {
    type Error = Unusual;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unusual> {
        if !self.reader.goes_on(&mut self.first, b']')? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::de::IgnoredAny;
    use trailhound_model::Value;

    use super::*;
    use crate::Record;

    /// Whether it is read; if so, it is what `serde_json` makes of it.
    fn agrees(text: &str) -> bool {
        let Ok(value) = from_str::<Value>(text) else { return false };
        assert_eq!(Some(&value), serde_json::from_str(text).ok().as_ref(), "{text}");
        assert!(from_str::<IgnoredAny>(text).is_ok(), "{text}");
        true
    }

    #[test]
    fn reads_what_is_written_compactly() {
        for text in [
            "{}",
            "[]",
            r#"{"a":[1,-2,2.5,1e3,0,-0,18446744073709551615,123456789012345678,1234567890123456789012],"b":{"c":null}}"#,
            r#"[true,false,null,"","é","say \"hi\" \\","\u00e9\ud83d\ude00","\\"]"#,
            r#" { "a" : [ 1 , 2 ] , "b" : { } } "#,
            r#"{"a":1,"a":2}"#,
            r#"["12345678901234567890123456789012345678901234567890","1234567\"","é123456\\","ééééééééééééééééé\n"]"#,
        ] {
            assert!(agrees(text), "{text}");
        }
    }

    #[test]
    fn leaves_all_else_to_others() {
        for text in [
            "",
            " ",
            "{",
            "[1",
            "[1,]",
            "[,1]",
            "[1 2]",
            r#"{"a"}"#,
            r#"{"a":1,}"#,
            r#"{a:1}"#,
            r#"{1:1}"#,
            "{}{}",
            "01",
            "1.",
            "-",
            "+1",
            "tru",
            "truefalse",
            r#"""#,
            r#""\"#,
            r#""\x""#,
            r#""\ud800""#,
            "\"\t\"",
            "[\n]",
            r#"{"a":1]"#,
            "[1}",
            "1e999",
        ] {
            assert!(!agrees(text), "{text}");
        }
        assert!(!agrees(&format!("{}{}", "[".repeat(100), "]".repeat(100))));
        assert!(!agrees(&"[".repeat(100_000)));
    }

    #[test]
    fn a_record_is_the_same_by_either_way() {
        let text = concat!(
            r#"{"eventTime":"2026-01-31T23:59:59Z","eventSource":"s","eventName":"n","awsRegion":"r","userAgent":["a"],"#,
            r#""userIdentity":{"type":"Root","sessionContext":null},"requestParameters":{"a":[1,"\n"]},"readOnly":"true"}"#
        );
        let quick = from_str::<Record<'_>>(text).unwrap();
        assert_eq!(format!("{quick:?}"), format!("{:?}", serde_json::from_str::<Record<'_>>(text).unwrap()));
    }

    const PIECES: [&str; 24] = [
        "{", "}", "[", "]", ",", ":", "\"", "\"a\"", "\"b\":", "\\", "\\\"", "\\u00e9", "é", "1", "0", "-", ".5", "e3",
        "true", "null", " ", "\n", "{\"a\":", "[1,",
    ];

    proptest! {
        #[test]
        fn a_string_ends_where_a_quote_or_backslash_is(bytes in prop::collection::vec(prop::sample::select(&b"!\"#[\\]\xa2\xdca\x7f"[..]), 0..80)) {
            prop_assert_eq!(string_end(&bytes), bytes.iter().position(|byte| matches!(byte, b'"' | b'\\')));
            let tail: Vec<u8> = [&b"a".repeat(bytes.len())[..], &bytes].concat();
            prop_assert_eq!(string_end(&tail), tail.iter().position(|byte| matches!(byte, b'"' | b'\\')));
        }

        #[test]
        fn nothing_is_read_differently(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..12)) {
            agrees(&pieces.concat());
        }

        #[test]
        fn nothing_damaged_is_read_differently(at in 0usize..120, piece in prop::sample::select(&PIECES[..]), cut in 0usize..4) {
            let mut text = r#"{"a":[1,-2,2.5,{"b":"c\n","d":null}],"e":{"f":[],"g":{}},"h":"\"","i":true,"j":[[1],["x"]]}"#.to_owned();
            let at = at.min(text.len());
            text.replace_range(at..(at + cut).min(text.len()), piece);
            agrees(&text);
        }
    }
}

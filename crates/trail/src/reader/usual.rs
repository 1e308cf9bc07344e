//! Passes over records that are laid out as CloudTrail lays them out, looking at nothing but braces and what stands
//! beside them. This is several times faster than to tell strings from structure, and no less exact.
//!
//! A brace may also stand in a string. So each one has to be followed as braces between members are:
//!
//! - `{` by `}`, or by `"` and a byte that cannot follow the end of a string;
//! - `}` by any number of `]` and then by `}`, or by `,{`, or by `,"` and a byte that cannot follow the end of a string.
//!
//! Then, if the text is JSON at all, no brace stands in a string. Assume that one does. A quote behind `{` or `,` is not
//! escaped, so in a string it would be the string's end; but the byte behind it cannot follow the end of a string. So the
//! brace is followed by another, in the same string, and that by another, without end. The last brace of the record is
//! followed by `,{"` and such a byte, so that the argument holds for it, too.
//!
//! The same holds for the keys that are looked for: each stands at a known distance from a brace of known depth. A record
//! that is not usual in every respect is left to [`super::scan`].

use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x64};
use memchr::memchr2;

/// Bytes that are looked at together.
const BLOCK: usize = 64;

/// The member that tells that a record is one of a management event.
const MANAGEMENT: &[u8] = b",\"eventCategory\":\"Management\"";

/// An event name, and the index of the quote behind it.
struct Name<'a> {
    name: &'a [u8],
    end: usize,
}

/// A management event whose caller is not the root user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Usual<'a> {
    /// The record.
    pub(super) bytes: &'a [u8],
    /// Its event name, which has no escapes.
    pub(super) name: &'a [u8],
}

/// The record that starts with the first byte, if it is usual and followed by another.
pub(super) fn usual(level: Level, bytes: &[u8]) -> Option<Usual<'_>> {
    if !starts_usually(bytes) {
        return None;
    }
    dispatch!(level, simd => braces(simd, bytes))
}

#[inline(always)]
fn braces<S: Simd>(simd: S, bytes: &[u8]) -> Option<Usual<'_>> {
    let mut depth = 0u32;
    let mut name: Option<Name<'_>> = None;
    // Where the last object of the record itself starts.
    let mut last_object = 0;
    for (number, block) in bytes.as_chunks::<BLOCK>().0.iter().enumerate() {
        let v = u8x64::from_slice(simd, block);
        let mut braces = simd.to_bitmask_mask8x64(v.simd_eq(b'{') | v.simd_eq(b'}'));
        while braces != 0 {
            let at = number * BLOCK + braces.trailing_zeros() as usize;
            braces &= braces - 1;
            let rest = bytes.get(at..)?;
            if let [b'{', after @ ..] = rest {
                if !matches!(after, [b'}', ..]) && !is_key(after) {
                    return None;
                }
                if depth == 1 {
                    if name.as_ref().is_some_and(|name| at < name.end) {
                        return None;
                    }
                    last_object = at;
                }
                depth += 1;
                continue;
            }
            let after = rest.get(1..)?;
            depth = depth.checked_sub(1)?;
            match depth {
                0 => {
                    let [b',', b'{', next @ ..] = after else { return None };
                    let record = bytes.get(..at + 1)?;
                    let Name { name, end } = name.filter(|name| name.end < at)?;
                    let is_management = ends_usually(record)
                        || last_object > end
                            && bytes.get(..last_object)?.strip_suffix(b",\"tlsDetails\":")?.ends_with(MANAGEMENT);
                    return (is_key(next) && is_management).then_some(Usual { bytes: record, name });
                }
                1 if name.is_none() => name = Some(event_name(bytes, at)?),
                _ => {}
            }
            if !is_between(after) {
                return None;
            }
        }
    }
    None
}

/// Whether a key follows: a quote and what cannot follow the end of a string.
#[inline(always)]
fn is_key(bytes: &[u8]) -> bool {
    matches!(bytes, [b'"', next, ..] if !matches!(next, b',' | b':' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r'))
}

/// Whether what follows a closing brace may stand between members.
#[inline(always)]
fn is_between(mut after: &[u8]) -> bool {
    while let [b']', rest @ ..] = after {
        after = rest;
    }
    match after {
        [b'}', ..] | [b',', b'{', ..] => true,
        [b',', key @ ..] => is_key(key),
        _ => false,
    }
}

/// Whether the second member is the caller's identity, and its type is told and is not root.
fn starts_usually(bytes: &[u8]) -> bool {
    let version = bytes.strip_prefix(b"{\"eventVersion\":\"1.");
    let rest = version.and_then(|version| match version {
        [b'0'..=b'9', rest @ ..] if rest.first() == Some(&b'"') => Some(rest),
        [b'0'..=b'9', b'0'..=b'9', rest @ ..] => Some(rest),
        _ => None,
    });
    let kind = rest.and_then(|rest| rest.strip_prefix(b"\",\"userIdentity\":{\"type\":\""));
    matches!(kind, Some([b'A'..=b'Q' | b'S'..=b'Z', ..]))
}

/// The event name, if the identity's closing brace is at `at`.
fn event_name(bytes: &[u8], at: usize) -> Option<Name<'_>> {
    const TIME: &[u8] = b"},\"eventTime\":\"2023-07-10T12:10:08Z";
    let time = bytes.get(at..)?;
    let source = time.get(TIME.len()..)?.strip_prefix(b"\",\"eventSource\":\"")?;
    if !time.starts_with(b"},\"eventTime\":\"") || time.get(TIME.len() - 1) != Some(&b'Z') {
        return None;
    }
    let end = memchr2(b'"', b'\\', source)?;
    let name = source.get(end..)?.strip_prefix(b"\",\"eventName\":\"")?;
    let end = memchr2(b'"', b'\\', name)?;
    let (name, rest) = name.split_at_checked(end)?;
    (rest.first() == Some(&b'"')).then_some(Name { name, end: bytes.len() - rest.len() })
}

/// Whether a record without details of the connection tells that it is a management event.
fn ends_usually(record: &[u8]) -> bool {
    let record = record.strip_suffix(b"}").unwrap_or(record);
    let record = record.strip_suffix(b",\"sessionCredentialFromConsole\":\"true\"").unwrap_or(record);
    record.ends_with(MANAGEMENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = concat!(
        r#"{"eventVersion":"1.09","userIdentity":{"type":"IAMUser","sessionContext":{"attributes":{}}},"#,
        r#""eventTime":"2026-01-31T23:59:59Z","eventSource":"ec2.amazonaws.com","eventName":"RunInstances","#,
        r#""requestParameters":{"a":[{"b":1},{"c":[]}],"d":{}},"responseElements":null,"#,
        r#""eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.3"}}"#
    );

    fn find(record: &str) -> Option<(usize, String)> {
        let text = format!(r#"{record},{{"eventVersion":"1.09"}}]}}{}"#, " ".repeat(BLOCK));
        let usual = usual(Level::new(), text.as_bytes())?;
        Some((usual.bytes.len(), String::from_utf8(usual.name.to_vec()).unwrap()))
    }

    #[test]
    fn usual_records_are_found() {
        let no_details = RECORD.replace(r#","tlsDetails":{"tlsVersion":"TLSv1.3"}"#, "");
        for record in [
            RECORD.to_owned(),
            RECORD.replace("TLSv1.3", &"x".repeat(200)),
            RECORD.replace("1.09", "1.8"),
            no_details.clone(),
            no_details.replace(r#""Management""#, r#""Management","sessionCredentialFromConsole":"true""#),
            RECORD.replace(r#""b":1"#, r#""":"\"","b":"say \"hi\"""#),
        ] {
            assert_eq!(find(&record), Some((record.len(), "RunInstances".to_owned())), "{record}");
        }
    }

    #[test]
    fn what_is_not_usual_is_left_alone() {
        for (usual, other) in [
            ("IAMUser", "Root"),
            ("\"type\"", "\"kind\""),
            ("RunInstances", "Run\\u0049nstances"),
            ("\"Management\"", "\"Data\""),
            (r#""eventCategory":"Management","#, ""),
            (r#","tlsDetails":{"tlsVersion":"TLSv1.3"}"#, r#","other":1"#),
            (r#""tlsDetails":{"tlsVersion""#, r#""other":1,"tlsDetails":{"tlsVersion""#),
            ("eventSource", "event_source"),
            ("23:59:59Z", "23:59:59+"),
            (r#""responseElements":null"#, r#""responseElements":"{}""#),
            (r#""responseElements":null"#, r#""responseElements":" 1},""#),
            (r#""responseElements":null"#, r#""responseElements":",{""#),
            (r#""responseElements":null"#, r#""responseElements":"},{}""#),
            (r#""responseElements":null"#, r#""responseElements":"{\"""#),
            (r#""responseElements":null"#, r#""responseElements":[{},1]"#),
            (r#""b":1"#, r#"",":1"#),
        ] {
            let record = RECORD.replace(usual, other);
            assert_ne!(record, RECORD);
            assert_eq!(find(&record), None, "{record}");
        }
        assert_eq!(usual(Level::new(), RECORD.as_bytes()), None, "nothing shows that it ends here");
    }
}

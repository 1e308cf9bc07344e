//! Takes the content of one file apart into records.
//!
//! Content is a stream of JSON values: a log file's object with its `Records`, a list, a single record or an EventBridge
//! event, or many of these, as in JSON lines. Records are told apart by [`Scan`], which does not parse, and in the usual
//! layout by braces alone, see [`Scan::usual`]. A record whose name nobody asked for is counted as such without being
//! parsed, if nothing about it is odd:
//!
//! - `"eventName"` occurs as its own key exactly once, with a plain string, and no key can be spelled with escapes;
//! - its category is told: by its own `"eventCategory"`, or in old records by the lack of anything that could say other;
//! - it cannot be activity of the root user: the record says so in the usual place, or does not hold the text `"Root"`.
//!
//! Everything else is decided by the parser. Where content stops to be JSON, reading goes on with the next line that
//! starts like a record.

use std::ops::ControlFlow;

use memchr::{memchr, memchr2, memmem};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::scan::{Item, Key, Scan};
use crate::record::{Category, Record, RecordError, envelope_detail};
use crate::skip::SkipReason;

/// What becomes of the records. `Break` ends the reading at once.
pub(super) trait Receiver {
    /// Whether records of this name are wanted.
    fn wants(&mut self, event_name: &[u8]) -> bool;
    /// A record that is wanted, and its bytes.
    fn wanted(&mut self, bytes: &[u8], record: Record<'_>) -> ControlFlow<()>;
    /// A record that nobody asked for.
    fn unwatched(&mut self);
    /// What is no record to read, and the index of its first byte.
    fn skipped(&mut self, reason: SkipReason, offset: usize, detail: String);
}

/// Lists and events may hold each other, but not without end.
const MAX_NESTING: u32 = 4;

/// Takes the content of one file apart. `damage` tells that the file held more, which was lost.
pub(super) fn read(bytes: &[u8], damage: Option<SkipReason>, receiver: &mut impl Receiver) -> ControlFlow<()> {
    let start = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let mut document = Document { bytes, damage, told: false, nesting: 0, receiver };
    if let Err(fault) = document.values(start, bytes.len())? {
        let next = document.line_after(fault.at).filter(|line| line.starts_with(b"{\""));
        document.count(fault, next.is_some());
        if let Some(line) = next {
            document.lines(line)?;
        }
    }
    match damage {
        Some(reason) if !document.told => document.skip(reason, bytes.len(), "the file is damaged from here on"),
        Some(_) => {}
        None if bytes.trim_ascii().len() <= start => document.skip(SkipReason::NotJson, start, "the file is empty"),
        None => {}
    }
    ControlFlow::Continue(())
}

struct Document<'a, 'r, R> {
    bytes: &'a [u8],
    damage: Option<SkipReason>,
    /// Whether the damage has been counted.
    told: bool,
    nesting: u32,
    receiver: &'r mut R,
}

/// Where content stops to be what it should.
struct Fault {
    at: usize,
    problem: Problem,
}

enum Problem {
    /// The content ends inside of this.
    EndsInside(&'static str),
    /// This is not JSON.
    NotJson(&'static str),
}

/// `Break` ends the reading; a fault ends that of a value and of all that follows.
type Flow = ControlFlow<(), Result<(), Fault>>;

impl Fault {
    fn ends_inside(at: usize, what: &'static str) -> Flow {
        ControlFlow::Continue(Err(Self { at, problem: Problem::EndsInside(what) }))
    }

    fn not_json(at: usize, what: &'static str) -> Flow {
        ControlFlow::Continue(Err(Self { at, problem: Problem::NotJson(what) }))
    }
}

impl<'a, R: Receiver> Document<'a, '_, R> {
    fn skip(&mut self, reason: SkipReason, offset: usize, detail: impl Into<String>) {
        self.receiver.skipped(reason, offset, detail.into());
    }

    /// Counts what a fault makes unreadable as one record.
    fn count(&mut self, Fault { at, problem }: Fault, more_lines: bool) {
        match problem {
            Problem::EndsInside(what) if more_lines => {
                self.skip(SkipReason::NotJson, at, format!("the line ends inside of {what}"));
            }
            Problem::NotJson(what) if more_lines => self.skip(SkipReason::NotJson, at, format!("{what} is not JSON")),
            Problem::EndsInside(what) => {
                self.told = true;
                self.skip(self.damage.unwrap_or(SkipReason::Cut), at, format!("the file ends inside of {what}"));
            }
            Problem::NotJson(what) => {
                self.skip(SkipReason::NotJson, at, format!("{what} is not JSON; the rest of the file is not read"));
            }
        }
    }

    fn slice(&self, start: usize, end: usize) -> &'a [u8] {
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// The index of a part of the content.
    fn offset(&self, part: &[u8]) -> usize {
        (part.as_ptr() as usize).saturating_sub(self.bytes.as_ptr() as usize)
    }

    /// The next line that is not blank, without the space around it.
    fn line_after(&self, at: usize) -> Option<&'a [u8]> {
        let rest = self.bytes.get(at..)?;
        let rest = rest.get(memchr(b'\n', rest)?..)?.trim_ascii_start();
        let line = rest.get(..memchr(b'\n', rest).unwrap_or(rest.len()))?.trim_ascii_end();
        (!line.is_empty()).then_some(line)
    }

    /// Reads one line after the other, so that a damaged one does not take others with it.
    fn lines(&mut self, mut line: &'a [u8]) -> ControlFlow<()> {
        loop {
            let start = self.offset(line);
            let next = self.line_after(start);
            // Elements of a list that has lost its start may have a line each.
            let line_end = start + line.strip_suffix(b",").unwrap_or(line).len();
            if let Err(fault) = self.values(start, line_end)? {
                self.count(fault, next.is_some());
            }
            line = match next {
                Some(next) => next,
                None => return ControlFlow::Continue(()),
            };
        }
    }

    /// Reads the values between two indexes.
    fn values(&mut self, start: usize, end: usize) -> Flow {
        let mut scan = Scan::new(self.slice(0, end), start);
        while let Some(byte) = scan.peek(false) {
            if !matches!(byte, b'{' | b'[') {
                return Fault::not_json(scan.position(), "the text");
            }
            if let Err(fault) = self.value(&mut scan)? {
                return ControlFlow::Continue(Err(fault));
            }
        }
        ControlFlow::Continue(Ok(()))
    }

    /// Reads the value at the cursor, which stands on a bracket.
    fn value(&mut self, scan: &mut Scan<'a>) -> Flow {
        let start = scan.position();
        let Some(list) = list_start(self.bytes.get(start..).unwrap_or_default()) else {
            return match scan.item() {
                Some(item) => self.item(&item).map_continue(Ok),
                None => Fault::ends_inside(start, "a record"),
            };
        };
        scan.jump(start + list);
        if let Err(fault) = self.list(scan)? {
            return ControlFlow::Continue(Err(fault));
        }
        if self.bytes.get(start) == Some(&b'{') {
            if scan.peek(false) == Some(b'}') {
                scan.bump();
            } else {
                // Other members follow, which say nothing about records.
                scan.jump(start);
                if scan.item().is_none() {
                    return Fault::ends_inside(start, "an object");
                }
            }
        }
        ControlFlow::Continue(Ok(()))
    }

    /// Reads the elements of a list up to its closing bracket.
    fn list(&mut self, scan: &mut Scan<'a>) -> Flow {
        // Where records are not usual, it is tried less and less often whether the next one is.
        let (mut failures, mut pause) = (0, 0);
        loop {
            let byte = scan.peek(true);
            let start = scan.position();
            if pause > 0 {
                pause -= 1;
            } else if let Some(record) = scan.usual() {
                failures = 0;
                scan.jump(start + record.bytes.len());
                if self.receiver.wants(record.name) {
                    self.parse(record.bytes)?;
                } else {
                    self.receiver.unwatched();
                }
                continue;
            } else {
                pause = (1u32 << failures) - 1;
                failures = (failures + 1).min(6);
            }
            match byte {
                Some(b'{' | b'[') => match scan.item() {
                    Some(item) => self.item(&item)?,
                    None => return Fault::ends_inside(start, "a record"),
                },
                Some(b']') => {
                    scan.bump();
                    return ControlFlow::Continue(Ok(()));
                }
                Some(_) => {
                    scan.scalar();
                    if !is_json(self.slice(start, scan.position())) {
                        return Fault::not_json(start, "the list");
                    }
                    self.skip(SkipReason::NotARecord, start, RecordError::NotAnObject.to_string());
                }
                None => return Fault::ends_inside(start, "a list"),
            }
        }
    }

    /// Decides about one item, without parsing if it can.
    fn item(&mut self, item: &Item) -> ControlFlow<()> {
        let bytes = self.slice(item.start, item.end);
        let Some(name) = self.plain_name(item) else { return self.odd(bytes) };
        if self.receiver.wants(name) {
            return self.parse(bytes);
        }
        let Some(category) = self.plain_category(item) else { return self.odd(bytes) };
        match category.skipped() {
            None => self.receiver.unwatched(),
            Some(reason) => self.skip(reason, item.start, ""),
        }
        ControlFlow::Continue(())
    }

    /// The event's name, if the item is an object and no other key can mean the same.
    fn plain_name(&self, item: &Item) -> Option<&'a [u8]> {
        let Key::Once(after) = item.name else { return None };
        let bytes = self.slice(item.start, item.end);
        if !matches!(bytes, [b'{', .., b'}']) || item.escapes && memmem::find(bytes, b"\\u").is_some() {
            return None;
        }
        plain_text(self.slice(after, item.end))
    }

    /// The category of a record that nobody asked for by name, if it is plain and the record cannot be root activity.
    fn plain_category(&self, item: &Item) -> Option<Category> {
        const FLAG: &[u8] = b"\"managementEvent\"";
        let bytes = self.slice(item.start, item.end);
        let has = |text: &[u8]| memmem::find(bytes, text).is_some();
        if !plainly_not_root(bytes) && has(b"\"Root\"") {
            return None;
        }
        match item.category {
            Key::Once(after) if self.slice(after, item.end).starts_with(b":\"Management\"") => {
                Some(Category::Management)
            }
            Key::Once(after) => match plain_text(self.slice(after, item.end))? {
                b"Management" => Some(Category::Management),
                b"Data" => Some(Category::Data),
                b"NetworkActivity" => Some(Category::NetworkActivity),
                b"Insight" => Some(Category::Insight),
                _ => None,
            },
            // Before the category there was the flag, and before that only management events.
            Key::Absent => {
                let mut flags = memmem::find_iter(bytes, FLAG);
                let plain = match (flags.next(), flags.next()) {
                    (None, _) => true,
                    (Some(at), None) => after_colon(bytes.get(at + FLAG.len()..)?)?.starts_with(b"true"),
                    (Some(_), Some(_)) => false,
                };
                let other_type = has(b"\"AwsVpceEvent\"") || has(b"\"AwsCloudTrailInsight\"");
                (plain && !other_type).then_some(Category::Management)
            }
            Key::Repeated => None,
        }
    }

    /// Parses a record and decides by what it holds.
    fn parse(&mut self, bytes: &'a [u8]) -> ControlFlow<()> {
        let offset = self.offset(bytes);
        match Record::parse(bytes) {
            Ok(record) => match record.category().skipped() {
                Some(reason) => self.skip(reason, offset, ""),
                None if record.by_root() || self.receiver.wants(record.event_name.as_bytes()) => {
                    return self.receiver.wanted(bytes, record);
                }
                None => self.receiver.unwatched(),
            },
            Err(error) => self.skip(error.reason(), offset, error.to_string()),
        }
        ControlFlow::Continue(())
    }

    /// Lets a parser find out what an item is.
    fn odd(&mut self, bytes: &'a [u8]) -> ControlFlow<()> {
        let Ok(head) = serde_json::from_slice::<Head<'a>>(bytes) else {
            // Then it is no record either, and the record's parser names the fault.
            return self.parse(bytes);
        };
        let offset = self.offset(bytes);
        let flag = text_of(head.management_event).and_then(|flag| flag.parse().ok());
        let category = Category::of(text_of(head.event_category), text_of(head.event_type), flag);
        if let Some(reason) = category.skipped() {
            self.skip(reason, offset, "");
        } else if head.event_name.is_some() {
            // A name that is not plain text is the record's parser's to refuse.
            let unwanted = text_of(head.event_name).is_some_and(|name| !self.receiver.wants(name.as_bytes()));
            let by_root = head.user_identity.is_some_and(|who| who.get().contains("Root") || who.get().contains('\\'));
            if !unwanted || by_root {
                return self.parse(bytes);
            }
            self.receiver.unwatched();
        } else if let Some(records) = head.records {
            return self.nested(records.get().as_bytes());
        } else if head.detail.is_some() || head.detail_type.is_some() {
            match envelope_detail(bytes) {
                Ok(detail) => return self.nested(detail),
                Err(error) => self.skip(error.reason(), offset, error.to_string()),
            }
        } else if head.digest_start_time.is_some() && head.log_files.is_some() {
            self.skip(SkipReason::Digest, offset, "");
        } else {
            self.skip(SkipReason::NotARecord, offset, RecordError::Missing("eventName").to_string());
        }
        ControlFlow::Continue(())
    }

    /// Reads what another value holds: the list of records in a file's object, or the record in an EventBridge event.
    fn nested(&mut self, bytes: &'a [u8]) -> ControlFlow<()> {
        let start = self.offset(bytes);
        if self.nesting == MAX_NESTING || !matches!(bytes, [b'{' | b'[', ..]) {
            self.skip(SkipReason::NotARecord, start, RecordError::NotAnObject.to_string());
            return ControlFlow::Continue(());
        }
        self.nesting += 1;
        if let Err(fault) = self.values(start, start + bytes.len())? {
            self.count(fault, false);
        }
        self.nesting -= 1;
        ControlFlow::Continue(())
    }
}

/// What tells the kinds of values apart; none of it is parsed before it is needed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
    #[serde(borrow)]
    event_name: Option<&'a RawValue>,
    #[serde(borrow)]
    event_category: Option<&'a RawValue>,
    #[serde(borrow)]
    event_type: Option<&'a RawValue>,
    #[serde(borrow)]
    management_event: Option<&'a RawValue>,
    #[serde(borrow)]
    user_identity: Option<&'a RawValue>,
    #[serde(borrow, rename = "Records")]
    records: Option<&'a RawValue>,
    #[serde(borrow, rename = "detail-type")]
    detail_type: Option<&'a RawValue>,
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
    #[serde(borrow)]
    digest_start_time: Option<&'a RawValue>,
    #[serde(borrow)]
    log_files: Option<&'a RawValue>,
}

/// The text of a member, or the spelling of a literal; `None` where it has escapes, for then it is none of those that
/// are looked for.
fn text_of(raw: Option<&RawValue>) -> Option<&str> {
    let raw = raw?.get();
    let text = raw.strip_prefix('"').map_or(Some(raw), |text| text.strip_suffix('"'))?;
    (!text.contains('\\')).then_some(text)
}

/// What lies behind a colon and the space around it.
fn after_colon(bytes: &[u8]) -> Option<&[u8]> {
    Some(bytes.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start())
}

/// The text that a key has, if it is text without escapes.
fn plain_text(after_key: &[u8]) -> Option<&[u8]> {
    let text = after_colon(after_key)?.strip_prefix(b"\"")?;
    let end = memchr2(b'"', b'\\', text)?;
    text.get(..end).filter(|_| text.get(end) == Some(&b'"'))
}

/// The index after the bracket of a list, or of a log file's list if that is the first member of the file's object.
fn list_start(bytes: &[u8]) -> Option<usize> {
    let list = match bytes.strip_prefix(b"{") {
        Some(object) => after_colon(object.trim_ascii_start().strip_prefix(b"\"Records\"")?)?,
        None => bytes,
    };
    Some(bytes.len() - list.strip_prefix(b"[")?.len())
}

/// Whether a record tells in the usual place, which is its second member's first, that its caller is not root. The same
/// key twice is not JSON that means anything.
fn plainly_not_root(record: &[u8]) -> bool {
    let kind = || {
        let version = record.strip_prefix(b"{\"eventVersion\":\"")?;
        let rest = version.get(memchr(b'"', version.get(..8).unwrap_or(version))?..)?;
        rest.strip_prefix(b"\",\"userIdentity\":{\"type\":\"")
    };
    kind().is_some_and(|kind| kind.first().is_some_and(|byte| byte.is_ascii_alphabetic() && *byte != b'R'))
}

/// Whether bytes are one JSON value.
fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}

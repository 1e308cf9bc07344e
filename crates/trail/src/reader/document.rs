//! Takes the content of one file apart into records.
//!
//! Content is a stream of JSON values, or one value per line. A value is a log file's object with its `Records`, a list,
//! a single record or an EventBridge event. Records are told apart by [`Scan`], which does not parse; a record whose
//! name nobody asked for is counted as such without being parsed, if nothing about it is odd:
//!
//! - `"eventName"` occurs as its own key exactly once, with a plain string, and no key can be spelled with escapes;
//! - its category is told: by its own `"eventCategory"`, or in old records by the lack of anything that could say other;
//! - it cannot be activity of the root user: the file, or else the record, does not hold the text `"Root"`.
//!
//! Everything else is decided by the parser.

use std::ops::ControlFlow;

use memchr::{memchr, memmem};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::scan::{Item, Key, Scan};
use crate::record::{Category, Record, RecordError, envelope_detail};
use crate::skip::SkipReason;

/// What becomes of the records. `Break` ends the reading at once.
pub(super) trait Receiver {
    /// Whether records of this name are wanted.
    fn wants(&self, event_name: &[u8]) -> bool;
    /// A record that is wanted, and its bytes.
    fn wanted(&mut self, bytes: &[u8], record: Record<'_>) -> ControlFlow<()>;
    /// A record that nobody asked for.
    fn unwatched(&mut self);
    /// What is no record to read, and the index of its first byte.
    fn skipped(&mut self, reason: SkipReason, offset: usize, detail: String);
}

/// How many lines may be tried as the start of a value that goes on in the next line. Each try may read to the end.
const MULTI_LINE_TRIES: u32 = 8;

/// Lists and events may hold each other, but not without end.
const MAX_NESTING: u32 = 4;

/// Takes the content of one file apart. `damage` tells that the file held more, which was lost.
pub(super) fn read(bytes: &[u8], damage: Option<SkipReason>, receiver: &mut impl Receiver) -> ControlFlow<()> {
    let start = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let early_end = EarlyEnd { reason: damage.unwrap_or(SkipReason::Cut), what: "the file" };
    let may_hold_root = memmem::find(bytes, b"\"Root\"").is_some();
    let mut document = Document { bytes, may_hold_root, early_end, told: false, nesting: 0, receiver };
    if document.is_line_wise(start) {
        document.lines(start)?;
    } else {
        document.stream(start, bytes.len())?;
    }
    match damage {
        Some(reason) if !document.told => document.skip(reason, bytes.len(), "the file is damaged from here on"),
        Some(_) => {}
        None if bytes.trim_ascii().len() <= start => document.skip(SkipReason::NotJson, start, "the file is empty"),
        None => {}
    }
    ControlFlow::Continue(())
}

/// How to name it that bytes end inside of a value.
#[derive(Clone, Copy)]
struct EarlyEnd {
    reason: SkipReason,
    what: &'static str,
}

struct Document<'a, 'r, R> {
    bytes: &'a [u8],
    may_hold_root: bool,
    early_end: EarlyEnd,
    /// Whether an early end has been counted.
    told: bool,
    nesting: u32,
    receiver: &'r mut R,
}

impl<'a, R: Receiver> Document<'a, '_, R> {
    fn skip(&mut self, reason: SkipReason, offset: usize, detail: impl Into<String>) {
        self.receiver.skipped(reason, offset, detail.into());
    }

    fn skip_early_end(&mut self, offset: usize, inside: &str) {
        self.told = true;
        let EarlyEnd { reason, what } = self.early_end;
        self.skip(reason, offset, format!("{what} ends inside of {inside}"));
    }

    fn slice(&self, start: usize, end: usize) -> &'a [u8] {
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// The index of a part of the content.
    fn offset(&self, part: &[u8]) -> usize {
        (part.as_ptr() as usize).saturating_sub(self.bytes.as_ptr() as usize)
    }

    /// The first line at or after `at` that is not blank, without the space around it.
    fn line(&self, at: usize) -> Option<&'a [u8]> {
        let mut rest = self.bytes.get(at..)?.trim_ascii_start();
        if let Some(end) = memchr(b'\n', rest) {
            rest = rest.get(..end)?;
        }
        Some(rest.trim_ascii_end()).filter(|line| !line.is_empty())
    }

    /// Whether each line is a value of its own: the first one is, or it looks neither like one nor like the start of one
    /// while the second does.
    fn is_line_wise(&self, start: usize) -> bool {
        let Some(first) = self.line(start) else { return false };
        let Some(second) = self.line(self.offset(first) + first.len()) else { return false };
        is_balanced(first) || !matches!(first, [.., b'[' | b'{' | b',' | b':']) && second.starts_with(b"{\"")
    }

    /// Reads the values between two indexes.
    fn stream(&mut self, start: usize, end: usize) -> ControlFlow<()> {
        let mut scan = Scan::new(self.slice(0, end), start);
        while let Some(byte) = scan.peek(false) {
            let at = scan.position();
            if !matches!(byte, b'{' | b'[') {
                self.skip(SkipReason::NotJson, at, "the text is not a JSON object; the rest of it is not read");
                break;
            }
            if !self.value(&mut scan)? {
                break;
            }
        }
        ControlFlow::Continue(())
    }

    /// Reads one value per line. A damaged line does not take others with it.
    fn lines(&mut self, mut at: usize) -> ControlFlow<()> {
        let file = self.early_end;
        let mut tries = MULTI_LINE_TRIES;
        while let Some(line) = self.line(at) {
            let start = self.offset(line);
            let mut end = start + line.len();
            if !is_balanced(line) && self.line(end).is_some() {
                // Perhaps a value that goes on in the next lines. That is believed only if a parser agrees.
                let whole = if tries > 0 && matches!(line, [b'{' | b'[', ..]) {
                    tries -= 1;
                    Scan::new(self.bytes, start).item().filter(|item| is_json(self.slice(start, item.end)))
                } else {
                    None
                };
                match whole {
                    Some(item) => end = item.end,
                    None => self.early_end = EarlyEnd { reason: SkipReason::NotJson, what: "the line" },
                }
            }
            self.stream(start, end)?;
            self.early_end = file;
            at = end;
        }
        ControlFlow::Continue(())
    }

    /// Reads the value at the cursor, which stands on a bracket. `false` if nothing behind it can be read.
    fn value(&mut self, scan: &mut Scan<'a>) -> ControlFlow<(), bool> {
        let start = scan.position();
        let Some(list) = list_start(self.bytes.get(start..).unwrap_or_default()) else {
            return match scan.item() {
                Some(item) => self.item(&item).map_continue(|()| true),
                None => {
                    self.skip_early_end(start, "a record");
                    ControlFlow::Continue(false)
                }
            };
        };
        scan.skip_to(start + list);
        if !self.list(scan)? {
            return ControlFlow::Continue(false);
        }
        if self.bytes.get(start) == Some(&b'{') {
            if scan.peek(false) == Some(b'}') {
                scan.bump();
            } else if let Some(object) = scan.restart(start).item() {
                // Other members follow, which say nothing about records.
                scan.skip_to(object.end);
            } else {
                self.skip_early_end(start, "an object");
                return ControlFlow::Continue(false);
            }
        }
        ControlFlow::Continue(true)
    }

    /// Reads the elements of a list up to its closing bracket. `false` if that does not come.
    fn list(&mut self, scan: &mut Scan<'a>) -> ControlFlow<(), bool> {
        loop {
            let byte = scan.peek(true);
            let start = scan.position();
            match byte {
                Some(b'{' | b'[') => match scan.item() {
                    Some(item) => self.item(&item)?,
                    None => {
                        self.skip_early_end(start, "a record");
                        return ControlFlow::Continue(false);
                    }
                },
                Some(b']') => {
                    scan.bump();
                    return ControlFlow::Continue(true);
                }
                Some(_) => {
                    scan.scalar();
                    if is_json(self.slice(start, scan.position())) {
                        self.skip(SkipReason::NotARecord, start, RecordError::NotAnObject.to_string());
                    } else {
                        self.skip(SkipReason::NotJson, start, "the list is not JSON; the rest of it is not read");
                        return ControlFlow::Continue(false);
                    }
                }
                None => {
                    self.skip_early_end(start, "a list");
                    return ControlFlow::Continue(false);
                }
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
        if self.may_hold_root && has(b"\"Root\"") {
            return None;
        }
        match item.category {
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
        let result = self.stream(start, start + bytes.len());
        self.nesting -= 1;
        result
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
    let end = text.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
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

/// Whether text consists of values that start and end with brackets.
fn is_balanced(text: &[u8]) -> bool {
    let mut scan = Scan::new(text, 0);
    loop {
        match scan.peek(false) {
            None => return true,
            Some(b'{' | b'[') if scan.item().is_some() => {}
            Some(_) => return false,
        }
    }
}

/// Whether bytes are one JSON value.
fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}

//! Finds where JSON values end, without parsing them.
//!
//! Blocks of 64 bytes become bit masks, one bit per byte: quotes, backslashes, brackets. Arithmetic on the masks tells
//! which quotes are escaped, which bytes lie inside strings and how deep each bracket nests, so that a record's end is
//! found by counting bits. The method is that of Langdale and Lemire, "Parsing Gigabytes of JSON per Second" (2019).
//! On the way the two keys that decide a record's fate are noted where they occur directly in the value.
//!
//! Nothing here validates: mismatched brackets and bad literals pass. Whatever looks odd is given to a real parser.

use super::usual::{Usual, usual};
use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x64};

/// Bytes per block: one bit of a mask each.
const BLOCK: usize = 64;

/// A value that starts with a bracket and ends with its counterpart, or at least with a bracket that closes as many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// The index of the opening bracket.
    pub(super) start: usize,
    /// The index after the closing bracket.
    pub(super) end: usize,
    /// Where `"eventName"` is a key of this value itself, not of one nested in it.
    pub(super) name: Key,
    /// The same of `"eventCategory"`.
    pub(super) category: Key,
    /// Whether there may be a backslash in the value. Without one no key can be spelled in two ways.
    pub(super) escapes: bool,
}

/// How often a key was seen, and where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Key {
    #[default]
    Absent,
    /// The index after the key's closing quote.
    Once(usize),
    Repeated,
}

impl Key {
    fn seen(&mut self, end: usize) {
        *self = if *self == Self::Absent { Self::Once(end) } else { Self::Repeated };
    }
}

/// A cursor over bytes. It only moves forward, and reads each block once.
pub(super) struct Scan<'a> {
    bytes: &'a [u8],
    /// The index of the next byte that has no meaning yet.
    at: usize,
    /// The index after the current block; what lies between the cursor and a later block has no brackets.
    ahead: usize,
    block: Block,
    state: State,
    level: Level,
}

/// The brackets and keys of one block.
#[derive(Clone, Copy, Default)]
struct Block {
    /// Opening brackets outside of strings.
    opens: u64,
    /// Closing brackets outside of strings.
    closes: u64,
    /// The seventh byte of a string, where it is an `N` or a `C`, or another letter that shares certain bits with them.
    keys: u64,
}

/// What a block has to know of the one before.
#[derive(Clone, Copy, Default)]
struct State {
    /// Its unescaped quotes.
    quotes: u64,
    /// All ones if it ends inside a string.
    in_string: u64,
    /// One if its last byte escapes the next.
    escape: u64,
    /// The index after the last block that has backslashes.
    escapes_end: usize,
}

impl<'a> Scan<'a> {
    /// Starts at an index that lies outside of any string.
    pub(super) fn new(bytes: &'a [u8], start: usize) -> Self {
        let (block, state, level) = (Block::default(), State::default(), Level::new());
        Self { bytes, at: start, ahead: start, block, state, level }
    }

    /// Starts again at another index that lies outside of any string.
    pub(super) fn jump(&mut self, start: usize) {
        *self = Self { at: start, ahead: start, block: Block::default(), state: State::default(), ..*self };
    }

    /// The record at the cursor, if it is usual in every respect.
    pub(super) fn usual(&self) -> Option<Usual<'a>> {
        usual(self.level, self.bytes.get(self.at..)?)
    }

    /// The index of the next byte.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The next byte that is neither whitespace nor a comma, if `commas` may be passed over.
    pub(super) fn peek(&mut self, commas: bool) -> Option<u8> {
        loop {
            let byte = *self.bytes.get(self.at)?;
            if !(is_space(byte) || commas && byte == b',') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    /// Passes over one byte, whatever it is.
    pub(super) fn bump(&mut self) {
        self.at += 1;
    }

    /// Passes over a number, a literal or a string.
    pub(super) fn scalar(&mut self) {
        self.at = end_of_scalar(self.bytes, self.at);
    }

    /// The value at the cursor, which must stand on an opening bracket. `None` if the bytes end before the value does.
    pub(super) fn item(&mut self) -> Option<Item> {
        dispatch!(self.level, simd => self.item_with(simd))
    }

    #[inline(always)]
    fn item_with<S: Simd>(&mut self, simd: S) -> Option<Item> {
        // Copies, so that they live in registers.
        let Self { bytes, at: start, mut ahead, mut block, mut state, .. } = *self;
        while start >= ahead {
            block = state.next_block(simd, bytes, &mut ahead)?;
        }
        block.forget((1 << (start + BLOCK - ahead)) - 1);
        let mut item = Item { start, end: start, name: Key::Absent, category: Key::Absent, escapes: false };
        let mut depth = 0;
        loop {
            let closing = block.closes.count_ones();
            // Only a block that closes at least as many brackets as are open can end the value.
            let passed = if depth > closing { None } else { block.end(depth) };
            if block.keys != 0 {
                block.note_keys(bytes, ahead - BLOCK, depth, passed.unwrap_or(u64::MAX), &mut item);
            }
            if let Some(passed) = passed {
                block.forget(passed);
                item.end = ahead - BLOCK + passed.count_ones() as usize;
                item.escapes = state.escapes_end > start;
                *self = Self { at: item.end, ahead, block, state, ..*self };
                return Some(item);
            }
            depth = depth + block.opens.count_ones() - closing;
            block = state.next_block(simd, bytes, &mut ahead)?;
        }
    }
}

impl Block {
    /// Forgets what has been passed.
    #[inline(always)]
    fn forget(&mut self, passed: u64) {
        self.opens &= !passed;
        self.closes &= !passed;
        self.keys &= !passed;
    }

    /// All bytes up to the bracket that closes as many as were opened, if the block has one and begins at `depth`.
    #[inline(always)]
    fn end(&self, mut depth: u32) -> Option<u64> {
        let mut brackets = self.opens | self.closes;
        while brackets != 0 {
            let bit = brackets & brackets.wrapping_neg();
            brackets ^= bit;
            if self.opens & bit != 0 {
                depth += 1;
            } else if depth > 1 {
                depth -= 1;
            } else {
                return Some(bit | (bit - 1));
            }
        }
        None
    }

    /// Notes the keys of the item itself among the `visible` bytes of the block, which begins at `depth`.
    #[inline(always)]
    fn note_keys(&self, bytes: &[u8], base: usize, depth: u32, visible: u64, item: &mut Item) {
        let mut keys = self.keys & visible;
        while keys != 0 {
            let bit = keys & keys.wrapping_neg();
            keys ^= bit;
            // The opening quote stands six bytes before. It belongs to this item, because the seventh byte is in a string.
            let seventh = base + bit.trailing_zeros() as usize;
            let Some(rest) = bytes.get(seventh - 6..) else { continue };
            let is_name = rest.first_chunk() == Some(b"\"eventName\"");
            if !is_name && rest.first_chunk() != Some(b"\"eventCategory\"") {
                continue;
            }
            let before = bit - 1;
            if depth + (self.opens & before).count_ones() != (self.closes & before).count_ones() + 1 {
                continue;
            }
            if is_name {
                item.name.seen(seventh + 5);
            } else {
                item.category.seen(seventh + 9);
            }
        }
    }
}

impl State {
    /// The block that starts at `ahead`, which it moves behind it; `None` if nothing starts there.
    #[inline(always)]
    fn next_block<S: Simd>(&mut self, simd: S, bytes: &[u8], ahead: &mut usize) -> Option<Block> {
        let rest = bytes.get(*ahead..)?;
        *ahead += BLOCK;
        if let Some(block) = rest.first_chunk() {
            return Some(self.block(simd, block, *ahead));
        }
        let mut block = [b' '; BLOCK];
        for (to, from) in block.iter_mut().zip(rest) {
            *to = *from;
        }
        if rest.is_empty() { None } else { Some(self.block(simd, &block, *ahead)) }
    }

    #[inline(always)]
    fn block<S: Simd>(&mut self, simd: S, bytes: &[u8; BLOCK], ahead: usize) -> Block {
        let v = u8x64::from_slice(simd, bytes);
        // `[` and `{` differ in one bit, and so do `]` and `}`; no other byte becomes one of them by setting it.
        let folded = v | 0x20;
        let mut quotes = mask(simd, v, b'"');
        if self.escape != 0 || simd.any_true_mask8x64(v.simd_eq(b'\\')) {
            self.escapes_end = ahead;
            quotes &= !escaped(mask(simd, v, b'\\'), &mut self.escape);
        }
        let in_string = prefix_xor(quotes) ^ self.in_string;
        let sixth_after_quote = quotes << 6 | self.quotes >> (BLOCK - 6);
        self.quotes = quotes;
        // The highest bit, spread over all.
        self.in_string = 0u64.wrapping_sub(in_string >> (BLOCK - 1));
        Block {
            opens: mask(simd, folded, b'{') & !in_string,
            closes: mask(simd, folded, b'}') & !in_string,
            keys: mask(simd, v & SEVENTH, b'N' & SEVENTH) & in_string & sixth_after_quote,
        }
    }
}

/// The bits that `N` and `C` share, and few other letters with them.
const SEVENTH: u8 = 0xf2;

/// Where bytes equal one byte.
#[inline(always)]
fn mask<S: Simd>(simd: S, v: u8x64<S>, byte: u8) -> u64 {
    simd.to_bitmask_mask8x64(v.simd_eq(byte))
}

/// The bytes that a backslash escapes. `carry` tells whether the first one is, and then whether the next block's is.
///
/// In a run of backslashes every second one is itself escaped. Subtracting the run's start from alternating bits makes
/// the borrow run through it and leaves the right half of them, whether it starts at an even or an odd index.
#[inline(always)]
fn escaped(backslashes: u64, carry: &mut u64) -> u64 {
    const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
    let starts = backslashes & !*carry;
    let codes = ((starts << 1) | ODD).wrapping_sub(starts) ^ ODD;
    let escaped = codes ^ (backslashes | *carry);
    *carry = (codes & backslashes) >> (BLOCK - 1);
    escaped
}

/// For each bit whether the number of ones up to and including it is odd.
#[inline(always)]
fn prefix_xor(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// The index after the number, literal or string that starts at `start`.
fn end_of_scalar(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    let mut quoted = false;
    let mut escaped = false;
    for (index, byte) in rest.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' if quoted => return start + index + 1,
            b'"' if index == 0 => quoted = true,
            _ if quoted => {}
            b',' | b'[' | b']' | b'{' | b'}' | b'"' | b' ' | b'\t' | b'\n' | b'\r' if index > 0 => {
                return start + index;
            }
            _ => {}
        }
    }
    bytes.len()
}

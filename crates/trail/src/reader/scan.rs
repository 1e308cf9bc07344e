//! Finds where JSON values end, without parsing them.
//!
//! Blocks of 64 bytes become bit masks, one bit per byte: quotes, backslashes, brackets. Arithmetic on the masks tells
//! which quotes are escaped, which bytes lie inside strings and how deep each bracket nests, so that a record's end is
//! found by counting bits. The method is that of Langdale and Lemire, "Parsing Gigabytes of JSON per Second" (2019).
//! On the way the two keys that decide a record's fate are noted where they occur directly in the value.
//!
//! Nothing here validates: mismatched brackets and bad literals pass. Whatever looks odd is given to a real parser.

use wide::u8x16;

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

/// The masks of one block.
#[derive(Clone, Copy, Default)]
struct Masks {
    opens: u64,
    closes: u64,
    /// The seventh byte of a string, where it is an `N` or a `C`.
    keys: u64,
    backslashes: u64,
}

impl Masks {
    /// Forgets the bits that are not in `keep`.
    fn retain(&mut self, keep: u64) {
        self.opens &= keep;
        self.closes &= keep;
        self.keys &= keep;
    }
}

/// A cursor over bytes. It only moves forward, and reads each block once.
pub(super) struct Scan<'a> {
    bytes: &'a [u8],
    /// The index of the next byte that has no meaning yet.
    at: usize,
    /// The index of the current block.
    base: usize,
    masks: Masks,
    /// All ones if the current block ends inside a string.
    in_string: u64,
    /// One if the first byte of the next block is escaped.
    escaped: u64,
    /// The unescaped quotes of the current block.
    quotes: u64,
}

impl<'a> Scan<'a> {
    /// Starts at an index that lies outside of any string.
    pub(super) fn new(bytes: &'a [u8], start: usize) -> Self {
        let mut scan =
            Self { bytes, at: start, base: start, masks: Masks::default(), in_string: 0, escaped: 0, quotes: 0 };
        scan.load();
        scan
    }

    /// Another cursor over the same bytes.
    pub(super) fn restart(&self, start: usize) -> Self {
        Self::new(self.bytes, start)
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

    /// Continues at an index that lies outside of any string and not before the cursor.
    pub(super) fn skip_to(&mut self, index: usize) {
        self.at = self.at.max(index);
    }

    /// The value at the cursor, which must stand on an opening bracket. `None` if the bytes end before the value does.
    pub(super) fn item(&mut self) -> Option<Item> {
        let start = self.at;
        while start >= self.base + BLOCK {
            self.next_block()?;
        }
        self.masks.retain(u64::MAX << (start - self.base));
        let mut item = Item { start, end: start, name: Key::Absent, category: Key::Absent, escapes: false };
        let mut depth = 0;
        loop {
            let Masks { opens, closes, backslashes, .. } = self.masks;
            item.escapes |= backslashes != 0;
            let closing = closes.count_ones();
            if depth > closing {
                self.note_keys(depth, u64::MAX, &mut item);
                depth = depth + opens.count_ones() - closing;
            } else {
                // The value may end in this block: take its brackets one by one.
                let mut inner = depth;
                let mut brackets = opens | closes;
                while brackets != 0 {
                    let bit = brackets & brackets.wrapping_neg();
                    brackets ^= bit;
                    if opens & bit != 0 {
                        inner += 1;
                    } else if inner <= 1 {
                        let passed = bit | (bit - 1);
                        self.note_keys(depth, passed, &mut item);
                        self.masks.retain(!passed);
                        self.at = self.base + bit.trailing_zeros() as usize + 1;
                        item.end = self.at;
                        return Some(item);
                    } else {
                        inner -= 1;
                    }
                }
                self.note_keys(depth, u64::MAX, &mut item);
                depth = inner;
            }
            self.next_block()?;
        }
    }

    /// Notes the keys of the item itself among the `visible` bytes of the block, which begins at `depth`.
    #[inline]
    fn note_keys(&self, depth: u32, visible: u64, item: &mut Item) {
        let mut keys = self.masks.keys & visible;
        while keys != 0 {
            let bit = keys & keys.wrapping_neg();
            keys ^= bit;
            let before = bit - 1;
            let depth = depth + (self.masks.opens & before).count_ones();
            if depth != (self.masks.closes & before).count_ones() + 1 {
                continue;
            }
            // The opening quote stands six bytes before, in this item, because the seventh byte is inside a string.
            let seventh = self.base + bit.trailing_zeros() as usize;
            let Some(rest) = self.bytes.get(seventh - 6..) else { continue };
            if rest.starts_with(b"\"eventName\"") {
                item.name.seen(seventh + 5);
            } else if rest.starts_with(b"\"eventCategory\"") {
                item.category.seen(seventh + 9);
            }
        }
    }

    /// Moves to the next block; `None` if there is none.
    #[inline]
    fn next_block(&mut self) -> Option<()> {
        let next = self.base + BLOCK;
        if next >= self.bytes.len() {
            return None;
        }
        self.base = next;
        self.load();
        Some(())
    }

    /// Makes the masks of the current block.
    #[inline]
    fn load(&mut self) {
        let rest = self.bytes.get(self.base..).unwrap_or_default();
        let raw = match rest.first_chunk::<BLOCK>() {
            Some(block) => Raw::of(block),
            None => {
                let mut block = [b' '; BLOCK];
                for (to, from) in block.iter_mut().zip(rest) {
                    *to = *from;
                }
                Raw::of(&block)
            }
        };

        let escaped = if raw.backslashes == 0 {
            std::mem::take(&mut self.escaped)
        } else {
            escaped(raw.backslashes, &mut self.escaped)
        };
        let quotes = raw.quotes & !escaped;
        let in_string = prefix_xor(quotes) ^ self.in_string;
        let outside = !in_string;
        let sixth_after_quote = quotes << 6 | self.quotes >> (BLOCK - 6);
        self.masks = Masks {
            opens: raw.opens & outside,
            closes: raw.closes & outside,
            keys: raw.capitals & in_string & sixth_after_quote,
            backslashes: raw.backslashes,
        };
        self.quotes = quotes;
        // The highest bit, spread over all.
        self.in_string = 0u64.wrapping_sub(in_string >> (BLOCK - 1));
    }
}

/// The masks of a block before strings are told apart.
struct Raw {
    quotes: u64,
    backslashes: u64,
    opens: u64,
    closes: u64,
    capitals: u64,
}

impl Raw {
    #[inline]
    fn of(block: &[u8; BLOCK]) -> Self {
        let mut raw = Self { quotes: 0, backslashes: 0, opens: 0, closes: 0, capitals: 0 };
        for (index, chunk) in block.as_chunks::<16>().0.iter().enumerate() {
            let v = u8x16::new(*chunk);
            let mask = |hits: u8x16| u64::from(hits.to_bitmask()) << (16 * index);
            // `[` and `{` differ in one bit, and so do `]` and `}`; no other byte becomes one of them by setting it.
            let folded = v | u8x16::splat(0x20);
            raw.quotes |= mask(v.simd_eq(u8x16::splat(b'"')));
            raw.backslashes |= mask(v.simd_eq(u8x16::splat(b'\\')));
            raw.opens |= mask(folded.simd_eq(u8x16::splat(b'{')));
            raw.closes |= mask(folded.simd_eq(u8x16::splat(b'}')));
            raw.capitals |= mask(v.simd_eq(u8x16::splat(b'N')) | v.simd_eq(u8x16::splat(b'C')));
        }
        raw
    }
}

/// The bytes that a backslash escapes. `carry` tells whether the first one is, and then whether the next block's is.
///
/// In a run of backslashes every second one is itself escaped. Subtracting the run's start from alternating bits makes
/// the borrow run through it and leaves the right half of them, whether it starts at an even or an odd index.
#[inline]
fn escaped(backslashes: u64, carry: &mut u64) -> u64 {
    const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
    let starts = backslashes & !*carry;
    let codes = ((starts << 1) | ODD).wrapping_sub(starts) ^ ODD;
    let escaped = codes ^ (backslashes | *carry);
    *carry = (codes & backslashes) >> (BLOCK - 1);
    escaped
}

/// For each bit whether the number of ones up to and including it is odd.
#[inline]
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

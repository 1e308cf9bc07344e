//! Unpacks gzip: whole buffers at once where the file is sound, and as much as there is where it is not.

use std::io::Read;

use libdeflater::{DecompressionError, Decompressor, crc32};
use memchr::memmem;

/// What every gzip member starts with: the magic number and the only method there is.
const MAGIC: &[u8] = b"\x1f\x8b\x08";

/// The shortest gzip member: 10 bytes of header, 2 of an empty stream, 8 of trailer.
const SHORTEST: usize = 20;

/// Memory that is kept between files. A larger buffer is given back after the file that needed it.
pub(super) const KEPT: usize = 64 << 20;

/// Whether bytes are gzip, whatever the file is called.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// What was wrong with a compressed file. What could be read of it is in the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    /// The stream ends early.
    Cut,
    /// The stream is not valid, its checksum differs, or something else follows it.
    Bad,
    /// The content exceeds the limit.
    TooLarge,
}

/// Inflates file after file into one buffer.
pub(super) struct Inflater {
    fast: Decompressor,
    /// Content of the current file, and what is left from larger ones.
    buffer: Vec<u8>,
    limit: usize,
}

impl Inflater {
    /// No file may inflate to more than `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self { fast: Decompressor::new(), buffer: Vec::new(), limit }
    }

    /// The content of a gzip file of one or more members, and what was wrong with it.
    pub(super) fn inflate(&mut self, gzip: &[u8]) -> (&[u8], Option<Damage>) {
        let (length, damage) = match self.members(gzip) {
            Ok(length) => (length, None),
            Err(Some(Damage::TooLarge)) => (0, Some(Damage::TooLarge)),
            Err(_) => self.salvage(gzip),
        };
        (self.buffer.get(..length).unwrap_or_default(), damage)
    }

    /// Gives memory back after an unusually large file.
    pub(super) fn shrink(&mut self) {
        if self.buffer.len() > KEPT {
            self.buffer = Vec::new();
        }
    }

    /// The sound and fast case. An error without a reason leaves it to [`Self::salvage`] to find one.
    fn members(&mut self, gzip: &[u8]) -> Result<usize, Option<Damage>> {
        let (mut rest, mut filled) = (gzip, 0);
        while !rest.is_empty() {
            let length = self.member(rest, filled)?;
            let content = self.buffer.get(filled..filled + length).unwrap_or_default();
            rest = after_member(rest, content).ok_or(None)?;
            filled += length;
        }
        Ok(filled)
    }

    /// Inflates the first member behind what is already in the buffer, and tells its length.
    fn member(&mut self, gzip: &[u8], filled: usize) -> Result<usize, Option<Damage>> {
        // The last four bytes state the content's size modulo 2^32, of the last member only. A hint, not a fact.
        let stated = gzip.last_chunk().map_or(0, |size| u32::from_le_bytes(*size) as usize);
        // Deflate packs at most 1032 bytes into one.
        let plausible = stated.min(gzip.len().saturating_mul(1032)).max(1 << 16);
        self.reserve(filled.saturating_add(plausible).min(self.limit));
        loop {
            let space = self.buffer.get_mut(filled..).unwrap_or_default();
            match self.fast.gzip_decompress(gzip, space) {
                Ok(length) => return Ok(length),
                Err(DecompressionError::BadData) => return Err(None),
                Err(DecompressionError::InsufficientSpace) if self.buffer.len() >= self.limit => {
                    return Err(Some(Damage::TooLarge));
                }
                Err(DecompressionError::InsufficientSpace) => {
                    self.reserve(self.buffer.len().saturating_mul(2).min(self.limit));
                }
            }
        }
    }

    fn reserve(&mut self, length: usize) {
        if self.buffer.len() < length {
            self.buffer.resize(length, 0);
        }
    }

    /// Reads on until the damage, keeping what comes before it.
    fn salvage(&mut self, gzip: &[u8]) -> (usize, Option<Damage>) {
        self.buffer.clear();
        let mut rest = gzip;
        loop {
            let room = self.limit.saturating_sub(self.buffer.len()).saturating_add(1);
            let mut member = flate2::bufread::GzDecoder::new(rest).take(room as u64);
            let result = member.read_to_end(&mut self.buffer);
            if self.buffer.len() > self.limit {
                return (0, Some(Damage::TooLarge));
            }
            rest = member.into_inner().into_inner();
            match result {
                Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                    return (self.buffer.len(), Some(Damage::Cut));
                }
                Err(_) => return (self.buffer.len(), Some(Damage::Bad)),
                // Tapes and some tools pad with zeros.
                Ok(_) if rest.iter().all(|byte| *byte == 0) => return (self.buffer.len(), None),
                Ok(_) if !is_gzip(rest) => return (self.buffer.len(), Some(Damage::Bad)),
                Ok(_) => {}
            }
        }
    }
}

/// What follows the first member. The decompressor does not tell where it stopped, but a member ends with its content's
/// checksum and size, and behind it is either nothing or the next one's magic number. `None` if no such place is found.
fn after_member<'a>(gzip: &'a [u8], content: &[u8]) -> Option<&'a [u8]> {
    let states_size = |end: usize| {
        let size = gzip.get(..end).and_then(<[u8]>::last_chunk).map(|size| u32::from_le_bytes(*size));
        size.map(u64::from) == Some(content.len() as u64 & u64::from(u32::MAX))
    };
    let mut checksum = None;
    let mut states_checksum = |end: usize| {
        let stated = gzip.get(..end - 4).and_then(<[u8]>::last_chunk).map(|sum| u32::from_le_bytes(*sum));
        stated == Some(*checksum.get_or_insert_with(|| crc32(content)))
    };
    let next = memmem::find_iter(gzip.get(SHORTEST..)?, MAGIC).map(|index| index + SHORTEST);
    for end in next {
        if states_size(end) && states_checksum(end) {
            return gzip.get(end..);
        }
    }
    // No other member starts here. The checksum has been verified; the size shows that nothing else follows.
    states_size(gzip.len()).then_some(&[])
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn inflate(limit: usize, bytes: &[u8]) -> (Vec<u8>, Option<Damage>) {
        let mut inflater = Inflater::new(limit);
        let (content, damage) = inflater.inflate(bytes);
        (content.to_vec(), damage)
    }

    const LIMIT: usize = 1 << 30;

    #[test]
    fn members_are_joined_even_if_they_are_equal_or_empty() {
        let noise: Vec<u8> = (0u32..50_000).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let contents: [&[u8]; 5] = [b"first", b"", b"same", b"same", &noise];
        let file: Vec<u8> = contents.iter().flat_map(|content| gzip(content)).collect();
        assert_eq!(inflate(LIMIT, &file), (contents.concat(), None));
        let padded = [file, vec![0; 512]].concat();
        assert_eq!(inflate(LIMIT, &padded), (contents.concat(), None));
    }

    #[test]
    fn content_that_looks_like_a_member_is_content() {
        let inner = gzip(b"inner");
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
        encoder.write_all(&inner).unwrap();
        assert_eq!(inflate(LIMIT, &encoder.finish().unwrap()), (inner, None));
    }

    #[test]
    fn the_stated_size_is_not_trusted() {
        let content = vec![b'x'; 1 << 20];
        let mut file = gzip(&content);
        let size = file.len() - 4;
        file[size..].copy_from_slice(&7u32.to_le_bytes());
        let (salvaged, damage) = inflate(LIMIT, &file);
        assert_eq!((salvaged.len(), damage), (content.len(), Some(Damage::Bad)));
    }

    #[test]
    fn what_comes_before_the_damage_is_kept() {
        let content: Vec<u8> = (0..50_000u32).flat_map(|i| format!("{i} ").into_bytes()).collect();
        let file = gzip(&content);
        let (salvaged, damage) = inflate(LIMIT, &file[..file.len() / 2]);
        assert_eq!(damage, Some(Damage::Cut));
        assert!(salvaged.len() > content.len() / 4 && content.starts_with(&salvaged));
        for cut in [1, 9, 12, file.len() - 3] {
            assert_eq!(inflate(LIMIT, &file[..cut]).1, Some(Damage::Cut), "{cut}");
        }
        let (salvaged, damage) = inflate(LIMIT, &[&file[..], b"more"].concat());
        assert_eq!((salvaged == content, damage), (true, Some(Damage::Bad)));
        let mut damaged = file.clone();
        damaged[file.len() / 2] ^= 0x55;
        assert!(inflate(LIMIT, &damaged).1.is_some());
    }

    #[test]
    fn a_bomb_is_refused_at_the_limit() {
        let bomb = gzip(&vec![b' '; 4 << 20]);
        assert!(bomb.len() < 8 << 10);
        assert_eq!(inflate(1 << 20, &bomb), (Vec::new(), Some(Damage::TooLarge)));
        assert_eq!(inflate(4 << 20, &bomb).1, None);
        let many = [bomb.clone(), bomb].concat();
        assert_eq!(inflate(4 << 20, &many), (Vec::new(), Some(Damage::TooLarge)));
        assert_eq!(inflate(1 << 20, &many[..many.len() - 9]), (Vec::new(), Some(Damage::TooLarge)));
    }
}

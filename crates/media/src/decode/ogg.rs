//! Ogg pages (RFC 3533): one at a time, checked by their checksum.
//!
//! It must not know what is in them, and holds no more than one page (65,307 bytes at most).

use std::io::Read;

use crate::error::MediaError;
use crate::source::{LOOKAHEAD_BYTES, Source};

const HEADER_BYTES: usize = 27;

/// One page.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Begins with the rest of a packet of the page before.
    pub(super) continued: bool,
    /// First page of its logical stream.
    pub(super) first: bool,
    /// Last page of its logical stream.
    pub(super) last: bool,
    /// Position of the last packet that ends here, in units of the codec; none ends here when it is `u64::MAX`.
    pub(super) granule: u64,
    pub(super) serial: u32,
    pub(super) sequence: u32,
    lacing: Vec<u8>,
    body: Vec<u8>,
}

impl Page {
    /// The pieces of packets on this page; `true` with those that end here.
    pub(super) fn pieces(&self) -> impl Iterator<Item = (&[u8], bool)> {
        let mut body = self.body.as_slice();
        let mut lacing = self.lacing.as_slice();
        std::iter::from_fn(move || {
            let mut length = 0;
            loop {
                let (size, rest) = lacing.split_first()?;
                lacing = rest;
                length += usize::from(*size);
                if *size < 255 || lacing.is_empty() {
                    let (piece, rest) = body.split_at_checked(length)?;
                    body = rest;
                    return Some((piece, *size < 255));
                }
            }
        })
    }
}

/// Reads pages off a source.
pub(super) struct Pages<R> {
    source: Source<R>,
    /// Bytes that belong to no intact page.
    pub(super) bytes_skipped: u64,
    /// The stream ended within a page.
    pub(super) cut: bool,
}

impl<R: Read> Pages<R> {
    pub(super) fn new(source: Source<R>) -> Self {
        Self { source, bytes_skipped: 0, cut: false }
    }

    /// Reads the next intact page into `page`; `false` at the end.
    pub(super) fn next(&mut self, page: &mut Page) -> Result<bool, MediaError> {
        loop {
            let window = self.source.fill(HEADER_BYTES + 255)?;
            if window.is_empty() {
                return Ok(false);
            }
            let Some((header, lacing)) = split_header(window) else {
                self.resync()?;
                continue;
            };
            if lacing.is_none() {
                return self.end();
            }
            let (lacing_bytes, body_bytes) = lacing.unwrap_or_default();
            let total = HEADER_BYTES + lacing_bytes + body_bytes;
            let Some(bytes) = self.source.fill(total)?.get(..total) else {
                return self.end();
            };
            if checksum(bytes) == header.checksum {
                page.fill_from(&header, bytes, lacing_bytes);
                self.source.consume(total);
                return Ok(true);
            }
            self.resync()?;
        }
    }

    fn end(&mut self) -> Result<bool, MediaError> {
        self.cut = true;
        self.source.skip(u64::MAX)?;
        Ok(false)
    }

    /// Drops what can't be a page, up to the next place where one may begin.
    fn resync(&mut self) -> Result<(), MediaError> {
        let window = self.source.fill(LOOKAHEAD_BYTES / 2)?;
        let found = window.iter().skip(1).position(|byte| *byte == b'O').map(|at| at + 1);
        let step = found.unwrap_or(window.len());
        self.source.consume(step);
        self.bytes_skipped += step as u64;
        Ok(())
    }
}

struct Header {
    flags: u8,
    granule: u64,
    serial: u32,
    sequence: u32,
    checksum: u32,
}

/// The fixed header, and the bytes of lacing and body where the window is long enough to tell.
fn split_header(window: &[u8]) -> Option<(Header, Option<(usize, usize)>)> {
    let pattern = b"OggS\0";
    if window.len() < HEADER_BYTES {
        // A window this short is the end of the stream: a page that was cut, or rubbish.
        let common = window.len().min(pattern.len());
        let cut = window.get(..common) == pattern.get(..common);
        return cut.then_some((Header { flags: 0, granule: 0, serial: 0, sequence: 0, checksum: 0 }, None));
    }
    let rest = window.strip_prefix(pattern)?;
    let (flags, rest) = rest.split_first()?;
    let (granule, rest) = rest.split_first_chunk()?;
    let (serial, rest) = rest.split_first_chunk()?;
    let (sequence, rest) = rest.split_first_chunk()?;
    let (checksum, rest) = rest.split_first_chunk()?;
    let (segments, rest) = rest.split_first()?;
    let segments = usize::from(*segments);
    let sizes = rest.get(..segments).map(|lacing| (segments, lacing.iter().map(|size| usize::from(*size)).sum()));
    let header = Header {
        flags: *flags,
        granule: u64::from_le_bytes(*granule),
        serial: u32::from_le_bytes(*serial),
        sequence: u32::from_le_bytes(*sequence),
        checksum: u32::from_le_bytes(*checksum),
    };
    Some((header, sizes))
}

impl Page {
    fn fill_from(&mut self, header: &Header, bytes: &[u8], lacing_bytes: usize) {
        self.continued = header.flags & 1 != 0;
        self.first = header.flags & 2 != 0;
        self.last = header.flags & 4 != 0;
        self.granule = header.granule;
        self.serial = header.serial;
        self.sequence = header.sequence;
        let (lacing, body) =
            bytes.get(HEADER_BYTES..).and_then(|rest| rest.split_at_checked(lacing_bytes)).unwrap_or_default();
        self.lacing.clear();
        self.lacing.extend_from_slice(lacing);
        self.body.clear();
        self.body.extend_from_slice(body);
    }
}

/// CRC-32 with polynomial 0x04C11DB7, not reflected, over a page whose checksum field counts as zero.
fn checksum(page: &[u8]) -> u32 {
    page.iter().enumerate().fold(0, |sum, (at, byte)| {
        let byte = if (22..26).contains(&at) { 0 } else { *byte };
        let [high, ..] = sum.to_be_bytes();
        (sum << 8) ^ table_entry(high ^ byte)
    })
}

#[allow(clippy::indexing_slicing, reason = "a byte can't leave a table of 256")]
fn table_entry(byte: u8) -> u32 {
    CHECKSUMS[usize::from(byte)]
}

static CHECKSUMS: [u32; 256] = checksums();

#[allow(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "runs at compile time over 0..256")]
const fn checksums() -> [u32; 256] {
    let mut table = [0_u32; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut sum = (byte as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 0x8000_0000 != 0 { (sum << 1) ^ 0x04C1_1DB7 } else { sum << 1 };
            bit += 1;
        }
        table[byte] = sum;
        byte += 1;
    }
    table
}

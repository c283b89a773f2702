//! A forward-only byte source with one fixed buffer: all that decoders see of a pipe.
//!
//! It must not grow. Whatever a header claims, looking ahead ends at [`LOOKAHEAD_BYTES`].

use std::io::{self, Read};

/// The most that [`Source::fill`] can be asked for: enough for the largest Ogg page (65,307 bytes).
pub(crate) const LOOKAHEAD_BYTES: usize = 128 * 1024;

/// Reads from `R` through one buffer of [`LOOKAHEAD_BYTES`].
pub(crate) struct Source<R> {
    reader: R,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
}

impl<R: Read> Source<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, buffer: vec![0; LOOKAHEAD_BYTES].into_boxed_slice(), start: 0, end: 0 }
    }

    /// All that is buffered, at least `at_least` bytes of it unless the stream ends before.
    pub(crate) fn fill(&mut self, at_least: usize) -> io::Result<&[u8]> {
        let at_least = at_least.min(LOOKAHEAD_BYTES);
        if self.end - self.start < at_least && self.start + at_least > self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        while self.end - self.start < at_least {
            if self.start == self.end {
                (self.start, self.end) = (0, 0);
            }
            let Some(room) = self.buffer.get_mut(self.end..) else {
                break;
            };
            match self.reader.read(room) {
                Ok(0) => break,
                Ok(count) => self.end += count.min(room.len()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.buffer.get(self.start..self.end).unwrap_or_default())
    }

    /// Drops `count` buffered bytes.
    pub(crate) fn consume(&mut self, count: usize) {
        let count = count.min(self.end - self.start);
        self.start += count;
    }

    /// Reads and drops up to `count` bytes; returns how many there were.
    pub(crate) fn skip(&mut self, count: u64) -> io::Result<u64> {
        let mut left = count;
        while left > 0 {
            let available = self.fill(1)?.len();
            if available == 0 {
                break;
            }
            let step = usize::try_from(left).unwrap_or(usize::MAX).min(available);
            self.consume(step);
            left -= step as u64;
        }
        Ok(count - left)
    }

    /// The next `N` bytes, taken, or nothing when the stream ends before.
    pub(crate) fn array<const N: usize>(&mut self) -> io::Result<Option<[u8; N]>> {
        let found = self.fill(N)?.first_chunk::<N>().copied();
        if found.is_some() {
            self.consume(N);
        }
        Ok(found)
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let available = self.fill(1)?;
        let count = available.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..count), available.get(..count)) {
            to.copy_from_slice(from);
        }
        self.consume(count);
        Ok(count)
    }
}

//! The bytes that a chunker has read but not yet put into a chunk, with the number of quotes and
//! line feeds in them.
//!
//! The bytes are counted right after they are read, while they are in the processor's cache. The
//! memory is not cleared before each read; `Read::read_to_end` would clear it.

use std::io::{self, ErrorKind, Read};
use std::ops::Deref;

use memchr::memchr_iter;

/// The pending bytes. The type dereferences to a slice of them.
pub(super) struct Pending {
    /// The pending bytes, followed by spare memory with arbitrary content.
    buffer: Vec<u8>,
    length: usize,
    counted: Counted,
}

/// The counts for the first `bytes` of the pending bytes.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    bytes: usize,
    quotes: usize,
    line_feeds: usize,
}

impl Deref for Pending {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.buffer[..self.length]
    }
}

impl Pending {
    pub(super) fn with_capacity(capacity: usize) -> Pending {
        Pending {
            buffer: Vec::with_capacity(capacity),
            length: 0,
            counted: Counted::default(),
        }
    }

    /// Appends at most `most` bytes of the input. Returns the number of bytes; 0 at the end of the
    /// input.
    pub(super) fn read(&mut self, input: &mut impl Read, most: usize) -> io::Result<usize> {
        let end = self.length + most;
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        let read = loop {
            match input.read(&mut self.buffer[self.length..end]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.length += read;
        Ok(read)
    }

    /// Counts quotes and line feeds up to this position, or up to the last pending byte if that
    /// comes first.
    pub(super) fn count_to(&mut self, end: usize) {
        let end = end.min(self.length);
        let counted = &mut self.counted;
        if let Some(more) = self.buffer.get(counted.bytes..end) {
            counted.quotes += memchr_iter(b'"', more).count();
            counted.line_feeds += memchr_iter(b'\n', more).count();
            counted.bytes = end;
        }
    }

    /// Whether an odd number of quotes precedes this position.
    pub(super) fn has_odd_quotes(&mut self, end: usize) -> bool {
        self.count_to(end);
        let after = memchr_iter(b'"', &self.buffer[end..self.counted.bytes]).count();
        (self.counted.quotes - after) % 2 == 1
    }

    /// Takes the bytes before this position, and returns them with their number of line feeds. The
    /// remaining bytes are moved to `next`, whose old content is overwritten.
    pub(super) fn cut_off(&mut self, cut: usize, mut next: Vec<u8>) -> (Vec<u8>, usize) {
        self.count_to(cut);
        let after = memchr_iter(b'\n', &self.buffer[cut..self.counted.bytes]).count();
        let line_feeds = self.counted.line_feeds - after;
        let rest = self.length - cut;
        if next.len() < rest {
            next.resize(rest, 0);
        }
        next[..rest].copy_from_slice(&self.buffer[cut..self.length]);
        let mut bytes = std::mem::replace(&mut self.buffer, next);
        bytes.truncate(cut);
        self.length = rest;
        self.counted = Counted::default();
        (bytes, line_feeds)
    }

    /// Drops the bytes before this position.
    pub(super) fn remove(&mut self, end: usize) {
        self.buffer.copy_within(end..self.length, 0);
        self.length -= end;
        self.counted = Counted::default();
    }
}

//! A record that is longer than any may be: followed to its end without being kept, so that none of
//! its lines is taken for a record.
//!
//! What becomes of it depends on its quotes alone. When its last quoted field is closed, the record
//! is one that is too large. When the end of the file comes first, or text follows a closing quote,
//! or the number of quotes is odd, a quote was stray: then it costs its own line, and reading
//! resumes at the second one.

use memchr::memchr2;

use super::Flaw;
use super::quotes::{End, MARK, Quotes};
use crate::chunks::{Chunk, Content, line_end_after};

/// A record whose end is looked for.
#[derive(Debug)]
pub struct LongRecord {
    /// Offset of its first byte.
    pub offset: u64,
    /// Physical line of its first byte, from 1.
    pub line: u64,
    /// Its first bytes: as many as a record may have, and a line end.
    pub start: Vec<u8>,
    /// Length of its first line, line end included.
    first_line: u64,
    /// Line feeds in its first line.
    line_feeds: u64,
    quotes: Quotes,
    max_record: usize,
}

/// What becomes of a long record.
#[derive(Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes on after the chunk.
    GoesOn,
    /// It is too large, and ends before this byte of the chunk.
    TooLarge(u64),
    /// Its first line is all that is rejected.
    Stray(Flaw),
}

impl LongRecord {
    /// The record that begins with these bytes, whole lines, and goes on after them.
    pub fn begin(
        bytes: &[u8],
        (offset, line): (u64, u64),
        delimiter: u8,
        max_record: usize,
    ) -> LongRecord {
        let mut quotes = Quotes::at_start(delimiter);
        quotes.follow(bytes);
        let end = memchr2(b'\r', b'\n', bytes).map_or(bytes.len(), |at| line_end_after(bytes, at));
        LongRecord {
            offset,
            line,
            start: bytes[..bytes.len().min(max_record + 2)].to_vec(),
            first_line: end as u64,
            line_feeds: u64::from(bytes[..end].ends_with(b"\n")),
            quotes,
            max_record,
        }
    }

    /// The record that begins with an overlong line, and what is known of it after that line.
    pub fn of_line(chunk: &Chunk, max_record: usize) -> Option<(LongRecord, Fate)> {
        let Content::LongLine(line) = &chunk.content else {
            return None;
        };
        let marks = marks(&line.start);
        let record = LongRecord {
            offset: chunk.offset + marks as u64,
            line: chunk.line,
            start: line.start[marks..].to_vec(),
            first_line: line.length - marks as u64,
            line_feeds: u64::from(line.ends_with_line_feed),
            quotes: line.alone,
            max_record,
        };
        let fate = match record.quotes.is_open() && !chunk.last {
            true => Fate::GoesOn,
            false => Fate::TooLarge(line.length),
        };
        Some((record, fate))
    }

    /// Follows it through a chunk.
    pub fn follow(&mut self, chunk: &Chunk) -> Fate {
        let end = match &chunk.content {
            Content::Lines(bytes) => match self.quotes.find_end(bytes) {
                End::Unknown => return Fate::Stray(Flaw::TextAfterQuote(None)),
                End::At(end) => Some(end as u64),
                End::Beyond => None,
            },
            Content::LongLine(line) => {
                self.quotes.join(&line.within);
                if self.quotes.is_broken() {
                    return Fate::Stray(Flaw::TextAfterQuote(None));
                }
                (!self.quotes.is_open()).then_some(line.length)
            }
        };
        match end {
            None if !chunk.last => Fate::GoesOn,
            None if self.quotes.is_open() => Fate::Stray(Flaw::NeverClosed),
            _ if self.quotes.is_odd() => Fate::Stray(Flaw::NeverClosed),
            Some(end) => Fate::TooLarge(end),
            None => Fate::TooLarge(chunk.end() - chunk.offset),
        }
    }

    /// Adds the bytes that follow those of [`LongRecord::begin`], as far as they are kept.
    pub fn keep(&mut self, bytes: &[u8]) {
        let room = (self.max_record + 2).saturating_sub(self.start.len());
        self.start
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// Offset and line of its second physical line.
    pub fn second_line(&self) -> (u64, u64) {
        (self.offset + self.first_line, self.line + self.line_feeds)
    }

    /// Its first line, with the flaw that it is rejected for.
    pub fn first_line(&self, flaw: Flaw) -> (&[u8], u64, Flaw) {
        let kept = self
            .start
            .len()
            .min(usize::try_from(self.first_line).unwrap_or(usize::MAX));
        let content = super::without_line_end(&self.start[..kept]);
        match self.first_line > self.start.len() as u64 || content > self.max_record {
            true => (&self.start[..kept], self.first_line, Flaw::TooLarge),
            false => (&self.start[..kept], self.first_line, flaw),
        }
    }
}

/// Length of the byte order marks that these bytes begin with.
pub(crate) fn marks(mut bytes: &[u8]) -> usize {
    let whole = bytes.len();
    while let Some(rest) = bytes.strip_prefix(MARK) {
        bytes = rest;
    }
    whole - bytes.len()
}

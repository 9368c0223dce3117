//! Follows a record that is longer than the limit to its end, without keeping it. So none of its
//! lines is read as a record of its own.
//!
//! Only its quotes decide what is rejected. If its last quoted field is closed, the whole record is
//! rejected as too large. There is a stray quote if the end of the file comes first, if text
//! follows a closing quote, or if the number of quotes is odd. Then only the first line is
//! rejected, and reading resumes at the second line.

use memchr::memchr_iter;

use super::StructureFault;
use super::quotes::{End, MARK, Quotes};
use crate::chunks::{Chunk, Content, LongLine};
use crate::dialect::Dialect;
use crate::lines::Lines;

/// A long record whose end has not been found yet.
#[derive(Debug)]
pub struct LongRecord {
    /// Offset of the record's first byte.
    pub offset: u64,
    /// Line number of the record's first byte, from 1.
    pub line: u64,
    /// The first bytes of the record: as many as a record may have, plus two for a line end.
    pub start: Vec<u8>,
    /// Length of the record's first line in bytes, line end included.
    first_line: u64,
    /// Number of line feeds in the record's first line.
    line_feeds: u64,
    quotes: Quotes,
    lines: Lines,
    max_record: usize,
}

/// What is known about the end of a long record after a chunk.
#[derive(Debug, PartialEq, Eq)]
pub enum LongRecordState {
    /// The record continues after the chunk.
    Continues,
    /// The record ends before this byte of the chunk, and is rejected as too large.
    TooLarge(u64),
    /// The record has a stray quote, so only its first line is rejected.
    StrayQuote(StructureFault),
}

impl LongRecord {
    /// A record that begins with `bytes`, which are whole lines, and continues after them.
    pub fn begin(
        bytes: &[u8],
        (offset, line): (u64, u64),
        dialect: &Dialect,
        max_record: usize,
    ) -> LongRecord {
        let mut quotes = Quotes::at_start(dialect);
        quotes.follow(bytes);
        let lines = dialect.lines();
        let end = lines.find(bytes, 0).map_or(bytes.len(), |end| end.end);
        LongRecord {
            offset,
            line,
            start: bytes[..bytes.len().min(max_record + 2)].to_vec(),
            first_line: end as u64,
            line_feeds: memchr_iter(b'\n', &bytes[..end]).count() as u64,
            quotes,
            lines,
            max_record,
        }
    }

    /// A record that begins with the overlong line `chunk`, and what is known about its end.
    pub fn of_line(
        chunk: &Chunk,
        dialect: &Dialect,
        max_record: usize,
    ) -> Option<(LongRecord, LongRecordState)> {
        let Content::LongLine(line) = &chunk.content else {
            return None;
        };
        let marks = marks(&line.start);
        let record = LongRecord {
            offset: chunk.offset + marks as u64,
            line: chunk.line,
            start: line.start[marks..].to_vec(),
            first_line: line.length - marks as u64,
            line_feeds: line.line_feeds,
            quotes: line.alone,
            lines: dialect.lines(),
            max_record,
        };
        let fate = match record.quotes.is_open() && !chunk.last {
            true => LongRecordState::Continues,
            false => LongRecordState::TooLarge(line.length),
        };
        Some((record, fate))
    }

    /// Follows the record through the next chunk.
    pub fn follow(&mut self, chunk: &Chunk) -> LongRecordState {
        let end = match &chunk.content {
            Content::Lines(bytes) => match self.quotes.find_end(bytes) {
                End::Unknown => {
                    return LongRecordState::StrayQuote(StructureFault::TextAfterQuote(None));
                }
                End::At(end) => Some(end as u64),
                End::Beyond => None,
            },
            Content::LongLine(line) => {
                self.quotes.join(&line.within);
                if self.quotes.is_broken() {
                    return LongRecordState::StrayQuote(StructureFault::TextAfterQuote(None));
                }
                (!self.quotes.is_open()).then_some(line.length)
            }
        };
        match end {
            None if !chunk.last => LongRecordState::Continues,
            None if self.quotes.is_open() => {
                LongRecordState::StrayQuote(StructureFault::NeverClosed)
            }
            _ if self.quotes.is_odd() => LongRecordState::StrayQuote(StructureFault::NeverClosed),
            Some(end) => LongRecordState::TooLarge(end),
            None => LongRecordState::TooLarge(chunk.end() - chunk.offset),
        }
    }

    /// Keeps more of the record's first bytes, up to the limit.
    pub fn keep(&mut self, bytes: &[u8]) {
        let room = (self.max_record + 2).saturating_sub(self.start.len());
        self.start
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// Offset and line number of the record's second line.
    pub fn second_line(&self) -> (u64, u64) {
        (self.offset + self.first_line, self.line + self.line_feeds)
    }

    /// For rejecting the first line alone: its kept bytes, its full length, and the fault. The
    /// fault is `TooLarge` if the line alone is too long, otherwise `flaw`.
    pub fn first_line(&self, flaw: StructureFault) -> (&[u8], u64, StructureFault) {
        let kept = self
            .start
            .len()
            .min(usize::try_from(self.first_line).unwrap_or(usize::MAX));
        let content = self.lines.without_end(&self.start[..kept]);
        match self.first_line > self.start.len() as u64 || content > self.max_record {
            true => (
                &self.start[..kept],
                self.first_line,
                StructureFault::TooLarge,
            ),
            false => (&self.start[..kept], self.first_line, flaw),
        }
    }
}

/// Whether an overlong line is a comment. A line with an escaped line end is not taken for one,
/// because a record may follow the comment after that line end.
pub fn is_long_comment(line: &LongLine, dialect: &Dialect) -> bool {
    let start = &line.start[marks(&line.start)..];
    let is_comment = dialect
        .comment
        .is_some_and(|comment| start.starts_with(comment.bytes()));
    is_comment && !line.has_escaped_line_end
}

/// Total length of the byte order marks at the start of these bytes.
pub(crate) fn marks(mut bytes: &[u8]) -> usize {
    let whole = bytes.len();
    while let Some(rest) = bytes.strip_prefix(MARK) {
        bytes = rest;
    }
    whole - bytes.len()
}

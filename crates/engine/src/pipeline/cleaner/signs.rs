//! Counts signs that a file may be written in a different dialect than the one used to read it, and
//! values that were changed. The first place of each sign is kept for a warning. Signs never cause
//! a rejection.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr2, memmem};

use input::Source;
use input::chunks::Chunk;
use input::records::{MARK, Span};
use model::rejection::shown;

/// A sign that the dialect may be wrong, or that a record or value was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// A backslash before a quote, a backslash, a delimiter or a line end.
    Backslash,
    /// A quoted field of several lines that looks like several records.
    JoinedLines,
    /// A byte order mark at the beginning of a record; it is removed.
    Mark,
    /// A byte order mark elsewhere; it is kept as text.
    InnerMark,
    /// A record that repeats the header; it is ignored.
    RepeatedHeader,
    /// A record that repeats the header of a single column; it is loaded.
    HeaderAsRow,
    /// A record without any value; it is ignored.
    Blank,
    /// A comment; it is ignored.
    Comment,
    /// A number with more digits than its column stores; it is rounded.
    Rounded,
}

impl Sign {
    /// All signs.
    pub const ALL: [Sign; 9] = [
        Sign::Backslash,
        Sign::JoinedLines,
        Sign::Mark,
        Sign::InnerMark,
        Sign::RepeatedHeader,
        Sign::HeaderAsRow,
        Sign::Blank,
        Sign::Comment,
        Sign::Rounded,
    ];
}

/// The number of occurrences of a sign, and the first one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrences {
    /// Number of occurrences.
    pub count: u64,
    /// Offset of the first occurrence in the text.
    pub offset: u64,
    /// Physical line of the first occurrence, from 1.
    pub line: u64,
    /// The text at the first occurrence, in printable form.
    pub example: String,
}

/// The signs in a slice of a text.
#[derive(Debug, Clone, Default)]
pub struct Signs([Option<Box<Occurrences>>; Sign::ALL.len()]);

/// Maximum number of bytes of a line that an example shows before the sign.
const BEFORE: usize = 24;
/// Maximum number of bytes of a line that an example shows.
const EXAMPLE: usize = 60;

impl Signs {
    /// The comments before the header of a file.
    pub fn of_header(source: &Source) -> Signs {
        let mut signs = Signs::default();
        if let Some(comments) = source.comments() {
            signs.note(Sign::Comment, comments.count, || Occurrences {
                count: comments.count,
                offset: comments.offset,
                line: comments.line,
                example: shown(&comments.first),
            });
        }
        signs
    }

    /// The occurrences of a sign, if there are any.
    pub fn seen(&self, sign: Sign) -> Option<&Occurrences> {
        self.0[sign as usize].as_deref()
    }

    /// Counts occurrences of a sign. `first` gives the place of the first one and the text there.
    pub(in crate::pipeline) fn note(
        &mut self,
        sign: Sign,
        count: u64,
        first: impl FnOnce() -> Occurrences,
    ) {
        match &mut self.0[sign as usize] {
            _ if count == 0 => {}
            Some(seen) => seen.count += count,
            none => *none = Some(Box::new(Occurrences { count, ..first() })),
        }
    }

    /// Adds the signs of a later slice.
    pub fn add(&mut self, later: Signs) {
        for (seen, later) in self.0.iter_mut().zip(later.0) {
            match (seen, later) {
                (_, None) => {}
                (Some(seen), Some(later)) => seen.count += later.count,
                (none, later) => *none = later,
            }
        }
    }
}

/// A slice of a text, and the place of the slice in the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextSlice<'a> {
    bytes: &'a [u8],
    offset: u64,
    line: u64,
}

impl<'a> TextSlice<'a> {
    /// Bytes at the start of a chunk.
    pub(super) fn of(chunk: &Chunk, bytes: &'a [u8]) -> TextSlice<'a> {
        let (offset, line) = (chunk.offset, chunk.line);
        TextSlice {
            bytes,
            offset,
            line,
        }
    }

    /// The occurrence of a sign at this byte, with the text around it.
    pub(super) fn seen(&self, at: usize) -> Occurrences {
        let before = &self.bytes[..at];
        let line_start = memchr::memrchr2(b'\r', b'\n', before).map_or(0, |end| end + 1);
        let from = line_start.max(at.saturating_sub(BEFORE));
        let rest = &self.bytes[from..];
        let rest = &rest
            [..memchr2(b'\r', b'\n', &rest[at - from..]).map_or(rest.len(), |n| at - from + n)];
        Occurrences {
            count: 1,
            offset: self.offset + at as u64,
            line: self.line + memchr_iter(b'\n', before).count() as u64,
            example: shown(&rest[..rest.len().min(EXAMPLE)]),
        }
    }
}

/// Searches records for signs soon after they were parsed, while their bytes are still in the
/// processor's cache.
pub(super) struct SignScan<'a> {
    slice: TextSlice<'a>,
    text: TextOnly<'a>,
    /// The first byte of the delimiter, if backslashes can be signs.
    backslashes_before: Option<u8>,
    /// The position up to which the bytes have been searched.
    searched: usize,
}

/// Least number of bytes that are searched at once.
const SEARCHED_AT_ONCE: usize = 1 << 13;

impl<'a> SignScan<'a> {
    /// A search in these bytes of a chunk. `backslashes_before` is the first byte of the delimiter;
    /// `None` if a setting says that backslashes are not signs.
    pub(super) fn new(
        chunk: &Chunk,
        text: TextOnly<'a>,
        bytes: &'a [u8],
        backslashes_before: Option<u8>,
    ) -> SignScan<'a> {
        SignScan {
            slice: TextSlice::of(chunk, bytes),
            text,
            backslashes_before,
            searched: 0,
        }
    }

    /// Begins the scan at this position.
    pub(super) fn begin_at(&mut self, position: usize) {
        self.searched = position;
    }

    /// Hides those fields of a well-formed record that are not text, so that they show no signs.
    #[inline]
    pub(super) fn hide(&mut self, record: &Span) {
        if !self.text.fields.is_empty() {
            self.text.hide(record.start..record.start + record.length);
        }
    }

    /// Searches the records before this position, if they have enough bytes.
    #[inline]
    pub(super) fn pass(&mut self, position: usize, signs: &mut Signs) {
        if position - self.searched >= SEARCHED_AT_ONCE {
            self.finish(position, signs);
        }
    }

    /// Skips a record that certainly has no signs.
    #[inline]
    pub(super) fn skip(&mut self, record: &Span, signs: &mut Signs) {
        if self.searched < record.start {
            self.finish(record.start, signs);
        }
        self.searched = record.start + record.length;
    }

    /// Searches all records before this position.
    pub(super) fn finish(&mut self, position: usize, signs: &mut Signs) {
        let range = self.searched..position;
        self.searched = position;
        // most texts have neither a backslash nor a byte order mark, so one search for both is
        // faster
        let found = memchr2(b'\\', MARK[0], &self.text.bytes[range.clone()]);
        if let Some(from) = found {
            let range = range.start + from..range.end;
            self.note_backslashes(range.clone(), signs);
            self.note_inner_marks(range, signs);
        }
    }

    /// Counts backslashes in places where a program would use them as escapes.
    fn note_backslashes(&self, range: Range<usize>, signs: &mut Signs) {
        let Some(delimiter) = self.backslashes_before else {
            return;
        };
        let text = &self.text.bytes;
        let mut found = None;
        let (mut count, mut next) = (0, 0);
        for at in memchr_iter(b'\\', &text[range.clone()]) {
            let at = range.start + at;
            if at >= next && escapes(&text[at + 1..], delimiter) {
                count += 1;
                found = found.or(Some(at));
                // the second of two backslashes is escaped by the first
                next = at + 2;
            }
        }
        if let Some(at) = found {
            signs.note(Sign::Backslash, count, || self.slice.seen(at));
        }
    }

    /// Counts byte order marks that are not at the beginning of a record.
    fn note_inner_marks(&self, range: Range<usize>, signs: &mut Signs) {
        let text = &self.text.bytes;
        let at_line_start = |at: usize| {
            let before = &text[..at];
            before.is_empty()
                || before.ends_with(b"\n")
                || before.ends_with(b"\r")
                || before.ends_with(MARK)
        };
        let marks = memmem::find_iter(&text[range.clone()], MARK);
        let mut inner = marks
            .map(|at| range.start + at)
            .filter(|at| !at_line_start(*at));
        if let Some(first) = inner.next() {
            let count = 1 + inner.count() as u64;
            signs.note(Sign::InnerMark, count, || self.slice.seen(first));
        }
    }
}

/// The bytes of a chunk in which some fields are not text. In these fields, backslashes and the
/// first bytes of byte order marks are replaced, so that they do not count as signs.
pub(super) struct TextOnly<'a> {
    bytes: Cow<'a, [u8]>,
    delimiter: u8,
    /// The numbers of the fields that are not text.
    fields: &'a [usize],
}

impl<'a> TextOnly<'a> {
    pub(super) fn new(bytes: &'a [u8], delimiter: u8, fields: &'a [usize]) -> TextOnly<'a> {
        TextOnly {
            bytes: Cow::Borrowed(bytes),
            delimiter,
            fields,
        }
    }

    /// Hides those fields of a well-formed record that are not text.
    fn hide(&mut self, record: Range<usize>) {
        let spans = fields(&self.bytes[record.clone()], self.delimiter);
        for (number, span) in spans.into_iter().enumerate() {
            let span = record.start + span.start..record.start + span.end;
            if self.fields.contains(&number)
                && memchr2(b'\\', MARK[0], &self.bytes[span.clone()]).is_some()
            {
                for byte in &mut self.bytes.to_mut()[span] {
                    if matches!(*byte, b'\\' | 0xef) {
                        *byte = b'x';
                    }
                }
            }
        }
    }
}

/// The places of the fields of a well-formed record, quotes included.
fn fields(record: &[u8], delimiter: u8) -> Vec<Range<usize>> {
    let mut fields = Vec::new();
    let mut start = 0;
    loop {
        let rest = &record[start..];
        let quoted = match rest.first() {
            Some(b'"') => quoted_length(rest),
            _ => 0,
        };
        let end = memchr(delimiter, &rest[quoted..]).map_or(rest.len(), |at| quoted + at);
        fields.push(start..start + end);
        start += end + 1;
        if start > record.len() {
            return fields;
        }
    }
}

/// Length of a quoted field up to its closing quote.
fn quoted_length(field: &[u8]) -> usize {
    let mut at = 1;
    while let Some(quote) = memchr(b'"', &field[at..]) {
        at += quote + 1;
        // a doubled quote is text
        match field.get(at) {
            Some(b'"') => at += 1,
            _ => return at,
        }
    }
    field.len()
}

/// Whether a backslash before these bytes seems to be an escape.
fn escapes(rest: &[u8], delimiter: u8) -> bool {
    let ends = |rest: &[u8]| {
        rest.first()
            .is_none_or(|b| *b == delimiter || matches!(b, b'\r' | b'\n'))
    };
    let quotes = rest.iter().take_while(|b| **b == b'"').count();
    match quotes {
        0 => ends(rest) || rest[0] == b'\\',
        1 => true,
        // an escaped quote followed by the closing quote; elsewhere, two quotes mean one quote (RFC
        // 4180), for example in JSON
        2 => ends(&rest[2..]),
        _ => false,
    }
}

#[cfg(test)]
mod tests;

//! Finds where the lines of a text end.
//!
//! An escaped line end does not end a line, because it belongs to a field. Whether a byte within a
//! record is escaped depends only on the bytes before it, so this needs no parser.

use std::ops::Range;

use memchr::{memchr, memchr2, memrchr, memrchr2};

/// A byte order mark in UTF-8. At the start of a record, it does not belong to the record.
pub const MARK: &[u8] = b"\xef\xbb\xbf";

/// The record separator of a text that is made from a JSON array. JSON cannot contain it.
pub(crate) const SEPARATOR: u8 = 0x1e;

/// Where lines end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineEnd {
    /// At LF, at CR LF and at a single CR.
    #[default]
    Any,
    /// At LF. A CR is text.
    Lf,
    /// At CR LF. A CR or LF alone is text.
    CrLf,
    /// At CR. An LF is text.
    Cr,
    /// At a record separator, U+001E. LF and CR are text.
    Separator,
}

/// Finds the ends of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lines {
    end: LineEnd,
    escape: Option<u8>,
}

impl Lines {
    /// Finds lines in a text in which this byte escapes the next one, also outside quotes.
    pub(crate) fn with_escape(end: LineEnd, escape: Option<u8>) -> Lines {
        Lines { end, escape }
    }

    /// Finds lines in a text in which nothing is escaped.
    pub(crate) fn ending_with(end: LineEnd) -> Lines {
        Lines { end, escape: None }
    }

    /// The first line end at or after `from`. The byte at `from` must not be escaped.
    #[inline]
    pub(crate) fn find(&self, bytes: &[u8], from: usize) -> Option<Range<usize>> {
        let mut at = from;
        loop {
            let end = self.first(bytes, at)?;
            match self.escape {
                Some(escape) if is_escaped(&bytes[from..end.start], escape) => at = end.end,
                _ => return Some(end),
            }
        }
    }

    /// The last line end that begins before `to`. The first byte must be the start of a line.
    pub(crate) fn find_last(&self, bytes: &[u8], to: usize) -> Option<Range<usize>> {
        let mut to = to;
        loop {
            let end = self.last(bytes, to)?;
            match self.escape {
                Some(escape) if is_escaped(&bytes[..end.start], escape) => to = end.start,
                _ => return Some(end),
            }
        }
    }

    /// The line end that begins at this position, if there is one.
    #[inline]
    pub(crate) fn at(&self, bytes: &[u8], at: usize) -> Option<Range<usize>> {
        let next = || bytes.get(at + 1) == Some(&b'\n');
        let length = match (bytes.get(at)?, self.end) {
            (b'\n', LineEnd::Lf | LineEnd::Any) => 1,
            (b'\r', LineEnd::Any) => 1 + usize::from(next()),
            (b'\r', LineEnd::Cr) | (&SEPARATOR, LineEnd::Separator) => 1,
            (b'\r', LineEnd::CrLf) if next() => 2,
            _ => return None,
        };
        Some(at..at + length)
    }

    /// Whether these bytes end with a CR whose LF may follow in the next slice.
    pub(crate) fn may_continue(&self, bytes: &[u8]) -> bool {
        matches!(self.end, LineEnd::Any | LineEnd::CrLf) && bytes.last() == Some(&b'\r')
    }

    /// Whether the bytes of one line contain an escaped line end.
    pub(crate) fn has_escaped(&self, bytes: &[u8]) -> bool {
        self.escape.is_some() && self.first(bytes, 0).is_some()
    }

    /// Number of bytes at the end of a slice that must be processed together with the next slice.
    /// These bytes may begin a line end, or may escape one. The slice must not contain a line end.
    pub(crate) fn tail(&self, bytes: &[u8]) -> usize {
        let carriage_return = usize::from(self.may_continue(bytes));
        let before = &bytes[..bytes.len() - carriage_return];
        match self.escape {
            Some(escape) if is_escaped(before, escape) => 1 + carriage_return,
            _ => carriage_return,
        }
    }

    /// Length of a record without its line end.
    pub(crate) fn without_end(&self, record: &[u8]) -> usize {
        let content = match (record, self.end) {
            ([content @ .., b'\r', b'\n'], LineEnd::Any | LineEnd::CrLf)
            | ([content @ .., b'\r' | b'\n'], LineEnd::Any)
            | ([content @ .., b'\n'], LineEnd::Lf)
            | ([content @ .., b'\r'], LineEnd::Cr)
            | ([content @ .., SEPARATOR], LineEnd::Separator) => content,
            _ => return record.len(),
        };
        match self.escape {
            Some(escape) if is_escaped(content, escape) => record.len(),
            _ => content.len(),
        }
    }

    fn first(&self, bytes: &[u8], from: usize) -> Option<Range<usize>> {
        match self.end {
            LineEnd::Any => {
                let at = from + memchr2(b'\r', b'\n', &bytes[from..])?;
                self.at(bytes, at)
            }
            LineEnd::Lf => memchr(b'\n', &bytes[from..]).map(|n| from + n..from + n + 1),
            LineEnd::Cr => memchr(b'\r', &bytes[from..]).map(|n| from + n..from + n + 1),
            LineEnd::Separator => memchr(SEPARATOR, &bytes[from..]).map(|n| from + n..from + n + 1),
            LineEnd::CrLf => {
                let mut at = from;
                loop {
                    at += memchr(b'\n', &bytes[at..])?;
                    if at > from && bytes[at - 1] == b'\r' {
                        return Some(at - 1..at + 1);
                    }
                    at += 1;
                }
            }
        }
    }

    fn last(&self, bytes: &[u8], to: usize) -> Option<Range<usize>> {
        match self.end {
            LineEnd::Any => {
                let at = memrchr2(b'\r', b'\n', &bytes[..to])?;
                match bytes[at] == b'\n' && at > 0 && bytes[at - 1] == b'\r' {
                    true => Some(at - 1..at + 1),
                    false => self.at(bytes, at),
                }
            }
            LineEnd::Lf => memrchr(b'\n', &bytes[..to]).map(|at| at..at + 1),
            LineEnd::Cr => memrchr(b'\r', &bytes[..to]).map(|at| at..at + 1),
            LineEnd::Separator => memrchr(SEPARATOR, &bytes[..to]).map(|at| at..at + 1),
            LineEnd::CrLf => {
                let mut to = to;
                loop {
                    let at = memrchr(b'\r', &bytes[..to])?;
                    if bytes.get(at + 1) == Some(&b'\n') {
                        return Some(at..at + 2);
                    }
                    to = at;
                }
            }
        }
    }
}

/// Whether the byte after `before` is escaped, because an odd number of escapes precedes it.
fn is_escaped(before: &[u8], escape: u8) -> bool {
    let escapes = before.iter().rev().take_while(|b| **b == escape);
    escapes.count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ENDS: [LineEnd; 5] = [
        LineEnd::Any,
        LineEnd::Lf,
        LineEnd::CrLf,
        LineEnd::Cr,
        LineEnd::Separator,
    ];

    fn lines(end: LineEnd, escape: Option<u8>) -> Lines {
        Lines::with_escape(end, escape)
    }

    /// The line ends of a text, a byte at a time.
    fn naive(end: LineEnd, escape: Option<u8>, bytes: &[u8]) -> Vec<Range<usize>> {
        let (mut at, mut all, mut escaped) = (0, Vec::new(), false);
        while at < bytes.len() {
            let rest = &bytes[at..];
            let length = match end {
                LineEnd::Any if rest.starts_with(b"\r\n") => 2,
                LineEnd::Any if matches!(rest[0], b'\r' | b'\n') => 1,
                LineEnd::Lf if rest[0] == b'\n' => 1,
                LineEnd::Cr if rest[0] == b'\r' => 1,
                LineEnd::Separator if rest[0] == SEPARATOR => 1,
                LineEnd::CrLf if rest.starts_with(b"\r\n") => 2,
                _ => 0,
            };
            if length > 0 && !escaped {
                all.push(at..at + length);
            }
            escaped = !escaped && Some(rest[0]) == escape;
            at += length.max(1);
        }
        all
    }

    proptest! {
        #[test]
        fn line_ends_are_found_in_both_directions(text in "[a\\\\\r\n\x1e]{0,20}", end in proptest::sample::select(&ENDS[..]), escapes: bool) {
            let escape = escapes.then_some(b'\\');
            let (lines, bytes) = (lines(end, escape), text.as_bytes());
            let expected = naive(end, escape, bytes);
            let (mut found, mut at) = (Vec::new(), 0);
            while let Some(end) = lines.find(bytes, at) {
                at = end.end;
                found.push(end);
            }
            prop_assert_eq!(&found, &expected);
            let (mut found, mut to) = (Vec::new(), bytes.len());
            while let Some(end) = lines.find_last(bytes, to) {
                to = end.start;
                found.insert(0, end);
            }
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn line_ends_are_found_in_slices_if_their_tails_are_kept(text in "[a\\\\\r\n\x1e]{0,20}", end in proptest::sample::select(&ENDS[..]), escapes: bool, cut in 0..21usize) {
            let escape = escapes.then_some(b'\\');
            let (lines, bytes) = (lines(end, escape), text.as_bytes());
            let cut = cut.min(bytes.len());
            let slice = &bytes[..cut];
            let found = match lines.find(slice, 0) {
                Some(end) if end.end < cut || !lines.may_continue(slice) => Some(end),
                _ => {
                    let kept = match lines.find(slice, 0) {
                        Some(end) => cut - end.start,
                        None => lines.tail(slice),
                    };
                    lines.find(&bytes[cut - kept..], 0).map(|end| end.start + cut - kept..end.end + cut - kept)
                }
            };
            prop_assert_eq!(found, naive(end, escape, bytes).first().cloned());
        }
    }
}

//! Finds where a text may be cut, without parsing it.

use memchr::{memchr_iter, memrchr2};

use crate::dialect::Dialect;
use crate::lines::Lines;

/// Finds places to cut in texts of a dialect.
#[derive(Debug)]
pub(super) struct Cutter {
    pub(super) dialect: Dialect,
    pub(super) lines: Lines,
    is_default: bool,
}

impl Cutter {
    pub(super) fn new(dialect: &Dialect) -> Cutter {
        Cutter {
            dialect: *dialect,
            lines: dialect.lines(),
            is_default: dialect.is_default(),
        }
    }

    /// Whether the quote is `"` and there is no escape character.
    pub(super) fn has_plain_quotes(&self) -> bool {
        self.dialect.quote == Some(b'"') && self.dialect.escape.is_none()
    }

    /// Whether the number of quotes that are not escaped is odd.
    pub(super) fn has_odd_quotes(&self, bytes: &[u8]) -> bool {
        let escape = self.dialect.escape.map(|escape| escape.byte);
        has_odd_quotes(bytes, self.dialect.quote, escape)
    }

    /// Position after the last line end at which the number of quotes is even. `is_odd` says
    /// whether the number of quotes in all of `bytes` is odd. A carriage return at the very end is
    /// not used, because its line feed may follow.
    pub(super) fn at_record_end(&self, bytes: &[u8], mut is_odd: bool) -> Option<usize> {
        if self.is_default {
            return at_record_end(bytes, is_odd);
        }
        let mut end = bytes.len() - usize::from(self.lines.may_continue(bytes));
        while let Some(line_end) = self.lines.find_last(bytes, end) {
            is_odd ^= self.has_odd_quotes(&bytes[line_end.end..end]);
            if !is_odd {
                return Some(line_end.end);
            }
            end = line_end.start;
        }
        None
    }

    /// Position after the last line end.
    pub(super) fn at_line_end(&self, bytes: &[u8]) -> Option<usize> {
        let end = bytes.len() - usize::from(self.lines.may_continue(bytes));
        self.lines.find_last(bytes, end).map(|found| found.end)
    }

    /// Start of the first line whose content, without its line end, is longer than `max` bytes.
    pub(super) fn overlong_line(&self, bytes: &[u8], max: usize) -> Option<usize> {
        if self.is_default {
            return overlong_line(bytes, max);
        }
        let mut start = 0;
        while bytes.len() - start > max {
            match self.lines.find(bytes, start) {
                Some(end) if end.start - start <= max => start = end.end,
                _ => return Some(start),
            }
        }
        None
    }
}

/// [`Cutter::at_record_end`] in the default dialect.
fn at_record_end(bytes: &[u8], mut is_odd: bool) -> Option<usize> {
    let mut end = bytes.len();
    if bytes.last() == Some(&b'\r') {
        end -= 1;
    }
    while let Some(at) = memrchr2(b'\r', b'\n', &bytes[..end]) {
        is_odd ^= memchr_iter(b'"', &bytes[at + 1..end]).count() % 2 == 1;
        if !is_odd {
            return Some(at + 1);
        }
        end = at;
    }
    None
}

/// Whether the number of quotes that are not escaped is odd.
pub(crate) fn has_odd_quotes(bytes: &[u8], quote: Option<u8>, escape: Option<u8>) -> bool {
    let Some(quote) = quote else {
        return false;
    };
    // quotes are frequent and escapes are rare, so count all quotes and then subtract the escaped
    // ones
    let mut count = memchr_iter(quote, bytes).count();
    let Some(escape) = escape else {
        return count % 2 == 1;
    };
    let mut next = 0;
    for at in memchr_iter(escape, bytes) {
        if at >= next {
            count -= usize::from(bytes.get(at + 1) == Some(&quote));
            // the second of two escapes is escaped by the first
            next = at + 2;
        }
    }
    count % 2 == 1
}

/// Position after the line end that begins at `at` (`\n`, `\r` or `\r\n`).
pub(crate) fn line_end_after(bytes: &[u8], at: usize) -> usize {
    match (bytes[at], bytes.get(at + 1)) {
        (b'\r', Some(b'\n')) => at + 2,
        _ => at + 1,
    }
}

/// [`Cutter::overlong_line`] in the default dialect.
fn overlong_line(bytes: &[u8], max: usize) -> Option<usize> {
    let mut start = 0;
    while bytes.len() - start > max {
        // if a line end is within the next `max` bytes, all lines before it are short enough
        match memrchr2(b'\r', b'\n', &bytes[start..=start + max]) {
            Some(at) => start += at + 1,
            None => return Some(start),
        }
    }
    None
}

//! Follows the quotes of a record without splitting it: whether the record ends at a line end, and
//! whether its quotes are valid.
//!
//! A field that begins with a quote is quoted; a quote elsewhere in a field is text. After a
//! closing quote, only blanks may precede the delimiter or the line end. The bytes may be given in
//! slices, so that a record need not be in memory as a whole.

use memchr::{memchr, memchr2};

use crate::chunks::line_end_after;

/// A byte order mark in UTF-8. At the start of a record, it does not belong to the record.
pub const MARK: &[u8] = b"\xef\xbb\xbf";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the start of a field.
    Start,
    /// In an unquoted field.
    Text,
    /// Inside a quoted field.
    Quoted,
    /// After a quote that closes the field or is the first of a doubled quote.
    Quote,
    /// After a closing quote and at least one blank.
    Closed,
    /// Text followed a closing quote.
    Broken,
}

/// State of the quotes of a record after some of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotes {
    state: State,
    /// Whether the number of quotes is odd.
    odd: bool,
    delimiter: u8,
}

/// Where a record ends, according to some of its bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// After these bytes.
    Beyond,
    /// Before this byte.
    At(usize),
    /// Unknown, because text follows a closing quote.
    Unknown,
}

impl Quotes {
    /// The state before the first byte of a record.
    pub(crate) fn at_start(delimiter: u8) -> Quotes {
        Quotes {
            state: State::Start,
            odd: false,
            delimiter,
        }
    }

    /// The state at the start of a line in which a quoted field continues. Only quotes of this line
    /// are counted.
    pub(crate) fn within(delimiter: u8) -> Quotes {
        Quotes {
            state: State::Quoted,
            ..Quotes::at_start(delimiter)
        }
    }

    /// Continues after a line whose state, starting from [`Quotes::within`], is `line`.
    pub(crate) fn join(&mut self, line: &Quotes) {
        self.state = line.state;
        self.odd ^= line.odd;
    }

    /// Whether the position is inside a quoted field.
    pub(crate) fn is_open(&self) -> bool {
        self.state == State::Quoted
    }

    /// Whether text follows a closing quote.
    pub(crate) fn is_broken(&self) -> bool {
        self.state == State::Broken
    }

    /// Whether the number of quotes is odd.
    pub(crate) fn is_odd(&self) -> bool {
        self.odd
    }

    /// Processes bytes of the record, which may contain line ends only inside quotes. Returns the
    /// position of text after a closing quote.
    pub(crate) fn follow(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let rest = &bytes[at..];
            match self.state {
                State::Broken => return Some(at),
                State::Start if byte == b'"' => at = self.passed_quote(State::Quoted, at),
                State::Text if byte == b'"' => at = self.passed_quote(State::Text, at),
                State::Start | State::Text => {
                    let next = memchr(b'"', rest).map_or(bytes.len(), |n| at + n);
                    self.state = match bytes[next - 1] == self.delimiter {
                        true => State::Start,
                        false => State::Text,
                    };
                    at = next;
                }
                State::Quoted => match memchr(b'"', rest) {
                    Some(n) => at = self.passed_quote(State::Quote, at + n),
                    None => at = bytes.len(),
                },
                State::Quote if byte == b'"' => at = self.passed_quote(State::Quoted, at),
                State::Quote | State::Closed if byte == self.delimiter => {
                    self.state = State::Start;
                    at += 1;
                }
                State::Quote | State::Closed if matches!(byte, b' ' | b'\t') => {
                    self.state = State::Closed;
                    at += 1;
                }
                State::Quote | State::Closed => {
                    self.state = State::Broken;
                    return Some(at);
                }
            }
        }
        None
    }

    fn passed_quote(&mut self, state: State, at: usize) -> usize {
        self.state = state;
        self.odd = !self.odd;
        at + 1
    }

    /// Processes bytes until the record ends.
    pub(crate) fn find_end(&mut self, bytes: &[u8]) -> End {
        let mut at = 0;
        loop {
            if self.is_open() {
                let Some(n) = memchr(b'"', &bytes[at..]) else {
                    return End::Beyond;
                };
                at = self.passed_quote(State::Quote, at + n);
            }
            let line_end = memchr2(b'\r', b'\n', &bytes[at..]).map(|n| at + n);
            self.follow(&bytes[at..line_end.unwrap_or(bytes.len())]);
            match line_end {
                _ if self.is_broken() => return End::Unknown,
                None => return End::Beyond,
                Some(end) if self.is_open() => at = end,
                Some(end) => return End::At(line_end_after(bytes, end)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn end(text: &str) -> End {
        Quotes::at_start(b',').find_end(text.as_bytes())
    }

    #[test]
    fn a_record_ends_at_a_line_end_outside_of_quotes() {
        assert_eq!(end("a,b\nc"), End::At(4));
        assert_eq!(end("a,\"b\r\nc\"\r\nd"), End::At(10));
        assert_eq!(end("a,\"b\"\"\n\"\rd"), End::At(9));
        assert_eq!(end("5\" wide,\"b\"\n"), End::At(12));
        assert_eq!(end("a,\"b\n"), End::Beyond);
        assert_eq!(end("a,b"), End::Beyond);
    }

    #[test]
    fn text_after_a_closing_quote_breaks_a_record_and_blanks_do_not() {
        assert_eq!(end("\"a\"b\n"), End::Unknown);
        assert_eq!(end("\"a\" b\n"), End::Unknown);
        assert_eq!(end("\"a\n\"b\n"), End::Unknown);
        assert_eq!(end("\"a\" \t,\"b\"\n"), End::At(10));
    }

    proptest! {
        #[test]
        fn a_record_in_slices_has_the_same_state_as_the_whole(text in "[a,; \"\n]{0,30}", cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..4)) {
            let bytes = text.as_bytes();
            let mut whole = Quotes::at_start(b',');
            whole.follow(bytes);
            let mut cuts: Vec<_> = cuts.iter().map(|c| c.index(bytes.len() + 1)).collect();
            cuts.sort_unstable();
            let (mut pieces, mut from) = (Quotes::at_start(b','), 0);
            for cut in cuts.into_iter().chain([bytes.len()]) {
                pieces.follow(&bytes[from..cut]);
                from = cut;
            }
            prop_assert_eq!(pieces.state, whole.state);
            if !whole.is_broken() {
                prop_assert_eq!(pieces, whole);
            }
        }
    }
}

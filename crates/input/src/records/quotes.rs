//! Follows the quotes of a record without dividing it into fields. Tells whether the record ends at
//! a line end, and whether its quotes are valid.
//!
//! A field that begins with a quote is quoted. A quote elsewhere in a field is text. After a
//! closing quote, only blanks may precede the delimiter or the line end. The bytes can be given in
//! several slices, so the record need not be in memory as a whole.

pub(super) use crate::lines::MARK;
use memchr::memchr;

use crate::dialect::{Blanks, Dialect};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the start of a field.
    Start,
    /// In an unquoted field.
    Text,
    /// Inside a quoted field.
    Quoted,
    /// After a quote in a quoted field: it closes the field, or is the first half of a doubled
    /// quote.
    Quote,
    /// After a closing quote and at least one blank.
    Closed,
    /// Text followed a closing quote.
    Broken,
}

/// State of a record's quotes after the bytes that were processed so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotes {
    state: State,
    /// Whether the number of quotes so far is odd.
    odd: bool,
    /// Whether the next byte is escaped.
    escaped: bool,
    /// Number of bytes of a delimiter that were matched just before this position.
    matched: u8,
    dialect: Dialect,
}

/// Where a record ends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// After the bytes that were given.
    Beyond,
    /// Before the byte at this position.
    At(usize),
    /// Unknown, because text follows a closing quote.
    Unknown,
}

impl Quotes {
    /// The state before the first byte of a record.
    pub(crate) fn at_start(dialect: &Dialect) -> Quotes {
        Quotes {
            state: State::Start,
            odd: false,
            escaped: false,
            matched: 0,
            dialect: *dialect,
        }
    }

    /// The state at the start of a line in which a quoted field continues. Only the quotes of this
    /// line will be counted.
    pub(crate) fn within(dialect: &Dialect) -> Quotes {
        Quotes {
            state: State::Quoted,
            ..Quotes::at_start(dialect)
        }
    }

    /// Continues after another line. `line` is the state after that line alone, which began with
    /// [`Quotes::within`].
    pub(crate) fn join(&mut self, line: &Quotes) {
        self.state = line.state;
        self.odd ^= line.odd;
        self.escaped = line.escaped;
        self.matched = line.matched;
    }

    /// Whether the current position is inside a quoted field.
    pub(crate) fn is_open(&self) -> bool {
        self.state == State::Quoted
    }

    /// Whether text follows a closing quote.
    pub(crate) fn is_broken(&self) -> bool {
        self.state == State::Broken
    }

    /// Whether the number of quotes so far is odd.
    pub(crate) fn is_odd(&self) -> bool {
        self.odd
    }

    /// Processes a line end inside a quoted field. Any other line end ends the record, so it is not
    /// processed.
    pub(crate) fn pass_line_end(&mut self, line_end: &[u8]) {
        if self.is_open() {
            self.follow(line_end);
        }
    }

    /// Processes bytes of the record. Any line end in them must be inside quotes or escaped.
    /// Returns the position of text that follows a closing quote, if there is such text.
    pub(crate) fn follow(&mut self, bytes: &[u8]) -> Option<usize> {
        let dialect = self.dialect;
        match (dialect.quote, dialect.delimiter.bytes()) {
            (None, _) => None,
            (Some(quote), [delimiter])
                if dialect.escape.is_none() && dialect.blanks == Blanks::Keep =>
            {
                self.follow_plain(bytes, quote, *delimiter)
            }
            (Some(quote), _) => self.follow_any(bytes, quote),
        }
    }

    /// Fast path of [`Quotes::follow`] for one-byte delimiters and no escapes: it only searches for
    /// quotes.
    fn follow_plain(&mut self, bytes: &[u8], quote: u8, delimiter: u8) -> Option<usize> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let rest = &bytes[at..];
            match self.state {
                State::Broken => return Some(at),
                State::Start if byte == quote => at = self.passed_quote(State::Quoted, at),
                State::Text if byte == quote => at = self.passed_quote(State::Text, at),
                State::Start | State::Text => {
                    let next = memchr(quote, rest).map_or(bytes.len(), |n| at + n);
                    self.state = match bytes[next - 1] == delimiter {
                        true => State::Start,
                        false => State::Text,
                    };
                    at = next;
                }
                State::Quoted => match memchr(quote, rest) {
                    Some(n) => at = self.passed_quote(State::Quote, at + n),
                    None => at = bytes.len(),
                },
                State::Quote if byte == quote => at = self.passed_quote(State::Quoted, at),
                State::Quote | State::Closed if byte == delimiter => {
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

    /// Slow path of [`Quotes::follow`] for every dialect: processes one byte at a time.
    fn follow_any(&mut self, bytes: &[u8], quote: u8) -> Option<usize> {
        let dialect = self.dialect;
        let everywhere = dialect.escape_everywhere();
        let within = dialect.escape.map(|escape| escape.byte);
        for (at, &byte) in bytes.iter().enumerate() {
            match self.state {
                State::Broken => return Some(at),
                _ if self.escaped => self.escaped = false,
                State::Quoted if Some(byte) == within => self.escaped = true,
                State::Quoted if byte == quote => _ = self.passed_quote(State::Quote, at),
                State::Quoted => {}
                State::Quote if byte == quote => _ = self.passed_quote(State::Quoted, at),
                State::Quote | State::Closed => {
                    self.state = self.closed(byte);
                    if self.state == State::Broken {
                        return Some(at);
                    }
                }
                State::Start | State::Text if Some(byte) == everywhere => {
                    (self.state, self.escaped, self.matched) = (State::Text, true, 0);
                }
                State::Start if byte == quote => _ = self.passed_quote(State::Quoted, at),
                State::Start if dialect.blanks == Blanks::Trim && dialect.is_blank(byte) => {}
                State::Start | State::Text => {
                    self.odd ^= byte == quote;
                    self.state = self.in_text(byte);
                }
            }
        }
        None
    }

    /// The state after a byte that follows a closing quote.
    fn closed(&mut self, byte: u8) -> State {
        let delimiter = self.dialect.delimiter;
        if byte == delimiter.bytes()[usize::from(self.matched)] {
            self.matched += 1;
            if usize::from(self.matched) < delimiter.bytes().len() {
                return State::Closed;
            }
            self.matched = 0;
            return State::Start;
        }
        match self.matched == 0 && self.dialect.is_blank(byte) {
            true => State::Closed,
            false => State::Broken,
        }
    }

    /// The state after a byte of an unquoted field.
    fn in_text(&mut self, byte: u8) -> State {
        let delimiter = self.dialect.delimiter;
        let delimiter = delimiter.bytes();
        if self.matched == 0 && byte != delimiter[0] {
            return State::Text;
        }
        let mut seen = [0; crate::dialect::Symbol::LONGEST + 1];
        let before = usize::from(self.matched);
        seen[..before].copy_from_slice(&delimiter[..before]);
        seen[before] = byte;
        let seen = &seen[..=before];
        // the longest start of a delimiter that ends at this byte
        let lengths = (0..=seen.len()).rev();
        let mut matching = lengths.filter(|n| delimiter[..*n] == seen[seen.len() - n..]);
        let matched = matching.next().unwrap_or(0);
        if matched == delimiter.len() {
            self.matched = 0;
            return State::Start;
        }
        self.matched = matched as u8;
        State::Text
    }

    /// Processes bytes until the record ends. The first byte must be the start of a line.
    pub(crate) fn find_end(&mut self, bytes: &[u8]) -> End {
        let lines = self.dialect.lines();
        let mut at = 0;
        loop {
            if self.is_open()
                && let Some(quote) = self.dialect.quote
                && self.dialect.escape.is_none()
            {
                let Some(n) = memchr(quote, &bytes[at..]) else {
                    return End::Beyond;
                };
                at = self.passed_quote(State::Quote, at + n);
            }
            let line_end = lines.find(bytes, at);
            let end = line_end.as_ref().map_or(bytes.len(), |end| end.start);
            self.follow(&bytes[at..end]);
            match line_end {
                _ if self.is_broken() => return End::Unknown,
                None => return End::Beyond,
                Some(end) if self.is_open() => {
                    self.pass_line_end(&bytes[end.clone()]);
                    at = end.end;
                }
                Some(end) => return End::At(end.end),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dialect::{Escape, EscapeStyle, Symbol};

    fn dialects() -> impl Strategy<Value = Dialect> {
        let delimiters = proptest::sample::select(&[",", "::", ":,:"][..]);
        let styles = [None, Some(EscapeStyle::Mysql), Some(EscapeStyle::Quotes)];
        let styles = proptest::sample::select(styles.to_vec());
        (delimiters, styles, any::<bool>()).prop_map(|(delimiter, style, trims)| Dialect {
            delimiter: Symbol::parse(delimiter).unwrap(),
            escape: style.map(|style| Escape { byte: b'\\', style }),
            blanks: match trims {
                true => Blanks::Trim,
                false => Blanks::Keep,
            },
            ..Dialect::default()
        })
    }

    fn end(text: &str) -> End {
        Quotes::at_start(&Dialect::default()).find_end(text.as_bytes())
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

    #[test]
    fn escaped_quotes_and_line_ends_do_not_end_anything() {
        let end = |style, text: &str| {
            let dialect = Dialect {
                escape: Some(Escape { byte: b'\\', style }),
                ..Dialect::default()
            };
            Quotes::at_start(&dialect).find_end(text.as_bytes())
        };
        for style in [EscapeStyle::Mysql, EscapeStyle::Quotes] {
            assert_eq!(end(style, "\"a\\\"\nb\\\\\",c\nd"), End::At(12));
            assert_eq!(end(style, "\"a\\\\\"b\n"), End::Unknown);
        }
        assert_eq!(end(EscapeStyle::Mysql, "a\\\nb\nc"), End::At(5));
        assert_eq!(end(EscapeStyle::Quotes, "a\\\nb\nc"), End::At(3));
    }

    proptest! {
        #[test]
        fn a_record_in_slices_has_the_same_state_as_the_whole(text in "[a,;: \"\n\\\\]{0,30}", dialect in dialects(), cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..4)) {
            let bytes = text.as_bytes();
            let mut whole = Quotes::at_start(&dialect);
            whole.follow(bytes);
            let mut cuts: Vec<_> = cuts.iter().map(|c| c.index(bytes.len() + 1)).collect();
            cuts.sort_unstable();
            let (mut pieces, mut from) = (Quotes::at_start(&dialect), 0);
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

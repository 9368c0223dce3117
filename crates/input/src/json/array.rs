//! Reads a file that is one JSON array as a text with one record for each element.
//!
//! The text has as many bytes as the file, and its line feeds are at the same places, so offsets
//! and lines in the text are those of the file. Only the punctuation of the array itself is
//! replaced: each comma between two elements, and the closing bracket, becomes a record separator
//! ([`SEPARATOR`], as in RFC 7464); the opening bracket becomes a blank. Another array may follow,
//! as in concatenated files.

use std::error::Error;
use std::fmt;
use std::io::{self, Read};

use memchr::memchr_iter;

use crate::lines::{MARK, SEPARATOR};

/// Where the reader is in the array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the array.
    Before,
    /// In the array. The number is how many arrays and objects within it are open.
    Within(u64),
    /// In a string of the array, with that many open arrays and objects.
    String(u64),
    /// After a backslash in a string of the array, with that many open arrays and objects.
    Escaped(u64),
    /// After the array.
    After,
    /// After the array, and after text that belongs to no array.
    Beyond,
}

/// Why a text is not a JSON array, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoArray(String);

impl NoArray {
    pub(super) fn new(words: &str) -> NoArray {
        NoArray(words.to_owned())
    }
}

impl fmt::Display for NoArray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for NoArray {}

/// Reads a JSON array as records.
pub(crate) struct ArrayReader<R> {
    text: R,
    state: State,
    /// Number of line feeds before the next bytes.
    line_feeds: u64,
    /// Line of the bracket or comma before the current element, from 1.
    element_line: u64,
}

impl<R: Read> ArrayReader<R> {
    /// Reads a text that is a JSON array.
    pub(crate) fn new(text: R) -> ArrayReader<R> {
        ArrayReader {
            text,
            state: State::Before,
            line_feeds: 0,
            element_line: 1,
        }
    }
}

impl<R: Read> Read for ArrayReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.text.read(buffer)?;
        if read == 0 && !buffer.is_empty() && self.state != State::After {
            return Err(self.unfinished());
        }
        let mut state = self.state;
        let mut counted = 0;
        for at in 0..read {
            let byte = buffer[at];
            (state, buffer[at]) = after(state, byte);
            if buffer[at] == SEPARATOR {
                self.count(&buffer[counted..at]);
                counted = at;
                self.element_line = self.line_feeds + 1;
            }
            if state == State::Beyond {
                self.count(&buffer[counted..at]);
                return Err(self.beyond());
            }
        }
        self.count(&buffer[counted..read]);
        self.state = state;
        Ok(read)
    }
}

impl<R> ArrayReader<R> {
    fn count(&mut self, bytes: &[u8]) {
        self.line_feeds += memchr_iter(b'\n', bytes).count() as u64;
    }

    fn unfinished(&self) -> io::Error {
        let words = format!(
            "the file's JSON array does not end: either the file is incomplete, or a bracket, brace or quote is not closed in the element that begins in line {} or after it; get the complete file, or correct it, and run the same command again",
            self.element_line
        );
        io::Error::new(io::ErrorKind::UnexpectedEof, NoArray(words))
    }

    fn beyond(&self) -> io::Error {
        let words = format!(
            "the file's JSON array ends, but text that is not another array follows in line {}; an element probably closes one bracket too many: correct it and run the same command again",
            self.line_feeds + 1
        );
        io::Error::new(io::ErrorKind::InvalidData, NoArray(words))
    }
}

/// The elements of an array whose opening bracket has been read.
#[derive(Debug)]
pub(super) struct Elements(State);

impl Elements {
    pub(super) fn new() -> Elements {
        Elements(State::Within(0))
    }

    /// The byte that replaces this byte, and whether the array ends with it.
    #[inline]
    pub(super) fn byte(&mut self, byte: u8) -> (u8, bool) {
        let (state, byte) = after(self.0, byte);
        self.0 = state;
        (byte, state == State::After)
    }
}

/// The state after a byte, and the byte that replaces it in the text.
#[inline]
fn after(state: State, byte: u8) -> (State, u8) {
    // a record separator is invalid in JSON; it becomes another invalid byte, so its record is
    // rejected
    let byte = if byte == SEPARATOR { 0x1f } else { byte };
    match (state, byte) {
        (State::Before | State::After, b'[') => (State::Within(0), b' '),
        (State::Within(0), b',') => (state, SEPARATOR),
        (State::Within(0), b']') => (State::After, SEPARATOR),
        (State::Within(depth), b'"') => (State::String(depth), byte),
        (State::Within(depth), b'[' | b'{') => (State::Within(depth + 1), byte),
        // more brackets are closed than were opened, so this element is broken; the next ones can
        // be read
        (State::Within(depth), b']' | b'}') => (State::Within(depth.saturating_sub(1)), byte),
        (State::String(depth), b'"') => (State::Within(depth), byte),
        (State::String(depth), b'\\') => (State::Escaped(depth), byte),
        (State::Escaped(depth), _) => (State::String(depth), byte),
        (State::After, b' ' | b'\t' | b'\r' | b'\n') => (state, byte),
        // a byte order mark before the next array
        (State::After, byte) if MARK.contains(&byte) => (state, byte),
        (State::After, _) => (State::Beyond, byte),
        _ => (state, byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> io::Result<String> {
        let mut found = String::new();
        ArrayReader::new(text.as_bytes()).read_to_string(&mut found)?;
        Ok(found.replace('\x1e', "|"))
    }

    #[test]
    fn elements_become_records_at_the_same_places() {
        for (text, records) in [
            ("[]", " |"),
            ("\n[ {} ]\n", "\n  {} |\n"),
            (
                "[{\"a\": [1, 2]},\n {\"b\": \"],\\\"\"}]",
                " {\"a\": [1, 2]}|\n {\"b\": \"],\\\"\"}|",
            ),
            ("[1}, 2]", " 1}| 2|"),
            ("[1]\n\u{feff}[2, 3]\n", " 1|\n\u{feff} 2| 3|\n"),
        ] {
            assert_eq!(read(text).unwrap(), records, "{text}");
        }
        assert_eq!(read("[\x1e]").unwrap(), " \x1f|");
    }

    #[test]
    fn bytes_after_an_array_are_an_error_that_names_their_line() {
        for text in ["[]\n {}", "[1,\n2]]", "[1]\n,"] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains("follows in line 2"), "{text}: {error}");
        }
    }

    #[test]
    fn an_array_that_does_not_end_names_the_element_from_which_on_it_does_not() {
        let error = read("[{},\n\n{\"a\": [1},\n{}]").unwrap_err().to_string();
        assert!(error.contains("begins in line 1 or after it"), "{error}");
        let error = read("[\n{},\n{},{\"a\": \"}]\n").unwrap_err().to_string();
        assert!(error.contains("begins in line 3 or after it"), "{error}");
    }

    #[test]
    fn an_array_that_does_not_end_is_an_error() {
        for text in ["[{}", "[{},", "[{}, {\"a\": \"]", "", "[[]"] {
            let error = read(text).unwrap_err();
            assert!(error.to_string().contains("does not end"), "{text}");
        }
    }
}

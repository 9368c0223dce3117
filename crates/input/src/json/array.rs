//! A file that is one JSON array, read as a text of records: one record for each element.
//!
//! The text has as many bytes as the file, and its line feeds are at the same places, so that
//! offsets and lines are those of the file. Only the signs of the array itself differ: each comma
//! between two elements, and the bracket at the end, becomes a record separator
//! ([`SEPARATOR`], as in RFC 7464), and the bracket at the start a blank.

use std::io::{self, Read};

use crate::lines::SEPARATOR;

/// Where the reader is in the array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the array.
    Before,
    /// In the array, in this many arrays and objects.
    Within(u64),
    /// The same, in a string.
    String(u64),
    /// The same, after a backslash.
    Escaped(u64),
    /// After the array.
    After,
}

/// Reads an array as records.
pub(crate) struct ArrayReader<R> {
    text: R,
    state: State,
}

impl<R: Read> ArrayReader<R> {
    /// Reads a text that is an array.
    pub(crate) fn new(text: R) -> ArrayReader<R> {
        ArrayReader {
            text,
            state: State::Before,
        }
    }
}

impl<R: Read> Read for ArrayReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.text.read(buffer)?;
        if read == 0 && !buffer.is_empty() && self.state != State::After {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the file is incomplete or damaged: its JSON array does not end; get the complete file and run the same command again",
            ));
        }
        let mut state = self.state;
        for byte in &mut buffer[..read] {
            (state, *byte) = after(state, *byte);
        }
        self.state = state;
        Ok(read)
    }
}

/// The state after a byte, and the byte that the text has in its place.
#[inline]
fn after(state: State, byte: u8) -> (State, u8) {
    // it cannot be in JSON; another byte that cannot shows that the record is broken
    let byte = if byte == SEPARATOR { 0x1f } else { byte };
    match (state, byte) {
        (State::Before, b'[') => (State::Within(0), b' '),
        (State::Within(0), b',') => (state, SEPARATOR),
        (State::Within(0), b']') => (State::After, SEPARATOR),
        (State::Within(depth), b'"') => (State::String(depth), byte),
        (State::Within(depth), b'[' | b'{') => (State::Within(depth + 1), byte),
        // more brackets are closed than were opened, so the element is broken
        (State::Within(depth), b']' | b'}') => (State::Within(depth.saturating_sub(1)), byte),
        (State::String(depth), b'"') => (State::Within(depth), byte),
        (State::String(depth), b'\\') => (State::Escaped(depth), byte),
        (State::Escaped(depth), _) => (State::String(depth), byte),
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
            ("[] {}", " | {}"),
        ] {
            assert_eq!(read(text).unwrap(), records, "{text}");
        }
        assert_eq!(read("[\x1e]").unwrap(), " \x1f|");
    }

    #[test]
    fn an_array_that_does_not_end_is_an_error() {
        for text in ["[{}", "[{},", "[{}, {\"a\": \"]", "", "[[]"] {
            let error = read(text).unwrap_err();
            assert!(error.to_string().contains("does not end"), "{text}");
        }
    }
}

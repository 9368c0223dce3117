//! Reads a file that is one JSON object, with the records in an array below a name of that object,
//! as a text with one record for each element: `{"meta": …, "rows": [{…}, {…}]}`.
//!
//! As in [`super::array`], the text has as many bytes as the file, and its line feeds are at the
//! same places. All bytes outside the array become record separators, except line feeds, so there
//! are only empty records before and after the elements.

mod walk;

use std::io::{self, Read};

use super::array::{Elements, NoArray};
use super::path::{Base, Path, Step};
use crate::lines::SEPARATOR;
use walk::{Event, Walk};

/// The names of the members that lead to the array of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordsPath(Path);

impl RecordsPath {
    /// Parses a path of members, such as `$.data.rows`.
    ///
    /// # Errors
    ///
    /// Says why the text is not such a path.
    pub fn parse(text: &str) -> Result<RecordsPath, String> {
        let path = Path::parse(text)?;
        let is_of_names = path.steps.iter().all(|s| matches!(s, Step::Member(_)));
        match path.base == Base::Record && is_of_names && !path.steps.is_empty() {
            true => Ok(RecordsPath(path)),
            false => Err(format!(
                "\"{text}\" does not lead to an array by names alone; write it like $.rows or \
                 $.data.rows"
            )),
        }
    }

    fn of(names: &[&str]) -> RecordsPath {
        let steps = names.iter().map(|name| Step::Member((*name).to_owned()));
        RecordsPath(Path {
            base: Base::Record,
            steps: steps.collect(),
        })
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.steps.iter().filter_map(|step| match step {
            Step::Member(name) => Some(name.as_str()),
            Step::Element(_) => None,
        })
    }

    fn leads_to(&self, names: &[String]) -> bool {
        self.names().eq(names.iter().map(String::as_str))
    }

    /// The position in this path of the last of these names, if they are the path so far.
    fn position(&self, names: &[String]) -> Option<usize> {
        let at = names.len().checked_sub(1)?;
        let begin = self.names().take(names.len());
        begin.eq(names.iter().map(String::as_str)).then_some(at)
    }
}

impl std::fmt::Display for RecordsPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The paths of the arrays of objects in a document that begins with this text. The text may be cut
/// off.
pub fn arrays_of_objects(text: &[u8]) -> Vec<RecordsPath> {
    const MOST: usize = 10;
    let mut found: Vec<RecordsPath> = Vec::new();
    let mut walk = Walk::new();
    if text.trim_ascii_start().first() != Some(&b'{') {
        return found;
    }
    for (at, byte) in text.iter().enumerate() {
        match walk.byte(*byte) {
            Event::Array if found.len() < MOST => {
                let is_of_objects = text[at + 1..].trim_ascii_start().first() == Some(&b'{');
                let path = walk.path_of_array().filter(|_| is_of_objects);
                found.extend(path.map(|names| {
                    RecordsPath::of(&names.iter().map(String::as_str).collect::<Vec<_>>())
                }));
            }
            Event::End => break,
            _ => {}
        }
    }
    found
}

/// Where the reader is in the document.
#[derive(Debug)]
enum State {
    Before(Walk),
    Within(Walk),
    /// After the array; the walk ends with the document.
    After(Walk),
    Ended,
}

/// Reads the elements of an array in a document as records.
pub(crate) struct DocumentReader<R> {
    text: R,
    path: RecordsPath,
    /// Number of names of the path that were found. Each is found once, after the one before it.
    found: usize,
    state: State,
    elements: Elements,
}

impl<R: Read> DocumentReader<R> {
    /// Reads the elements of the array that this path leads to.
    pub(crate) fn new(text: R, path: RecordsPath) -> DocumentReader<R> {
        DocumentReader {
            text,
            path,
            found: 0,
            state: State::Before(Walk::new()),
            elements: Elements::new(),
        }
    }
}

impl<R: Read> Read for DocumentReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.text.read(buffer)?;
        if read == 0 && !buffer.is_empty() {
            self.check_end()?;
        }
        for byte in &mut buffer[..read] {
            *byte = self.replaced(*byte)?;
        }
        Ok(read)
    }
}

impl<R> DocumentReader<R> {
    /// The byte that replaces this byte of the document.
    fn replaced(&mut self, byte: u8) -> io::Result<u8> {
        let outside = if byte == b'\n' { byte } else { SEPARATOR };
        match &mut self.state {
            State::Before(walk) => match walk.byte(byte) {
                Event::Array if walk.is_begun => {
                    let names = walk.path_of_array();
                    if names.is_some_and(|names| self.path.leads_to(&names)) {
                        walk.open.pop();
                        self.state = State::Within(std::mem::replace(walk, Walk::new()));
                    }
                    Ok(outside)
                }
                Event::Name => {
                    let names = walk.path_of_name();
                    self.note(names).map(|()| outside)
                }
                Event::End => Err(self.missing()),
                Event::Array | Event::None => Ok(outside),
            },
            State::Within(_) => {
                let (byte, ends) = self.elements.byte(byte);
                if ends && let State::Within(walk) = &mut self.state {
                    self.state = State::After(std::mem::replace(walk, Walk::new()));
                }
                Ok(byte)
            }
            State::After(walk) => {
                match walk.byte(byte) {
                    Event::End => self.state = State::Ended,
                    Event::Name => {
                        let names = walk.path_of_name();
                        self.note(names)?;
                    }
                    Event::Array | Event::None => (),
                }
                Ok(outside)
            }
            State::Ended if byte.is_ascii_whitespace() => Ok(outside),
            State::Ended => Err(self.fault(
                "text follows the JSON object of the file; with records = …, a file is one object",
            )),
        }
    }

    /// Notes that the member with this path was found.
    ///
    /// # Errors
    ///
    /// When it is on the way to the records and was found before: programs differ in which of both
    /// they use, and the records of the other one would be lost.
    fn note(&mut self, names: Option<Vec<String>>) -> io::Result<()> {
        let Some(at) = names.and_then(|names| self.path.position(&names)) else {
            return Ok(());
        };
        if at < self.found {
            let name = self.path.names().nth(at).unwrap_or_default();
            return Err(self.fault(&format!(
                "the name \"{name}\" of records = \"{}\" occurs twice in its object; remove one \
                 of both from the file",
                self.path
            )));
        }
        self.found = at + 1;
        Ok(())
    }

    fn check_end(&self) -> io::Result<()> {
        match &self.state {
            State::Ended => Ok(()),
            State::Before(_) => Err(self.missing()),
            State::Within(_) | State::After(_) => Err(self.fault(
                "the file's JSON object does not end: either the file is incomplete, or a bracket, \
                 brace or quote is not closed; get the complete file, or correct it, and run the \
                 same command again",
            )),
        }
    }

    fn missing(&self) -> io::Error {
        self.fault(&format!(
            "the file has no array at records = \"{}\"; correct the path",
            self.path
        ))
    }

    fn fault(&self, words: &str) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, NoArray::new(words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> io::Result<String> {
        let path = RecordsPath::parse(path).unwrap();
        let mut found = String::new();
        DocumentReader::new(text.as_bytes(), path).read_to_string(&mut found)?;
        assert_eq!(found.len(), text.len());
        let line_feeds = |text: &str| {
            text.match_indices('\n')
                .map(|(at, _)| at)
                .collect::<Vec<_>>()
        };
        assert_eq!(line_feeds(&found), line_feeds(text));
        let records = found.split('\x1e').map(str::trim).filter(|r| !r.is_empty());
        Ok(records.collect::<Vec<_>>().join("|"))
    }

    #[test]
    fn elements_of_the_named_array_are_records() {
        let text = "{\"meta\": {\"rows\": [{\"x\": 1}]},\n \"rows\": [{\"a\": [1, 2]},\n {\"b\": \"],\\\"\"}], \"z\": [3]}\n";
        assert_eq!(
            read("$.rows", text).unwrap(),
            "{\"a\": [1, 2]}|{\"b\": \"],\\\"\"}"
        );
        assert_eq!(read("$.meta.rows", text).unwrap(), "{\"x\": 1}");
        assert_eq!(read("$['ä b']", "{\"\\u00e4 b\":[1,2]}").unwrap(), "1|2");
        assert_eq!(
            read("$.rows", "{\"a\": \"rows\", \"rows\":[]}").unwrap(),
            ""
        );
    }

    #[test]
    fn a_document_without_the_array_or_without_an_end_is_an_error() {
        for (text, words) in [
            ("{\"a\": [[{}]], \"b\": {\"rows\": [1]}}", "no array at"),
            ("{\"rows\": {\"x\": 1}}", "no array at"),
            ("[{\"rows\": [1]}]", "no array at"),
            ("", "no array at"),
            ("{\"rows\": [1, 2", "does not end"),
            ("{\"rows\": [1, 2]", "does not end"),
            ("{\"rows\": [1]} {\"rows\": [2]}", "text follows"),
            (
                "{\"rows\": [1], \"rows\": [2]}",
                "\"rows\" of records = \"$.rows\" occurs twice",
            ),
            ("{\"rows\": null, \"rows\": [2]}", "occurs twice"),
            ("{\"rows\": [1], \"r\\u006fws\": 2}", "occurs twice"),
        ] {
            let error = read("$.rows", text).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn only_names_on_the_way_to_the_records_must_be_unique() {
        let text = "{\"data\": {\"x\": 1, \"x\": {\"rows\": 1}, \"rows\": [1]}, \"rows\": [{\"data\": 1}]}";
        assert_eq!(read("$.data.rows", text).unwrap(), "1");
        let text = "{\"data\": {\"rows\": [1]}, \"data\": {}}";
        let error = read("$.data.rows", text).unwrap_err().to_string();
        assert!(error.contains("\"data\" of records"), "{error}");
    }

    #[test]
    fn the_arrays_of_objects_of_a_document_are_found() {
        let found = |text: &str| {
            let paths = arrays_of_objects(text.as_bytes());
            let shown: Vec<String> = paths.iter().map(ToString::to_string).collect();
            shown.join(" ")
        };
        let text = "{\"a\": [1], \"b\": {\"c d\": [ {\"x\": [{}]}, {} ]}, \"e\": [{}], \"f\": []}";
        assert_eq!(found(text), "$.b.c d $.e");
        assert_eq!(found("{\n\"features\": [\n{\"type\": \"Fea"), "$.features");
        assert_eq!(found("[{\"a\": [{}]}]"), "");
    }

    #[test]
    fn a_path_to_the_records_has_only_names() {
        assert!(RecordsPath::parse("$.a['b c']").is_ok());
        for text in ["$", "$.a[0]", "@.a", "rows"] {
            assert!(RecordsPath::parse(text).is_err(), "{text}");
        }
    }
}

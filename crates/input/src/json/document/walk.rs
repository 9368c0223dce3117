//! Follows the names of members through a JSON document.

use std::mem::take;

/// Where a byte of a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Between values, or in a number or word.
    Between,
    /// In a string; `true` after a backslash.
    String(bool),
}

/// Follows the names of members through a document, byte by byte.
#[derive(Debug)]
pub(super) struct Walk {
    place: Place,
    /// Whether the string that is read, or comes next, may be the name of a member.
    is_name: bool,
    /// The name that is read or was read last, as it is written, without its quotes.
    name: Vec<u8>,
    /// For each open object, the name of the member that leads to it, and for each open array
    /// `None`.
    pub(super) open: Vec<Option<String>>,
    pub(super) is_begun: bool,
}

/// What a byte means for the walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    None,
    /// The name of a member ends. Its path is the names of the open objects and the name read last.
    Name,
    /// An array begins. Its path is the names of the open objects and the name read last.
    Array,
    /// The document ends with this byte, or something other than an object begins.
    End,
}

impl Walk {
    pub(super) fn new() -> Walk {
        Walk {
            place: Place::Between,
            is_name: false,
            name: Vec::new(),
            open: Vec::new(),
            is_begun: false,
        }
    }

    pub(super) fn byte(&mut self, byte: u8) -> Event {
        match (self.place, byte) {
            (Place::String(true), _) => {
                self.place = Place::String(false);
                self.keep(byte);
            }
            (Place::String(false), b'"') => {
                self.place = Place::Between;
                if take(&mut self.is_name) {
                    return Event::Name;
                }
            }
            (Place::String(false), _) => {
                self.place = Place::String(byte == b'\\');
                self.keep(byte);
            }
            (Place::Between, b'"') => {
                self.place = Place::String(false);
                if self.is_name {
                    self.name.clear();
                }
            }
            (Place::Between, b'{') => {
                let name = self.last_name();
                self.open.push(Some(name));
                (self.is_name, self.is_begun) = (true, true);
            }
            (Place::Between, b'[') => {
                self.open.push(None);
                return Event::Array;
            }
            (Place::Between, b'}' | b']') => {
                self.open.pop();
                if self.open.is_empty() {
                    return Event::End;
                }
            }
            (Place::Between, b',') => self.is_name = matches!(self.open.last(), Some(Some(_))),
            _ => {}
        }
        Event::None
    }

    fn keep(&mut self, byte: u8) {
        if self.is_name {
            self.name.push(byte);
        }
    }

    /// The name that was read last. It is not read a second time.
    fn last_name(&mut self) -> String {
        let name = self.shown_name();
        self.name.clear();
        name
    }

    fn shown_name(&self) -> String {
        let quoted = [b"\"", self.name.as_slice(), b"\""].concat();
        serde_json::from_slice(&quoted).unwrap_or_default()
    }

    /// The path of the member whose name was read last; `None` if it is within an array.
    pub(super) fn path_of_name(&self) -> Option<Vec<String>> {
        // the document itself has no name
        let names = self.open.iter().skip(1).cloned();
        names.chain([Some(self.shown_name())]).collect()
    }

    /// The path of the array that has just begun; `None` if it is within another array.
    pub(super) fn path_of_array(&mut self) -> Option<Vec<String>> {
        let name = self.last_name();
        let (_, before) = self.open.split_last()?;
        // the document itself has no name
        let names = before.iter().skip(1).cloned().collect::<Option<Vec<_>>>();
        let is_of_object = before.first().is_some_and(Option::is_some);
        names.filter(|_| is_of_object).map(|mut names| {
            names.push(name);
            names
        })
    }
}

//! Takes the wanted values out of a JSON record, without building the record: values that no field
//! wants are only passed over.
//!
//! A value is handed on as the text of a field: a string without its quotes and escapes, anything
//! else as it is written, so that no digit of a number is lost. It is copied only if it has
//! escapes; otherwise the field is a place in the record.

mod rows;
mod spellings;

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::flaw::{Flaw, named, no_character, no_json, no_object};
use super::path::{Base, Path, Step};
use super::scan::{self, blanks};
use super::unescape::unescape;
use super::wrapped::Wrapped;
pub(crate) use rows::{Element, Extracted, Kind};
pub(crate) use spellings::{IsFilled, Spellings};

/// What is taken out of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extract {
    record: Node,
    element: Node,
    /// Fields that are the element's number.
    numbers: Vec<usize>,
    /// The array of which each element is a row.
    each: Option<Path>,
    /// The paths to the values of the fields.
    paths: Vec<Path>,
    nodes: usize,
}

/// One wanted field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Where its value is.
    pub(crate) path: Path,
    /// What it is taken as.
    pub(crate) form: Form,
}

/// What a value is taken as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As the text of a field.
    Field,
    /// As JSON text, in which a string keeps its quotes.
    Json,
    /// As nothing: a record that has it is rejected, because its column was left to the default.
    Unexpected,
}

/// The wanted values at and below a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Node {
    number: usize,
    /// The fields that are this value.
    fields: Vec<(usize, Form)>,
    members: Vec<(String, Node)>,
    elements: Vec<(usize, Node)>,
    /// Whether it is the array of which each element is a row.
    is_each: bool,
    /// Whether it is the value of an object in which MongoDB writes one value, which may be such
    /// an object itself: `{"$date": {"$numberLong": "1"}}`.
    is_wrapped: bool,
    /// The names that members may not have in another spelling.
    spellings: Spellings,
}

impl Node {
    /// The node at these steps; added when it is missing.
    fn at(&mut self, steps: &[Step], nodes: &mut usize) -> &mut Node {
        let Some((first, rest)) = steps.split_first() else {
            return self;
        };
        let below = match first {
            Step::Member(name) => entry(&mut self.members, name.clone(), nodes),
            Step::Element(at) => entry(&mut self.elements, *at, nodes),
        };
        below.at(rest, nodes)
    }
}

/// The value of a key in a list; added when it is missing.
fn entry<'l, K: PartialEq>(
    list: &'l mut Vec<(K, Node)>,
    key: K,
    nodes: &mut usize,
) -> &'l mut Node {
    let at = list.iter().position(|(known, _)| *known == key);
    let at = at.unwrap_or_else(|| {
        let number = *nodes;
        *nodes += 1;
        let node = Node {
            number,
            ..Node::default()
        };
        list.push((key, node));
        list.len() - 1
    });
    &mut list[at].1
}

impl Extract {
    /// Takes these fields out of each record, or out of each element of the array at `each`, whose
    /// path begins at the record.
    pub(crate) fn new(wanted: &[Wanted], each: Option<&Path>) -> Extract {
        let (mut record, mut element) = (Node::default(), Node::default());
        let (mut numbers, mut nodes) = (Vec::new(), 0);
        let mut paths = Vec::new();
        for Wanted { path, form } in wanted {
            let field = paths.len();
            if *form != Form::Unexpected {
                paths.push(path.clone());
            }
            let node = match path.base {
                Base::Record => record.at(&path.steps, &mut nodes),
                Base::Element => element.at(&path.steps, &mut nodes),
                Base::Number => {
                    numbers.push(field);
                    continue;
                }
            };
            let last = path.steps.last();
            node.is_wrapped |= matches!(last, Some(Step::Member(name)) if name.starts_with('$'));
            node.fields.push((field, *form));
        }
        if let Some(each) = each {
            record.at(&each.steps, &mut nodes).is_each = true;
        }
        Extract {
            record,
            element,
            numbers,
            each: each.cloned(),
            paths,
            nodes,
        }
    }

    /// Rejects records, or elements, that have one of these names in another spelling.
    pub(crate) fn mind(mut self, spellings: Spellings) -> Extract {
        let node = match self.each {
            Some(_) => &mut self.element,
            None => &mut self.record,
        };
        node.spellings = spellings;
        self
    }

    /// The path to the value of a field.
    pub(crate) fn path_of(&self, field: usize) -> Option<&Path> {
        self.paths.get(field)
    }

    /// The array of which each element is a row.
    pub fn each(&self) -> Option<&Path> {
        self.each.as_ref()
    }

    /// Number of fields of a row.
    pub(crate) fn fields(&self) -> usize {
        self.paths.len()
    }

    /// Takes the rows out of a record. An element that is `null` is no row, and a record without
    /// the array has none.
    pub(crate) fn rows(&self, record: &str, rows: &mut Extracted) -> Result<(), Flaw> {
        rows.reset(self.paths.len(), self.nodes);
        let text = record.as_bytes();
        let start = blanks(text, 0);
        if text.get(start) != Some(&b'{') {
            let is_json = serde_json::from_str::<IgnoredAny>(record).is_ok();
            return Err(match is_json {
                true => Flaw::Other(no_object(named(text, start))),
                false => Flaw::NoJson,
            });
        }
        let end = self.record.take(record, start, 0, rows)?;
        if blanks(text, end) != text.len() {
            return Err(Flaw::NoJson);
        }
        match &self.each {
            Some(each) => self.elements(record, each, rows),
            None => Ok(()),
        }
    }

    /// Makes a row of each element.
    fn elements(&self, record: &str, each: &Path, rows: &mut Extracted) -> Result<(), Flaw> {
        let text = record.as_bytes();
        let of_record = std::mem::take(&mut rows.fields);
        rows.rows = 0;
        let Some(array) = rows.array.filter(|at| text[*at] != b'n') else {
            return Ok(());
        };
        if text[array] != b'[' {
            let what = named(text, array);
            return Err(Flaw::Other(format!("has {what} at {each}, not an array")));
        }
        let mut number = 0;
        scan::items(text, array, b']', |at| {
            number += 1;
            if text.get(at) == Some(&b'n') {
                return Ok(scan::value(text, at, 0)?);
            }
            rows.fields.extend_from_slice(&of_record);
            rows.rows += 1;
            rows.value += 1;
            let end = self.element.take(record, at, 0, rows)?;
            rows.elements.push(Element {
                number,
                start: at,
                end,
            });
            for field in &self.numbers {
                rows.copy(*field, Kind::Plain, &number.to_string());
            }
            Ok::<_, Flaw>(end)
        })?;
        Ok(())
    }

    /// What is wrong with a record, in words that follow "the record".
    pub fn words(&self, record: &str) -> String {
        match self.rows(record, &mut Extracted::default()) {
            Ok(()) => String::new(),
            Err(Flaw::Other(words)) => words,
            Err(Flaw::NoJson) => no_json(record),
        }
    }

    /// The record with `null` in place of the elements except these, which are in order.
    pub fn only_elements(&self, record: &str, kept: &[u32]) -> Option<String> {
        let mut rows = Extracted::default();
        self.rows(record, &mut rows).ok()?;
        let mut text = String::new();
        let mut at = 0;
        for element in &rows.elements {
            if kept.binary_search(&element.number).is_err() {
                text.push_str(&record[at..element.start]);
                text.push_str("null");
                at = element.end;
            }
        }
        text.push_str(&record[at..]);
        Some(text)
    }
}

impl Node {
    /// Takes the values at and below the value that begins at `at`; returns the position after it.
    fn take(
        &self,
        record: &str,
        at: usize,
        depth: usize,
        rows: &mut Extracted,
    ) -> Result<usize, Flaw> {
        let text = record.as_bytes();
        if self.is_each {
            rows.array = Some(at);
        }
        let end = match text.get(at) {
            Some(b'{') if !self.members.is_empty() => self.take_members(record, at, depth, rows)?,
            Some(b'[') if !self.elements.is_empty() => {
                self.take_elements(record, at, depth, rows)?
            }
            _ => scan::value(text, at, depth)?,
        };
        let is_object = text.get(at) == Some(&b'{');
        let inner = match self.is_wrapped && is_object {
            true => Wrapped::parse(&text[at..end]),
            false => None,
        };
        for (field, form) in &self.fields {
            match &inner {
                Some(inner) if *form == Form::Field => {
                    rows.copy(*field, Kind::Text, &inner.value);
                }
                _ => rows.put(*field, *form, &record[..end], at)?,
            }
        }
        Ok(end)
    }

    fn take_members(
        &self,
        record: &str,
        at: usize,
        depth: usize,
        rows: &mut Extracted,
    ) -> Result<usize, Flaw> {
        let text = record.as_bytes();
        let depth = scan::deeper(depth)?;
        // members often have the order of the record before
        let mut expected = 0;
        scan::items(text, at, b'}', |at| {
            let name = scan::string(text, at)?;
            let at = scan::sign(text, name.end + 1, b':')?;
            let written = &record[name.start..name.end];
            let name = match name.has_escapes {
                false => Cow::Borrowed(written),
                true => {
                    let mut plain = String::new();
                    unescape(written, &mut plain).map_err(|_| no_character(written))?;
                    Cow::Owned(plain)
                }
            };
            let Some(found) = self.member(name.as_bytes(), expected) else {
                if text.get(at) != Some(&b'n') {
                    self.spellings.check(&name)?;
                }
                return Ok(scan::value(text, at, depth)?);
            };
            expected = found + 1;
            let (name, node) = &self.members[found];
            if std::mem::replace(&mut rows.seen[node.number], rows.value) == rows.value {
                return Err(Flaw::Other(format!("has the name \"{name}\" twice")));
            }
            node.take(record, at, depth, rows)
        })
    }

    /// The position of a wanted member.
    #[inline]
    fn member(&self, name: &[u8], expected: usize) -> Option<usize> {
        let is_it = |at: &usize| self.members[*at].0.as_bytes() == name;
        let expected = expected.min(self.members.len());
        let mut places = (expected..self.members.len()).chain(0..expected);
        places.find(is_it)
    }

    fn take_elements(
        &self,
        record: &str,
        at: usize,
        depth: usize,
        rows: &mut Extracted,
    ) -> Result<usize, Flaw> {
        let text = record.as_bytes();
        let depth = scan::deeper(depth)?;
        let mut position = 0;
        scan::items(text, at, b']', |at| {
            let mut elements = self.elements.iter();
            let wanted = elements.find(|(wanted, _)| *wanted == position);
            position += 1;
            match wanted {
                Some((_, node)) => node.take(record, at, depth, rows),
                None => Ok(scan::value(text, at, depth)?),
            }
        })
    }
}

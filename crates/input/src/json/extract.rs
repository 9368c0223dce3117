//! Takes the wanted values out of a JSON record without building the whole record. All other values
//! are only skipped.
//!
//! The text of a string is passed on without its quotes and escapes. Any other value is passed on
//! as it is written, so that no digit of a number is lost. A text is copied only if it has escapes;
//! otherwise the field is a range of the record.

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

/// The values that are taken out of each record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extract {
    record: Node,
    element: Node,
    /// The fields whose value is the number of the element.
    numbers: Vec<usize>,
    /// The path to the array whose elements are the rows.
    each: Option<Path>,
    /// The path to the value of each field.
    paths: Vec<Path>,
    nodes: usize,
}

/// One wanted field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The path to the value of the field.
    pub(crate) path: Path,
    /// How the value of the field is represented.
    pub(crate) form: Form,
}

/// How a value is represented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The text of a field.
    Field,
    /// JSON text, in which a string keeps its quotes.
    Json,
    /// The value must not occur. A record that has it is rejected, because no record at the
    /// beginning of the file has it, so no field fills the column.
    Unexpected,
}

/// The wanted values at one place in a record, and within the value at that place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Node {
    number: usize,
    /// The fields that take the value at this place.
    fields: Vec<(usize, Form)>,
    members: Vec<(String, Node)>,
    elements: Vec<(usize, Node)>,
    /// Whether the value at this place is the array whose elements are the rows.
    is_each: bool,
    /// Whether the value at this place is within an object in which MongoDB writes a single value.
    /// The value may be such an object itself: `{"$date": {"$numberLong": "1"}}`.
    is_wrapped: bool,
    /// The names that members at this place must not spell differently.
    spellings: Spellings,
}

impl Node {
    /// Finds the node at the end of these steps. Adds missing nodes.
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

/// Finds the node with this key in a list. Adds it if it is missing.
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
    /// Takes these fields out of each record. With `each`, takes them out of each element of the
    /// array at that path. The path begins at the record.
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

    /// The path to the array whose elements are the rows.
    pub fn each(&self) -> Option<&Path> {
        self.each.as_ref()
    }

    /// Number of fields of a row.
    pub(crate) fn fields(&self) -> usize {
        self.paths.len()
    }

    /// Takes the rows out of a record. An element that is `null` gives no row. A record without the
    /// array gives no rows.
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

    /// Makes a row from each element.
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

    /// What is wrong with a record, as words that follow "the record". Empty if nothing is.
    pub fn words(&self, record: &str) -> String {
        match self.rows(record, &mut Extracted::default()) {
            Ok(()) => String::new(),
            Err(Flaw::Other(words)) => words,
            Err(Flaw::NoJson) => no_json(record),
        }
    }

    /// The record in which all elements except `kept` are replaced by `null`. `kept` are sorted
    /// element numbers.
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
    /// Takes the wanted values out of the value that begins at `at`. Returns the position after it.
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
        // members are often in the same order as in the previous record, so try the next one first
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

    /// The position in `members` of the member with this name. The search begins at `expected`.
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

//! The rows that one record gives.

use super::Form;
use crate::json::flaw::{Flaw, no_character, unexpected};
use crate::json::unescape::unescape;

/// The kind of a field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Kind {
    /// The record does not have the value, or the value is `null`.
    #[default]
    Null,
    /// A string, without its quotes.
    Text,
    /// A number, `true` or `false`. In a column that holds JSON, the JSON text of any value.
    Plain,
    /// The JSON text of an object or an array although a single value is needed.
    Nested,
}

/// A field of a row, and the position of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Field {
    pub(crate) kind: Kind,
    /// Whether `start` and `end` are positions in [`Extracted::copied`]. Otherwise they are
    /// positions in the record.
    pub(crate) is_copied: bool,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// An element of an array, from which a row is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element {
    /// Position of the element in the array, from 1.
    pub(crate) number: u32,
    /// Offset of the element in the record.
    pub(crate) start: usize,
    /// Offset of the byte after the element.
    pub(crate) end: usize,
}

/// The rows of a record. One [`Extracted`] is reused for all records, so that its memory is kept.
#[derive(Debug, Default)]
pub(crate) struct Extracted {
    /// Texts of fields that differ from the bytes of the record, for example strings without their
    /// escapes.
    pub(crate) copied: String,
    /// The fields of all rows: those of the first row, then those of the second row, and so on.
    pub(crate) fields: Vec<Field>,
    /// The element from which each row was made, if rows are elements of an array.
    pub(crate) elements: Vec<Element>,
    /// Number of rows.
    pub(crate) rows: usize,
    /// Offset in the record of the array whose elements are rows.
    pub(super) array: Option<usize>,
    /// For each node, by its number: the number of the record or element in which the node was last
    /// found. Detects repeated names.
    pub(super) seen: Vec<u64>,
    /// Number of records and elements that were read so far.
    pub(super) value: u64,
}

impl Extracted {
    pub(super) fn reset(&mut self, fields: usize, nodes: usize) {
        self.copied.clear();
        self.fields.clear();
        self.fields.resize(fields, Field::default());
        self.elements.clear();
        self.rows = 1;
        self.array = None;
        self.seen.resize(nodes, 0);
        self.value += 1;
    }

    /// Sets a field of the last row.
    fn field(&mut self, field: usize, fields: Field) {
        let of_a_row = self.fields.len() / self.rows.max(1);
        let at = self.fields.len() - of_a_row + field;
        self.fields[at] = fields;
    }

    pub(super) fn copy(&mut self, field: usize, kind: Kind, text: &str) {
        let start = self.copied.len();
        self.copied.push_str(text);
        self.copied_from(start, field, kind);
    }

    /// Sets a field of the last row to the copied text that begins at `start`.
    fn copied_from(&mut self, start: usize, field: usize, kind: Kind) {
        let end = self.copied.len();
        self.field(
            field,
            Field {
                kind,
                is_copied: true,
                start,
                end,
            },
        );
    }

    /// Sets a field of the last row to the value that extends from `start` to the end of `text`.
    #[inline]
    pub(super) fn put(
        &mut self,
        field: usize,
        form: Form,
        text: &str,
        start: usize,
    ) -> Result<(), Flaw> {
        let end = text.len();
        let (kind, start, end) = match (text.as_bytes()[start], form) {
            (b'n', _) => return Ok(()),
            (_, Form::Unexpected) => {
                return Err(unexpected(text, start, self.array.map_or('$', |_| '@')));
            }
            (b'"', Form::Field) => {
                let inner = &text[start + 1..end - 1];
                if memchr::memchr(b'\\', inner.as_bytes()).is_some() {
                    let from = self.copied.len();
                    unescape(inner, &mut self.copied).map_err(|_| no_character(&text[start..]))?;
                    self.copied_from(from, field, Kind::Text);
                    return Ok(());
                }
                (Kind::Text, start + 1, end - 1)
            }
            (b'{' | b'[', Form::Field) => (Kind::Nested, start, end),
            _ => (Kind::Plain, start, end),
        };
        self.field(
            field,
            Field {
                kind,
                is_copied: false,
                start,
                end,
            },
        );
        Ok(())
    }
}

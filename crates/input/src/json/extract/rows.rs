//! The rows that were taken out of a record.

use super::Form;
use crate::json::flaw::{Flaw, no_character, unexpected};
use crate::json::unescape::unescape;

/// What a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Kind {
    /// The record has no such value, or it is `null`.
    #[default]
    Null,
    /// A string, without its quotes.
    Text,
    /// A number, `true` or `false`, or the JSON text of any value.
    Plain,
    /// The JSON text of an object or an array, where a single value is wanted.
    Nested,
}

/// A field of a row, and where its text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Field {
    pub(crate) kind: Kind,
    /// Whether the text is in [`Extracted::copied`]; otherwise it is in the record.
    pub(crate) is_copied: bool,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The element of an array that is a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element {
    /// Its number in the array, from 1.
    pub(crate) number: u32,
    /// Where it is in the record.
    pub(crate) start: usize,
    /// The position after it.
    pub(crate) end: usize,
}

/// The rows of a record. It is reused for all records.
#[derive(Debug, Default)]
pub(crate) struct Extracted {
    /// Texts that the record does not have in this form.
    pub(crate) copied: String,
    /// The fields of the rows, one row after another.
    pub(crate) fields: Vec<Field>,
    /// The element that each row is, if rows are elements.
    pub(crate) elements: Vec<Element>,
    /// Number of rows.
    pub(crate) rows: usize,
    /// Where the array of the elements is.
    pub(super) array: Option<usize>,
    /// By the number of a node, the last value in which it was found.
    pub(super) seen: Vec<u64>,
    /// The number of the value that is read, of all values that were read.
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

    /// The fields of the last row, from this one on.
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

    /// Sets a field of the last row to the end of the copied texts.
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

    /// Sets a field of the last row to the value that begins at `start` and ends the text.
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

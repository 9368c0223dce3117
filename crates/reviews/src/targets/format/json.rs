//! `json`: one array with one element per line: `{"product_id":7}`. Also writes the array for k6.

use std::io::{self, Write};

use super::{Fields, Format};

/// The elements of the array.
pub(super) enum Element {
    /// Objects.
    Object,
    /// Bare numbers if an entry has one field, objects if it has two.
    Number,
}

pub(super) struct Json {
    element: Element,
    first: bool,
}

impl Json {
    pub(super) fn new(element: Element) -> Json {
        Json {
            element,
            first: true,
        }
    }
}

impl Format for Json {
    fn entry(&mut self, out: &mut dyn Write, fields: &Fields<'_>, times: u64) -> io::Result<()> {
        for _ in 0..times {
            out.write_all(if self.first { b"[\n" } else { b",\n" })?;
            self.first = false;
            match self.element {
                Element::Number if fields.values.len() == 1 => fields.write_value(out, 0)?,
                _ => fields.write_object(out)?,
            }
        }
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(if self.first { b"[]\n" } else { b"\n]\n" })
    }
}

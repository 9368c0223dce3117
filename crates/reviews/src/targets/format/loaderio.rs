//! `loaderio`: a variable payload file of loader.io,
//! `{"version":1,"variables":[{"names":[…],"values":[["7"],…]}]}`; its values are used as `{{
//! product_id }}` in URLs, headers and bodies. Values are strings.

use std::io::{self, Write};

use super::{Fields, Format};
use crate::targets::Of;

/// Both payload forms: they differ in what stands around the list of values.
pub(super) struct Payload {
    pub(super) head: String,
    pub(super) tail: &'static str,
    pub(super) first: bool,
}

pub(super) fn variables(of: Of) -> Payload {
    Payload {
        head: format!(
            "{{\"version\":1,\"variables\":[{{\"names\":{},\"values\":[",
            names(of)
        ),
        tail: "]}]}\n",
        first: true,
    }
}

/// The names of the fields as a JSON array.
pub(super) fn names(of: Of) -> String {
    format!("[\"{}\"]", of.fields().join("\",\""))
}

impl Format for Payload {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.head.as_bytes())
    }

    fn entry(&mut self, out: &mut dyn Write, fields: &Fields<'_>, times: u64) -> io::Result<()> {
        for _ in 0..times {
            out.write_all(if self.first { b"\n[\"" } else { b",\n[\"" })?;
            self.first = false;
            fields.write_values(out, b"\",\"")?;
            out.write_all(b"\"]")?;
        }
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.tail.as_bytes())
    }
}

/// The shell script that makes the test by loader.io's API.
pub(super) const SCRIPT: &str = include_str!("scripts/loaderio.sh");

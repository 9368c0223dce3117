//! `loaderio`: a variable payload file of loader.io,
//! `{"version":1,"variables":[{"names":[…],"values":[["7"],…]}]}`. Values are strings; URLs,
//! headers and bodies use them as `{{ product_id }}`.

use std::io::{self, Write};

use super::{Fields, Format};
use crate::targets::TargetKind;

/// Writes both formats of loader.io. They differ in the text before and after the list of values.
pub(super) struct Payload {
    pub(super) head: String,
    pub(super) tail: &'static str,
    pub(super) first: bool,
}

pub(super) fn variables(target: TargetKind) -> Payload {
    Payload {
        head: format!(
            "{{\"version\":1,\"variables\":[{{\"names\":{},\"values\":[",
            names(target)
        ),
        tail: "]}]}\n",
        first: true,
    }
}

/// The names of the fields as a JSON array.
pub(super) fn names(target: TargetKind) -> String {
    format!("[\"{}\"]", target.fields().join("\",\""))
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

/// The shell script that creates the test through loader.io's API.
pub(super) const SCRIPT: &str = include_str!("scripts/loaderio.sh");

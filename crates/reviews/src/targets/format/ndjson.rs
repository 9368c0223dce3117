//! `ndjson`: one JSON object per line.

use std::io::{self, Write};

use super::{Fields, Format};

pub(super) struct Ndjson;

impl Format for Ndjson {
    fn entry(&mut self, out: &mut dyn Write, fields: &Fields<'_>, times: u64) -> io::Result<()> {
        for _ in 0..times {
            fields.write_object(out)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }
}

//! `csv`: comma separated, a header with the names of the fields. Numbers only, so nothing is ever
//! quoted.

use std::io::{self, Write};

use super::{Fields, Format};
use crate::targets::Of;

pub(super) struct Csv(pub(super) Of);

impl Format for Csv {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", self.0.fields().join(","))
    }

    fn entry(&mut self, out: &mut dyn Write, fields: &Fields<'_>, times: u64) -> io::Result<()> {
        for _ in 0..times {
            fields.write_values(out, b",")?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }
}

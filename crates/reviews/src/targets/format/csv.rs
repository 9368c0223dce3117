//! `csv`: comma-separated, with a header. All values are numbers, so no field is quoted.

use std::io::{self, Write};

use super::{Fields, Format};
use crate::targets::TargetKind;

pub(super) struct Csv(pub(super) TargetKind);

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

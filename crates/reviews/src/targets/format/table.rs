//! `table`: rows as `mysql --batch` prints them: tab-separated, with a header. A product also has
//! the id of its newest review.

use std::io::{self, Write};

use super::{Fields, Format};
use crate::targets::TargetKind;

pub(super) struct Table(pub(super) TargetKind);

impl Format for Table {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let newest = if self.0 == TargetKind::Product {
            "\tmax_id"
        } else {
            ""
        };
        writeln!(out, "{}{newest}", self.0.fields().join("\t"))
    }

    fn entry(&mut self, out: &mut dyn Write, fields: &Fields<'_>, times: u64) -> io::Result<()> {
        for _ in 0..times {
            fields.write_values(out, b"\t")?;
            if let Some(newest) = fields.newest {
                out.write_all(b"\t")?;
                out.write_all(itoa::Buffer::new().format(newest).as_bytes())?;
            }
            out.write_all(b"\n")?;
        }
        Ok(())
    }
}

//! `ids`: one id per line; for pairs, the product, a tab and the other id.

use std::io::{self, Write};

use super::{Fields, Format};

pub(super) struct Ids;

impl Format for Ids {
    fn entry(&mut self, out: &mut dyn Write, fields: &Fields<'_>, times: u64) -> io::Result<()> {
        for _ in 0..times {
            fields.write_values(out, b"\t")?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }
}

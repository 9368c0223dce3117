//! `repeated`: a line per product, its id once per time that it stands in the list, comma
//! separated: `7,7,7`. A random pick from all the ids of the file follows the weight of each
//! product.

use std::io::{self, Write};

use super::{Fields, Format};

pub(super) struct Repeated;

impl Format for Repeated {
    fn entry(&mut self, out: &mut dyn Write, fields: &Fields<'_>, times: u64) -> io::Result<()> {
        for n in 0..times {
            if n > 0 {
                out.write_all(b",")?;
            }
            fields.write_value(out, 0)?;
        }
        out.write_all(b"\n")
    }
}

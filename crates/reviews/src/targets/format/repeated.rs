//! `repeated`: one line per product, in which its id is repeated as often as the product is in the
//! list: `7,7,7`. So a random choice among all ids of the file follows the weights of the products.

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

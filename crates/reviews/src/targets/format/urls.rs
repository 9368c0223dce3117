//! `urls`: one URL per line, for `siege --file`, `oha --urls-from-file`, `xargs curl` and the like.

use std::io::{self, Write};

use super::{Fields, Format};
use crate::targets::UrlTemplate;

pub(super) struct Urls(pub(super) UrlTemplate);

impl Format for Urls {
    fn entry(&mut self, out: &mut dyn Write, fields: &Fields<'_>, times: u64) -> io::Result<()> {
        for _ in 0..times {
            self.0.write(out, fields)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }
}

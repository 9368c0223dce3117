//! `vegeta`: a target file in vegeta's http format, a line `GET URL` per request; marking a review
//! is a PUT.

use std::io::{self, Write};

use anyhow::{Result, bail};

use super::{Fields, Format};
use crate::targets::{Of, UrlTemplate};

pub(super) struct Vegeta {
    method: &'static [u8],
    url: UrlTemplate,
}

impl Vegeta {
    pub(super) fn new(of: Of, url: UrlTemplate) -> Result<Vegeta> {
        let Some(method) = super::script::method(of) else {
            bail!(
                "--format vegeta writes requests without a body, but a new review has one; take csv or ndjson"
            );
        };
        Ok(Vegeta {
            method: method.as_bytes(),
            url,
        })
    }
}

impl Format for Vegeta {
    fn entry(&mut self, out: &mut dyn Write, fields: &Fields<'_>, times: u64) -> io::Result<()> {
        for _ in 0..times {
            out.write_all(self.method)?;
            out.write_all(b" ")?;
            self.url.write(out, fields)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }
}

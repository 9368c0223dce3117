//! `vegeta`: a target file in vegeta's http format, with one line `GET URL` per request; `PUT URL`
//! marks a review as helpful.

use std::io::{self, Write};

use super::{Fields, Format};
use crate::error::{Error, Result};
use crate::targets::{TargetKind, UrlTemplate};

pub(super) struct Vegeta {
    method: &'static [u8],
    url: UrlTemplate,
}

impl Vegeta {
    pub(super) fn new(target: TargetKind, url: UrlTemplate) -> Result<Vegeta> {
        let Some(method) = super::script::method(target) else {
            return Err(Error::Options(
                "--format vegeta writes requests without a body, but a new review needs one; use --format csv or ndjson"
                    .to_owned(),
            ));
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

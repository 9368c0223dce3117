//! `wrk`: one Lua script that has the list and the test. The list is one long string, because LuaJIT
//! limits the number of constants of a function. Each thread of wrk has its own Lua state, so the
//! script divides the list among the threads.

use std::io::{self, Write};

use super::{Fields, Format};
use crate::targets::{TargetKind, UrlTemplate};

pub(super) struct Wrk {
    method: &'static str,
    url: UrlTemplate,
}

const HEAD: &str = include_str!("scripts/wrk-head.lua");
const TAIL: &str = include_str!("scripts/wrk-tail.lua");

impl Wrk {
    pub(super) fn new(target: TargetKind, url: UrlTemplate) -> Wrk {
        let method = super::script::method(target).unwrap_or("GET");
        Wrk { method, url }
    }
}

impl Format for Wrk {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(HEAD.replace("@BASE@", self.url.base()).as_bytes())
    }

    fn entry(&mut self, out: &mut dyn Write, fields: &Fields<'_>, times: u64) -> io::Result<()> {
        for _ in 0..times {
            fields.write_values(out, b",")?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let path = self
            .url
            .path(|field| format!("\" .. id{} .. \"", field + 1));
        let tail = TAIL
            .replace("@METHOD@", self.method)
            .replace("@PATH@", &path);
        out.write_all(tail.as_bytes())
    }
}

//! `wrk`: a Lua script that is list and test in one. The paths are one long string, for LuaJIT
//! limits the constants of a function; each thread of wrk has its own Lua state, so the script
//! deals the paths out among the threads.

use std::io::{self, Write};

use super::{Fields, Format};
use crate::targets::{Of, UrlTemplate};

pub(super) struct Wrk {
    method: &'static str,
    url: UrlTemplate,
}

const HEAD: &str = include_str!("scripts/wrk-head.lua");
const TAIL: &str = include_str!("scripts/wrk-tail.lua");

impl Wrk {
    pub(super) fn new(of: Of, url: UrlTemplate) -> Wrk {
        let method = super::script::method(of).unwrap_or("GET");
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

//! Tests on engines beside MySQL and MariaDB, and through proxies. A plain `cargo test`
//! leaves this binary out (`test = false` in Cargo.toml); `make test-engines` runs it, and `make
//! test` runs `oceanbase::short` where the server is there. A server that does not start fails its
//! tests: nothing is ever skipped.
//!
//! REVIEWSEED_ENGINES_PRODUCTS and REVIEWSEED_ENGINES_ROUNDS say how much.

#[allow(dead_code)]
#[path = "../it/support/background.rs"]
mod background;
#[allow(dead_code)]
#[path = "../it/support/data.rs"]
mod data;
#[allow(dead_code, unused_imports, unused_macros)]
#[path = "../it/support/harness.rs"]
mod harness;
#[allow(dead_code)]
#[path = "../it/support/running.rs"]
mod running;
#[allow(dead_code)]
#[path = "../it/support/scratch.rs"]
mod scratch;

/// Where they find each other.
#[allow(unused_imports)]
mod support {
    pub(crate) use crate::{background, data, harness, running, scratch};
}

mod oceanbase;
mod proxies;

use std::path::Path;

/// A number from the environment.
fn number(name: &str, otherwise: u32) -> u32 {
    let asked = std::env::var(format!("REVIEWSEED_ENGINES_{name}")).ok();
    asked
        .filter(|number| !number.is_empty())
        .map_or(otherwise, |number| number.parse().unwrap())
}

/// The tables of a report: name, read, loaded, rejected, checksum.
fn counted(report: &Path) -> Vec<(String, u64, u64, u64, String)> {
    let report: serde_json::Value =
        serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    let tables = report["tables"].as_array().unwrap().iter();
    let one = |table: &serde_json::Value| {
        let number = |name: &str| table[name].as_u64().unwrap();
        let text = |name: &str| table[name].as_str().unwrap().to_owned();
        let (read, loaded, rejected) = (number("read"), number("loaded"), number("rejected"));
        (text("name"), read, loaded, rejected, text("checksum"))
    };
    let mut tables: Vec<_> = tables.map(one).collect();
    tables.sort();
    tables
}

/// The files of a folder with their bytes.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let one = |file: std::fs::DirEntry| {
        let name = file.file_name().into_string().unwrap();
        (name, std::fs::read(file.path()).unwrap())
    };
    let mut files: Vec<_> = files.map(one).collect();
    files.sort();
    files
}

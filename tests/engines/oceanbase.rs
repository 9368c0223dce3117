//! OceanBase, the edition for one machine, which `scripts/oceanbase` starts.

mod changes;
mod kills;
mod load;
mod short;

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, MutexGuard};

use crate::harness::{Scratch, execute};

/// One server for all tests, because it takes 4 GB of memory; the tests come one after the other.
pub struct OceanBase {
    url: String,
    _alone: MutexGuard<'static, ()>,
}

impl OceanBase {
    /// Starts it, or finds it running.
    pub fn start() -> OceanBase {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(|failed| failed.into_inner());
        let url = said(&["up"]);
        // both clients and the harness read this URL
        let url = format!("{}?ssl-mode=disabled", url.trim());
        execute(&url, "CREATE DATABASE IF NOT EXISTS reviews");
        OceanBase {
            url: url.replace("/test?", "/reviews?"),
            _alone: alone,
        }
    }

    /// An empty database.
    pub fn scratch(&self) -> Scratch {
        Scratch::at(&self.url)
    }
}

/// What the script prints.
fn said(arguments: &[&str]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/oceanbase");
    // the server keeps the stderr of its starter
    let ran = Command::new(script).args(arguments).output().unwrap();
    let stderr = String::from_utf8_lossy(&ran.stderr);
    assert!(
        ran.status.success(),
        "scripts/oceanbase {arguments:?}: {stderr}"
    );
    String::from_utf8(ran.stdout).unwrap()
}

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

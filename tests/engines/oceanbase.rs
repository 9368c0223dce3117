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

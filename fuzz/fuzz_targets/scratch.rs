//! Where a target puts its files.

use std::path::{Path, PathBuf};

/// A folder of this process, in memory where there is such a place; whoever asks removes it.
pub fn folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let base = match memory.is_dir() {
        true => memory.to_owned(),
        false => std::env::temp_dir(),
    };
    let folder = base.join(format!("reviewseed-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

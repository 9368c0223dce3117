//! Rejected records: the reject files of each table, and how many rejected records are allowed.
//!
//! `<table>.csv` has the raw records under the original header, ready to be corrected and loaded
//! again. For JSON files, it is `<table>.jsonl`. `<table>.broken` has raw lines whose structure is
//! wrong; they would damage a CSV file until they are corrected. `<table>.reasons.csv` has the
//! place of each record and the reason why it was rejected.
//!
//! Only their owner can read these files, because they may contain e-mail addresses. Each run
//! replaces the files of an earlier run, but never a file that was edited since (`earlier_run`).

mod budget;
mod disk_space;
mod earlier_run;
mod files;
mod hashed;

use std::fs::{self, File};
use std::path::Path;

use crate::error::{Context, Result};

pub use budget::Budget;
pub use earlier_run::{Folder, free_folder, next_folder};
pub use files::RejectFiles;

/// The extensions of the reject files of a table.
const KINDS: [&str; 4] = ["csv", "jsonl", "broken", "reasons.csv"];

/// Creates `directory` if it is missing, and checks that reject files can be written to it.
///
/// # Errors
///
/// When it cannot be created, or files in it cannot be written.
pub fn prepare_directory(directory: &Path) -> Result<()> {
    let hint = "reject files are written to it; name another folder with --rejects";
    fs::create_dir_all(directory)
        .with_context(|| format!("cannot create {}; {hint}", directory.display()))?;
    let probe = directory.join(".reviewseed-probe");
    File::create(&probe)
        .with_context(|| format!("cannot write to {}; {hint}", directory.display()))?;
    fs::remove_file(&probe)
        .with_context(|| format!("cannot write to {}; {hint}", directory.display()))
}

#[cfg(test)]
mod tests;

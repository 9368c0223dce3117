//! Rejected records: the three files of each table that hold them, and how many are allowed.
//!
//! `<table>.csv` holds the raw records under the original header, to be corrected and loaded again;
//! those of JSON files are in `<table>.jsonl`.
//! `<table>.broken` holds raw lines whose structure is wrong, which would spoil a CSV file until
//! they are corrected. `<table>.reasons.csv` has the place and the reason of each. Only their owner
//! can read them, because they may hold e-mail addresses. Each run replaces the files of an earlier
//! run, but never one that was edited since (`earlier_run`).

mod budget;
mod disk_space;
mod earlier_run;
mod files;

use std::fs::{self, File};
use std::path::Path;

use crate::error::{Context, Result};

pub use budget::Budget;
pub use earlier_run::{Folder, free_folder, next_folder};
pub use files::RejectFiles;

/// The endings of the files of a table.
const KINDS: [&str; 4] = ["csv", "jsonl", "broken", "reasons.csv"];

/// Makes sure that reject files can be written to `directory`, creating it when it is missing.
///
/// # Errors
///
/// When it cannot be created or written to.
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

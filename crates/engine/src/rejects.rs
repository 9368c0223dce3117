//! A refused row: the rules by their names, the three files that hold what was refused, and the
//! budget.
//!
//! `<table>.csv` holds the raw records under the original header, to be mended and loaded again;
//! `<table>.broken` holds raw lines with structure faults, which would spoil a CSV file until they
//! are mended; `<table>.reasons.csv` says for each of both where it stood and why it was refused.
//! They are readable by their owner only, for they hold e-mail addresses. Each run replaces the
//! files that an earlier one left, and none that was edited since (`left`).

mod budget;
mod files;
mod left;
mod room;

use std::fs::{self, File};
use std::path::Path;

use anyhow::{Context, Result};

pub use budget::Budget;
pub use files::RejectFiles;
pub use left::{Folder, free_folder, next_folder};

/// The endings of the files of a table.
const KINDS: [&str; 3] = ["csv", "broken", "reasons.csv"];

/// Makes sure that reject files can be written to `directory`, creating it when it is missing.
///
/// # Errors
///
/// When it cannot be created or written to.
pub fn prepare_directory(directory: &Path) -> Result<()> {
    let hint = "reject files are written there; name another folder with --rejects";
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

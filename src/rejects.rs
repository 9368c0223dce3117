//! A refused row: the rules by their names, the three files that hold what was refused, and the budget.
//!
//! `<table>.csv` holds the raw records under the original header, to be mended and loaded again; `<table>.broken` holds raw
//! lines with structure faults, which would spoil a CSV file until they are mended; `<table>.reasons.csv` says for each of both where it
//! stood and why it was refused. They are readable by their owner only, for they hold e-mail addresses. Each run replaces the
//! files that an earlier one left, and none that was edited since (`left`).

mod budget;
mod files;
mod left;
mod room;
mod rule;

use std::fs::{self, File};
use std::path::Path;

use anyhow::{Context, Result};

pub use budget::Budget;
pub use files::RejectFiles;
pub use left::{Folder, free_folder, next_folder};
pub use rule::Rule;

/// One refused row with its place and reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Physical line of the text at which the record begins, from 1.
    pub line: u64,
    /// Offset of its first byte in the text.
    pub offset: u64,
    /// Its length in bytes, line end included.
    pub bytes: u64,
    /// The record, byte for byte; of one that is too large its first bytes.
    pub raw: Vec<u8>,
    /// The column at fault, where one is.
    pub column: Option<String>,
    /// Why.
    pub rule: Rule,
    /// The value at fault, shortened and made printable.
    pub value: String,
    /// What was expected, in words.
    pub message: String,
}

/// Longest value that a reason shows, in characters.
const SHOWN: usize = 80;

/// A value as reasons show it: decoded lossily, cut off after some characters, and with a name for
/// what cannot be seen.
pub fn shown(value: &[u8]) -> String {
    // four bytes are enough for any character; what is cut is not decoded
    let start = &value[..value.len().min(4 * SHOWN + 4)];
    let text = String::from_utf8_lossy(start);
    let text = match text.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.into_owned(),
    };
    if !text.contains(is_invisible) {
        return text;
    }
    let mut visible = String::new();
    for character in text.chars() {
        match is_invisible(character) {
            true => visible.push_str(&format!("<U+{:04X}>", u32::from(character))),
            false => visible.push(character),
        }
    }
    visible
}

/// Whether a character takes no room or looks like a blank.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{a0}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}' | '\u{3000}' | '\u{feff}'
    )
}

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

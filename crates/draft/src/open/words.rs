//! Messages about files that are not tables, or that are not read completely.

use std::path::{Path, PathBuf};

use input::FileStart;

use crate::names::HeaderNames;
use crate::sniff::Skipped;

/// How many levels of subfolders are searched, and how many folders are listed.
const DEEPEST: usize = 3;
const MOST_FOLDERS: usize = 5;

/// The message that lists subfolders with files that can be tables.
pub(super) fn in_folders(directory: &Path) -> String {
    const ENDS: [&str; 6] = ["csv", "tsv", "jsonl", "ndjson", "json", "parquet"];
    let names = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        paths
    };
    let is_table = |file: &PathBuf| {
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        name.split('.').skip(1).any(|end| ENDS.contains(&end))
    };
    let mut level = vec![directory.to_path_buf()];
    for _ in 0..DEEPEST {
        let entries = level.iter().flat_map(|folder| names(folder));
        level = entries.filter(|entry| entry.is_dir()).collect();
        let mut found = level.clone();
        found.retain(|folder| names(folder).iter().any(is_table));
        let shown = found.iter().take(MOST_FOLDERS);
        let shown: Vec<String> = shown
            .map(|folder| input::shown(folder).into_owned())
            .collect();
        let more = match found.len().saturating_sub(MOST_FOLDERS) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        if !shown.is_empty() {
            let all = shown.join(", ");
            return format!("; draft a subfolder with such files: {all}{more}");
        }
    }
    String::new()
}

/// The reason why a file has no names for columns.
pub(super) fn nameless(start: &FileStart) -> &'static str {
    match start.is_json {
        true => "has no JSON objects: arrays and single values have no names for columns",
        false => "has no fields",
    }
}

/// The note about members of JSON records whose names differ only in case, blanks or punctuation.
pub(super) fn alike(names: &[String], columns: &[String]) -> Option<String> {
    let pairs = names.iter().zip(columns);
    let all = HeaderNames::new(names);
    let unclear = pairs.filter(|(name, _)| !name.trim().is_empty() && all.is_unclear(name));
    let shown: Vec<String> = unclear
        .map(|(name, column)| format!("\"{name}\" (column {column})"))
        .collect();
    (!shown.is_empty()).then(|| {
        format!(
            "names of JSON members that differ only in case, blanks or punctuation became separate \
             columns: {}",
            shown.join(", ")
        )
    })
}

/// The note about lines at the beginning of a file that are skipped, with the setting to change.
pub(super) fn skipped(skipped: &Skipped, file: &str, fields: usize) -> String {
    let lines = match skipped.lines {
        1 => "the first line".to_owned(),
        several => format!("the first {several} lines"),
    };
    format!(
        "{lines} of {file} (\"{}\"), because most records have {fields} fields; to read skipped \
         lines as records, remove skip_lines from the settings of the table",
        skipped.first
    )
}

//! Messages about files that are not tables, or that are not read completely.

use std::path::{Path, PathBuf};

use input::FileStart;

use crate::names::HeaderNames;
use crate::sniff::Skipped;

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
    let folders = names(directory).into_iter();
    let found = folders.filter(|folder| folder.is_dir() && names(folder).iter().any(is_table));
    let found: Vec<String> = found
        .map(|folder| input::shown(&folder).into_owned())
        .collect();
    match &found[..] {
        [] => String::new(),
        found => format!("; draft a subfolder with such files: {}", found.join(", ")),
    }
}

/// The reason why a JSON file has no records; `None` if it may have some. A settings file or a
/// report, for example, is one object, often on several lines.
pub(super) fn no_records(start: &FileStart) -> Option<&'static str> {
    let is_of_lines = start.file.contains(".jsonl") || start.file.contains(".ndjson");
    if start.is_array || is_of_lines || !start.file.contains(".json") {
        return None;
    }
    let text = start.text.trim_ascii_start();
    let first = text.split(|b| *b == b'\n').next().unwrap_or_default();
    let is_whole = clean::json::canonical(first.trim_ascii()).is_ok();
    let is_single = text[first.len()..].trim_ascii().is_empty();
    (!is_whole || is_single).then_some(
        "is not a list of JSON objects: each record must be one line, or an element of an array; \
         jq -c . writes each object as a line, and jq -c '.NAME[]' each element of the array NAME",
    )
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

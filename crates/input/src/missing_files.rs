//! The error about tables without an input file. It names files that may be meant, as options to
//! copy, or else another way to continue.

use std::path::PathBuf;

use super::locate::{Listing, unpacked_name};
use model::shell::quoted;

/// Extensions of files that are not CSV or TSV.
const OTHER_KINDS: [&str; 12] = [
    "sql", "json", "jsonl", "xml", "xls", "xlsx", "parquet", "html", "md", "py", "sh", "broken",
];

/// The message for the tables `missing` a file. `found` are the tables that have one, `known` all
/// tables of the schema.
pub(super) fn message(
    missing: &[&str],
    found: &[&str],
    known: &[&str],
    listing: Option<&Listing>,
) -> String {
    let names: Vec<_> = missing.iter().map(|t| format!("{t}.csv")).collect();
    let mut words = format!("no {}", names.join(", no "));
    let (mut options, mut rest) = (Vec::new(), Vec::new());
    for table in missing {
        match &listing.map_or_else(Vec::new, |listing| alike(listing, table))[..] {
            [] => rest.push(*table),
            [only] => options.push(format!(
                "--map {}",
                quoted(&format!("{table}={}", only.display()))
            )),
            several => {
                let several: Vec<_> = several.iter().map(|p| p.display().to_string()).collect();
                words.push_str(&format!(
                    "; several files have the name of table {table} ({}): choose one with --map {table}=FILE",
                    several.join(", ")
                ));
            }
        }
    }
    if !options.is_empty() {
        let verb = match options.len() {
            1 => "a file has the table's name; if it is the right one",
            _ => "files have the tables' names; if they are the right ones",
        };
        words.push_str(&format!("; {verb}, add {}", options.join(" ")));
    }
    let stray = listing.map_or_else(Vec::new, |listing| listing.files_without_table(known));
    let Some(first) = rest.first() else {
        return words;
    };
    if !stray.is_empty() {
        words.push_str(&format!(
            "; these files belong to no table: {}; if one of them has the rows, name it with --map {first}=FILE",
            stray.join(", ")
        ));
    } else if !found.is_empty() {
        words.push_str(&format!(
            "; add the file, or load only the other tables with --tables {}",
            found.join(",")
        ));
    } else if options.is_empty() {
        words.push_str("; name the folder with the input files: reviewseed … DIR");
    }
    words
}

/// Files of a folder that have the table's name, but another extension or another case.
fn alike(listing: &Listing, table: &str) -> Vec<PathBuf> {
    let Listing::Folder(directory, names) = listing else {
        return Vec::new();
    };
    let is_alike = |name: &&String| {
        let bare = unpacked_name(name);
        let (stem, ending) = bare.rsplit_once('.').unwrap_or((bare, ""));
        let ending = ending.to_ascii_lowercase();
        stem.eq_ignore_ascii_case(table) && !OTHER_KINDS.contains(&ending.as_str())
    };
    let in_place = |name: &String| match directory.to_str() {
        Some(".") => PathBuf::from(name),
        _ => directory.join(name),
    };
    let mut paths: Vec<_> = names.iter().filter(is_alike).map(in_place).collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    paths
}

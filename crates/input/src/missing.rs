//! What to say of tables without a file: the files that may be theirs, as options to copy, else
//! what to do instead.

use std::path::PathBuf;

use super::locate::{Listing, unpacked_name};
use model::shell::quoted;

/// Endings of files that hold no delimited text, or that stand for something else.
const OTHER_KINDS: [&str; 12] = [
    "sql", "json", "jsonl", "xml", "xls", "xlsx", "parquet", "html", "md", "py", "sh", "broken",
];

/// The tables that are `missing` a file, those that were `found`, and all that the schema has
/// (`known`).
pub(super) fn words(
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
                    "; several files are called like table {table} ({}): name one with --map {table}=FILE",
                    several.join(", ")
                ));
            }
        }
    }
    if !options.is_empty() {
        let verb = match options.len() {
            1 => "a file is called like the table; if it is meant",
            _ => "files are called like the tables; if they are meant",
        };
        words.push_str(&format!("; {verb}, add {}", options.join(" ")));
    }
    let stray = listing.map_or_else(Vec::new, |listing| listing.of_no_table(known));
    let Some(first) = rest.first() else {
        return words;
    };
    if !stray.is_empty() {
        words.push_str(&format!(
            "; of no table: {}; if one of them is meant, name it with --map {first}=FILE",
            stray.join(", ")
        ));
    } else if !found.is_empty() {
        words.push_str(&format!(
            "; add the file, or load only what is there with --tables {}",
            found.join(",")
        ));
    } else if options.is_empty() {
        words.push_str("; name the folder that holds them: reviewseed … DIR");
    }
    words
}

/// Files of a folder that have the table's name, but another ending or another case than is looked
/// for.
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

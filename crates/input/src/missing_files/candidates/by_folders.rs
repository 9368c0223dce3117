//! Candidates in folders one level below the input folder.

use std::path::Path;

use super::{Found, OF_ROWS, Sign};
use crate::file_names::unpacked_name;
use crate::locate::{Listing, in_folder};
use crate::missing_files::Situation;

/// Finds the files of a table one level below the input folder: a file with the table's name in any
/// folder, or all files in a folder that has the table's name.
pub(super) fn find(listing: &Listing, table: &str, found: &mut Found) {
    let Listing::Folder(directory, names) = listing else {
        return;
    };
    let mut below = Vec::new();
    for name in names.iter().filter(|name| !name.starts_with('.')) {
        let folder = in_folder(directory, name);
        let inner = files_in(&folder);
        if name.eq_ignore_ascii_case(table)
            && let Some(ending) = common_ending(&inner)
        {
            found.add(listing, table, &format!("{name}/*{ending}"), Sign::Folder);
            return;
        }
        let of_table = inner.iter().filter(|file| is_of(file, table));
        below.extend(of_table.map(|file| format!("{name}/{file}")));
    }
    if let [only] = &below[..] {
        found.add(listing, table, only, Sign::Below);
    }
}

/// The only folder, one level below the input folder, that has files of all missing tables. `None`
/// if the input folder itself has files of a table.
pub(in crate::missing_files) fn with_all(
    situation: &Situation<'_>,
    listing: &Listing,
) -> Option<String> {
    let Listing::Folder(directory, names) = listing else {
        return None;
    };
    if !situation.found.is_empty() || situation.missing.len() < 2 {
        return None;
    }
    let folders = names.iter().filter(|name| !name.starts_with('.'));
    let folders = folders.map(|name| in_folder(directory, name));
    let mut complete = folders.filter(|folder| {
        let inner = files_in(folder);
        let mut missing = situation.missing.iter();
        missing.all(|t| inner.iter().any(|file| is_of(file, &t.table.name)))
    });
    match (complete.next(), complete.next()) {
        (Some(only), None) => Some(only.display().to_string()),
        _ => None,
    }
}

/// Whether a file is named `<table>.csv` or `<table>.tsv`, with or without the extension of a
/// compression.
fn is_of(file: &str, table: &str) -> bool {
    let bare = unpacked_name(file);
    let stem = bare.strip_suffix(".csv").or(bare.strip_suffix(".tsv"));
    stem.is_some_and(|stem| stem.eq_ignore_ascii_case(table))
}

/// Names of the files in a folder. Empty if the folder contains reject files.
fn files_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    // besides the files with rows, Spark and Hive write files whose names begin with `_`, which are
    // left out here
    let mut names: Vec<_> = names.filter(|name| !name.starts_with(['.', '_'])).collect();
    names.sort_unstable();
    match names.iter().any(|name| name.ends_with(".reasons.csv")) {
        true => Vec::new(),
        false => names,
    }
}

/// The extension of the files, if all have the same extension and files with this extension have
/// rows.
fn common_ending(files: &[String]) -> Option<&str> {
    let ending = |name: &'_ str| -> Option<usize> {
        let bare = unpacked_name(name);
        let (stem, extension) = bare.rsplit_once('.')?;
        OF_ROWS.contains(&extension).then_some(stem.len())
    };
    let first = files.first()?;
    let common = &first[ending(first)?..];
    let has_it = |name: &String| ending(name).is_some_and(|at| name[at..] == *common);
    files.iter().all(has_it).then_some(common)
}

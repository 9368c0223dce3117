//! Decides which file names belong to which table, and their order.
//!
//! A table's rows are in `<table>.csv`, or in a file with another of the [`EXTENSIONS`]. The
//! extension of a compression may follow. If there are several files `<table>-….csv`, all of them
//! belong to the table.

use std::cmp::Ordering;

use crate::error::{Result, fail};
use crate::format::FileFormat;
use model::schema::meant;

/// The extensions of input files.
pub(super) const EXTENSIONS: [&str; 6] = ["csv", "tsv", "jsonl", "ndjson", "json", "parquet"];

/// The format that a file's name implies.
pub(super) fn format_of(name: &str) -> FileFormat {
    let extension = unpacked_name(name).rsplit_once('.');
    let extension = extension.map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        Some("jsonl" | "ndjson") => FileFormat::JsonLines,
        Some("json") => FileFormat::Json,
        Some("parquet") => FileFormat::Parquet,
        _ => FileFormat::Csv,
    }
}

/// The file name without the extension of its compression.
pub(super) fn unpacked_name(name: &str) -> &str {
    let packed = [".gz", ".zst", ".bz2", ".zip"];
    let is_packed = |end: &&&str| {
        let start = name.len().checked_sub(end.len());
        let tail = start.and_then(|start| name.get(start..));
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    };
    match packed.iter().find(is_packed) {
        Some(end) => &name[..name.len() - end.len()],
        None => name,
    }
}

/// The file name without its extensions, if it is the name of an input file.
pub(super) fn stem(name: &str) -> Option<&str> {
    let (stem, extension) = unpacked_name(name).rsplit_once('.')?;
    let mut known = EXTENSIONS.iter();
    let is_known = known.any(|known| known.eq_ignore_ascii_case(extension));
    is_known.then_some(stem)
}

/// Extensions of files that may have records, but may also be something else.
const OTHER_EXTENSIONS: [&str; 8] = ["csv", "tsv", "txt", "dat", "data", "tab", "psv", "tbl"];

/// The file name without its extensions, if the file may have records but a table does not find it
/// by its name: `stops.txt`, `parts.tbl`.
pub(super) fn other_stem(name: &str) -> Option<&str> {
    let (stem, extension) = unpacked_name(name).rsplit_once('.')?;
    let mut others = OTHER_EXTENSIONS.iter();
    let is_one = others.any(|other| other.eq_ignore_ascii_case(extension));
    let mut known = EXTENSIONS.iter();
    let is_known = known.any(|known| known.eq_ignore_ascii_case(extension));
    (is_one && !stem.is_empty() && !is_known).then_some(stem)
}

/// Names of input files that belong to none of these tables. A name with more words after a dot
/// (`<table>.reasons.csv`) belongs to the table.
pub(super) fn without_table<'a>(names: &[&'a str], tables: &[&str]) -> Vec<&'a str> {
    let is_of = |stem: &str, table: &str| {
        let rest = behind(stem, table, tables);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '.']))
    };
    // JSON files without a table may be reports or settings, so they are not reported
    let may_be_other = |name: &str| format_of(name) == FileFormat::Json;
    let is_stray = |name: &&&str| {
        let of_none = |stem: &str| !tables.iter().any(|table| is_of(stem, table));
        !may_be_other(name) && stem(name).is_some_and(of_none)
    };
    let mut stray: Vec<_> = names.iter().filter(is_stray).copied().collect();
    stray.sort_unstable();
    stray
}

/// The part of a file name after the name of the table. Upper and lower case may differ if no other
/// table has that name.
fn behind<'a>(stem: &'a str, table: &str, tables: &[&str]) -> Option<&'a str> {
    let (start, rest) = stem.split_at_checked(table.len())?;
    (meant(start, tables) == Some(table)).then_some(rest)
}

/// Positions in `names` of a table's files, in the order of their rows.
pub(super) fn choose(names: &[&str], table: &str, tables: &[&str]) -> Result<Vec<usize>> {
    let (mut whole, mut parts) = (Vec::new(), Vec::new());
    for (at, name) in names.iter().enumerate() {
        let Some(stem) = stem(name) else {
            continue;
        };
        if meant(stem, tables) == Some(table) {
            whole.push(at);
        } else if let Some(rest) = behind(stem, table, tables)
            && let Some(part) = rest.strip_prefix('-')
            && meant(stem, tables).is_none()
        {
            parts.push((at, part));
        }
    }
    let listed = |places: &[usize]| -> String {
        let names: Vec<_> = places.iter().map(|at| names[*at]).collect();
        names.join(", ")
    };
    if whole.len() > 1 || (!whole.is_empty() && !parts.is_empty()) {
        let mut all = whole;
        all.extend(parts.iter().map(|p| p.0));
        all.sort_by_key(|at| names[*at]);
        fail!(
            "table {table} has several files: {}; move away those that do not belong to it, or name its file with --map {table}=FILE",
            listed(&all)
        );
    }
    parts.sort_by(|a, b| natural(a.1, b.1).then(a.1.cmp(b.1)));
    let in_order: Vec<_> = parts.iter().map(|p| names[p.0]).collect();
    check_complete(table, &in_order)?;
    whole.extend(parts.iter().map(|p| p.0));
    Ok(whole)
}

/// Checks that no file is missing, if all names say how many files there are (`t-2-of-4.csv`). The
/// first file may have the number 0 or 1. The names must be in natural order.
///
/// # Errors
///
/// When one of the files is missing.
pub(super) fn check_complete(table: &str, names: &[&str]) -> Result<()> {
    let numbers: Option<Vec<_>> = names.iter().map(|name| of_how_many(name)).collect();
    let Some((first, all)) = numbers.as_ref().and_then(|numbers| numbers.first()) else {
        return Ok(());
    };
    let mut in_order = numbers.iter().flatten().zip((*first).min(1)..);
    let is_complete =
        names.len() as u64 == *all && in_order.all(|(number, at)| *number == (at, *all));
    if !is_complete {
        fail!(
            "table {table} is incomplete: its file names say that there are {all} files, but only these were found: {}; add the missing files",
            names.join(", ")
        );
    }
    Ok(())
}

/// Parses `2-of-4` in a file name, as (number of the file, number of files). A fingerprint may
/// follow, as in `t-00000-of-00002-a09b74b3ef9c3b50.parquet`.
fn of_how_many(name: &str) -> Option<(u64, u64)> {
    let (before, after) = name.rsplit_once("-of-")?;
    let all = after.split(['.', '-']).next()?;
    let number = before.rsplit(['-', '_', '.', '/']).next()?;
    Some((number.parse().ok()?, all.parse().ok()?))
}

/// Whether the name of a file says that its fields are separated by tabs.
pub(super) fn separates_by_tabs(name: &str) -> bool {
    let bare = unpacked_name(name).to_ascii_lowercase();
    bare.ends_with(".tsv") || bare.ends_with(".tab")
}

/// Compares names in natural order, in which numbers compare by value: `a-2` is before `a-10`.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    let digits = |text: &[u8]| text.iter().take_while(|c| c.is_ascii_digit()).count();
    loop {
        let (in_a, in_b) = (digits(a), digits(b));
        let order = if in_a > 0 && in_b > 0 {
            let value = |text: &[u8]| -> Vec<u8> {
                text.iter().copied().skip_while(|c| *c == b'0').collect()
            };
            let (x, y) = (value(&a[..in_a]), value(&b[..in_b]));
            (a, b) = (&a[in_a..], &b[in_b..]);
            x.len().cmp(&y.len()).then(x.cmp(&y))
        } else {
            match (a.split_first(), b.split_first()) {
                (Some((x, rest_of_a)), Some((y, rest_of_b))) => {
                    (a, b) = (rest_of_a, rest_of_b);
                    x.cmp(y)
                }
                (x, y) => return x.is_some().cmp(&y.is_some()),
            }
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen<'a>(names: &[&'a str], table: &str) -> Result<Vec<&'a str>, String> {
        let tables = ["t", "t_photos", "t-old"];
        match choose(names, table, &tables) {
            Ok(places) => Ok(places.iter().map(|at| names[*at]).collect()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn a_table_is_one_file_or_several_in_the_order_of_their_names() {
        assert_eq!(chosen(&["x.csv", "t.csv.gz"], "t").unwrap(), ["t.csv.gz"]);
        assert_eq!(chosen(&["t.tsv", "t_photos.csv"], "t").unwrap(), ["t.tsv"]);
        for json in ["t.jsonl", "t.ndjson.gz", "t.json.zst"] {
            assert_eq!(chosen(&["x.jsonl", json], "t").unwrap(), [json]);
        }
        assert_eq!(
            chosen(&["t-10.csv", "t-9.csv.zst", "t-09.csv"], "t").unwrap(),
            ["t-09.csv", "t-9.csv.zst", "t-10.csv"]
        );
        assert_eq!(
            chosen(&["t-a.csv", "t_photos-a.csv", "t-old.csv"], "t").unwrap(),
            ["t-a.csv"],
            "other tables' files are theirs"
        );
        assert!(chosen(&["t.csv.xz", "t.txt"], "t").unwrap().is_empty());
    }

    #[test]
    fn a_file_name_in_another_case_belongs_to_the_table_if_only_one_table_matches() {
        assert_eq!(chosen(&["T.csv"], "t").unwrap(), ["T.csv"]);
        assert_eq!(
            chosen(&["T-2.csv", "t-1.csv"], "t").unwrap(),
            ["t-1.csv", "T-2.csv"]
        );
        let error = chosen(&["T.csv", "t.csv"], "t").unwrap_err();
        assert!(error.contains("several files: T.csv, t.csv; "), "{error}");
        let both = ["shop", "Shop"];
        let of = |table| choose(&["shop.csv", "SHOP.csv"], table, &both).unwrap();
        assert_eq!((of("shop"), of("Shop")), (vec![0], vec![]));
        assert_eq!(
            without_table(&["shop.csv", "SHOP.csv"], &both),
            ["SHOP.csv"]
        );
    }

    #[test]
    fn files_of_no_table_are_listed() {
        let names = [
            "t.csv.gz",
            "t-2.csv",
            "t.reasons.csv",
            "tt.tsv",
            "tt.jsonl",
            "t_photo.csv",
            "m.json",
        ];
        assert_eq!(
            without_table(&names, &["t", "t_photos"]),
            ["t_photo.csv", "tt.jsonl", "tt.tsv"]
        );
    }

    #[test]
    fn ambiguous_or_incomplete_files_are_an_error() {
        let error = chosen(&["t.csv.gz", "t.csv"], "t").unwrap_err();
        assert!(
            error.contains("several files: t.csv, t.csv.gz; "),
            "{error}"
        );
        let error = chosen(&["t.jsonl", "t.csv"], "t").unwrap_err();
        assert!(error.contains("several files: t.csv, t.jsonl; "), "{error}");
        assert!(chosen(&["t-1.csv", "t.csv"], "t").is_err());
        let parts = ["t-1-of-3.csv", "t-3-of-3.csv"];
        assert!(chosen(&parts, "t").unwrap_err().contains("incomplete"));
        assert!(chosen(&["t-2-of-2.csv", "t-1-of-2.csv"], "t").is_ok());
    }

    #[test]
    fn the_first_of_several_files_may_have_the_number_0_and_a_fingerprint() {
        let all = ["t-00000-of-00002.csv", "t-00001-of-00002.csv"];
        assert_eq!(chosen(&all, "t").unwrap(), all);
        let all = ["t-0-of-2-9f.csv", "t-1-of-2-a0.csv"];
        assert_eq!(chosen(&all, "t").unwrap(), all);
        for missing in [
            ["t-0-of-3.csv", "t-1-of-3.csv"],
            ["t-0-of-2.csv", "t-2-of-2.csv"],
            ["t-2-of-2.csv", "t-3-of-2.csv"],
        ] {
            let error = chosen(&missing, "t").unwrap_err();
            assert!(error.contains("incomplete"), "{missing:?}: {error}");
        }
    }
}

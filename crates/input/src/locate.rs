//! Finds the input files of each table: by their names in a folder or zip archive, or by options.
//!
//! `<table>.csv` or `<table>.tsv`, optionally followed by `.gz`, `.zst`, `.bz2` or `.zip`, has the
//! rows of the table. If there are several files `<table>-….csv`, the table is all of them, in the
//! order of their names. Anything ambiguous is an error, because a file that is ignored silently
//! would be rows lost.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Context, Result, fail};

use super::archive::{self, Entry};
use super::format::Format;
use super::input_file::InputFile;
use super::similar_path;
use super::storage::{self, Storage};
use super::table_input::TableInput;
use model::schema::{Schema, meant};

/// The input of a run.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// A folder, or a zip archive.
    pub directory: PathBuf,
    /// Files that were named for a table, in order. They are used instead of those of the folder.
    pub mapped: Vec<(String, PathBuf)>,
    /// The format of the files of all tables that are not in `tables`.
    pub format: Format,
    /// How the files of single tables are read: (table, in upper or lower case; how).
    pub tables: Vec<(String, TableInput)>,
}

impl Input {
    /// The files of a folder in the default format.
    pub fn folder(directory: &Path) -> Input {
        Input {
            directory: directory.to_owned(),
            ..Input::default()
        }
    }

    /// How the files of a table are read; `tables` are the names of the schema's tables.
    pub(super) fn of(&self, table: &str, tables: &[&str]) -> TableInput {
        let mut own = self.tables.iter();
        match own.find(|(name, _)| meant(name, tables) == Some(table)) {
            Some((_, own)) => own.clone(),
            None => TableInput {
                format: self.format.clone(),
            },
        }
    }

    /// The files that were named for this table.
    pub(super) fn mapped_to(&self, table: &str, tables: &[&str]) -> Vec<&Path> {
        let of_table = self
            .mapped
            .iter()
            .filter(|(name, _)| meant(name, tables) == Some(table));
        of_table.map(|(_, path)| path.as_path()).collect()
    }
}

/// The names in a folder or a zip archive.
pub(super) enum Listing {
    /// A local folder or one in S3.
    Folder(PathBuf, Vec<String>),
    Archive(Arc<dyn Storage>, String, Vec<Entry>),
}

impl Listing {
    pub(super) fn read(directory: &Path) -> Result<Listing> {
        let shown = storage::shown(directory);
        if let Some(address) = storage::address(directory).filter(|_| !is_archive(&shown)) {
            if !address.starts_with("s3://") {
                fail!(
                    "a web server cannot list its files; name the files of {shown} one by one with --map TABLE={}/TABLE.csv, or name a zip archive that contains them",
                    shown.trim_end_matches('/')
                );
            }
            let names = storage::list(address)?;
            return Ok(Listing::Folder(directory.to_owned(), names));
        }
        if directory.is_dir() {
            let list = || -> std::io::Result<Vec<String>> {
                std::fs::read_dir(directory)?
                    .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
                    .collect()
            };
            let names = list().with_context(|| format!("cannot read {shown}"))?;
            return Ok(Listing::Folder(directory.to_owned(), names));
        }
        if directory == Path::new("-") {
            fail!("standard input has the rows of one table; name the table: - --table reviews");
        }
        let on_network = storage::address(directory).is_some();
        if !on_network && !directory.exists() {
            fail!("{}", similar_path::not_found(directory));
        }
        if !is_archive(&shown) {
            fail!(
                "{shown} is a file, but a folder or a zip archive with the input files is expected; name that, or the file's table with --map TABLE={shown}"
            );
        }
        let storage = storage::open(directory)?;
        let name = shown.into_owned();
        let entries = archive::entries(&storage, &name)?;
        Ok(Listing::Archive(storage, name, entries))
    }

    fn names(&self) -> Vec<&str> {
        match self {
            Listing::Folder(_, names) => names.iter().map(String::as_str).collect(),
            Listing::Archive(_, _, entries) => entries.iter().map(Entry::file_name).collect(),
        }
    }

    /// Positions of a table's files in the list, in the order of their rows; empty if it has no
    /// file.
    pub(super) fn files_of(&self, table: &str, tables: &[&str]) -> Result<Vec<usize>> {
        let shown = match self {
            Listing::Folder(directory, _) => storage::shown(directory).into_owned(),
            Listing::Archive(_, name, _) => name.clone(),
        };
        choose(&self.names(), table, tables).with_context(|| shown)
    }

    /// Names of files that belong to no table.
    pub(super) fn files_without_table(&self, tables: &[&str]) -> Vec<String> {
        let stray = without_table(&self.names(), tables);
        stray.into_iter().map(str::to_owned).collect()
    }

    /// Opens one of the files.
    pub(super) fn open(&self, at: usize, table: &str, format: &Format) -> Result<InputFile> {
        match self {
            Listing::Folder(directory, names) => {
                InputFile::open(&directory.join(&names[at]), table, format)
            }
            Listing::Archive(storage, name, entries) => {
                InputFile::entry(storage, name, &entries[at], format)
            }
        }
    }
}

/// Names of the schema's tables that have files in the input, in load order.
///
/// # Errors
///
/// When the input cannot be read.
pub fn tables_present(input: &Input, schema: &Schema) -> Result<Vec<String>> {
    let names: Vec<&str> = schema.tables.iter().map(|t| t.name.as_str()).collect();
    let mut present = Vec::new();
    let listing = Listing::read(&input.directory)?;
    for name in &names {
        if !input.mapped_to(name, &names).is_empty() || !listing.files_of(name, &names)?.is_empty()
        {
            present.push((*name).to_owned());
        }
    }
    Ok(present)
}

/// Names of the files in the folder or archive that are named like input files but belong to no
/// table of the schema.
/// # Errors
///
/// When it cannot be read.
pub fn files_without_table(input: &Input, schema: &Schema) -> Result<Vec<String>> {
    let known: Vec<_> = schema.tables.iter().map(|t| t.name.as_str()).collect();
    Ok(Listing::read(&input.directory)?.files_without_table(&known))
}

/// Whether a local zip archive contains a file of this name.
pub fn archive_contains(archive: &Path, name: &str) -> bool {
    archive.is_file()
        && is_archive(&archive.to_string_lossy())
        && Listing::read(archive).is_ok_and(|listing| listing.names().contains(&name))
}

fn is_archive(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|e| e == "zip")
}

/// A file name without the extension of its compression.
pub(super) fn unpacked_name(name: &str) -> &str {
    let packed = [".gz", ".zst", ".bz2", ".zip"];
    let bare = packed.iter().find_map(|end| name.strip_suffix(end));
    bare.unwrap_or(name)
}

/// A file name without its extensions, if it is that of an input file.
fn stem(name: &str) -> Option<&str> {
    let bare = unpacked_name(name);
    bare.strip_suffix(".csv")
        .or_else(|| bare.strip_suffix(".tsv"))
}

/// Names of input files that belong to none of these tables. A name with another word after a dot
/// (`<table>.reasons.csv`) belongs to the table.
fn without_table<'a>(names: &[&'a str], tables: &[&str]) -> Vec<&'a str> {
    let is_of = |stem: &str, table: &str| {
        let rest = behind(stem, table, tables);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '.']))
    };
    let is_stray = |name: &&&str| {
        stem(name).is_some_and(|stem| !tables.iter().any(|table| is_of(stem, table)))
    };
    let mut stray: Vec<_> = names.iter().filter(is_stray).copied().collect();
    stray.sort_unstable();
    stray
}

/// The rest of a file name after the name of the table. Their case may differ if only one table can
/// be meant.
fn behind<'a>(stem: &'a str, table: &str, tables: &[&str]) -> Option<&'a str> {
    let (start, rest) = stem.split_at_checked(table.len())?;
    (meant(start, tables) == Some(table)).then_some(rest)
}

fn choose(names: &[&str], table: &str, tables: &[&str]) -> Result<Vec<usize>> {
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
    if let Some(numbers) = parts
        .iter()
        .map(|p| of_how_many(p.1))
        .collect::<Option<Vec<_>>>()
        && let Some((_, all)) = numbers.first()
    {
        let complete = numbers.len() as u64 == *all
            && numbers
                .iter()
                .zip(1..)
                .all(|(number, at)| *number == (at, *all));
        if !complete {
            let places: Vec<_> = parts.iter().map(|p| p.0).collect();
            fail!(
                "table {table} is incomplete: its file names say that there are {all} files, but only these were found: {}",
                listed(&places)
            );
        }
    }
    whole.extend(parts.iter().map(|p| p.0));
    Ok(whole)
}

/// Parses `2-of-4`.
fn of_how_many(part: &str) -> Option<(u64, u64)> {
    let (number, all) = part.split_once("-of-")?;
    Some((number.parse().ok()?, all.parse().ok()?))
}

/// Compares names; numbers in them compare by value: `a-2` is before `a-10`.
fn natural(a: &str, b: &str) -> Ordering {
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
            "t_photo.csv",
            "m.json",
        ];
        assert_eq!(
            without_table(&names, &["t", "t_photos"]),
            ["t_photo.csv", "tt.tsv"]
        );
    }

    #[test]
    fn ambiguous_or_incomplete_files_are_an_error() {
        let error = chosen(&["t.csv.gz", "t.csv"], "t").unwrap_err();
        assert!(
            error.contains("several files: t.csv, t.csv.gz; "),
            "{error}"
        );
        assert!(chosen(&["t-1.csv", "t.csv"], "t").is_err());
        let parts = ["t-1-of-3.csv", "t-3-of-3.csv"];
        assert!(chosen(&parts, "t").unwrap_err().contains("incomplete"));
        assert!(chosen(&["t-2-of-2.csv", "t-1-of-2.csv"], "t").is_ok());
    }
}

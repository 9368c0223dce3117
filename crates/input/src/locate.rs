//! Finds the input files of each table: by options and settings, or by their names in a folder or
//! zip archive (`file_names`). Anything ambiguous is an error, because the rows of a silently
//! ignored file would be lost.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Context, Result, fail};

use super::archive::{self, Entry};
use super::file_names::{check_complete, choose, natural, without_table};
use super::format::Format;
use super::input_file::InputFile;
use super::mapping::Rename;
use super::other_kinds;
use super::pattern;
use super::similar_path;
use super::storage::{self, Storage};
use super::table_input::TableInput;
use model::schema::{Schema, meant};

/// The input of a run.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// The folder or zip archive with the input files.
    pub directory: PathBuf,
    /// The files that `--map` names for tables, in order. Names may contain `*` and `?`. For these
    /// tables, the files in the folder are not used.
    pub mapped: Vec<(String, PathBuf)>,
    /// Fields that fill a column of another name. A rename applies to every table that has the
    /// column and whose files have the field. A rename whose field name begins with `TABLE.`
    /// applies to that table alone.
    pub renames: Vec<Rename>,
    /// The format of the files of all tables that have no entry in `tables`.
    pub format: Format,
    /// Settings of single tables: (table name in any case, settings).
    pub tables: Vec<(String, TableInput)>,
    /// Whether files may lack columns that need a value, because their records may update existing
    /// rows.
    pub partial: bool,
}

impl Input {
    /// An input that reads all files of a folder in the default format.
    pub fn folder(directory: &Path) -> Input {
        Input {
            directory: directory.to_owned(),
            ..Input::default()
        }
    }

    /// The settings by which the files of a table are found and read. `tables` are the names of the
    /// schema's tables.
    pub(super) fn of(&self, table: &str, tables: &[&str]) -> TableInput {
        let mut own = self.tables.iter();
        let mut read = match own.find(|(name, _)| meant(name, tables) == Some(table)) {
            Some((_, own)) => own.clone(),
            None => TableInput {
                format: self.format.clone(),
                ..TableInput::default()
            },
        };
        read.mapping.partial = self.partial;
        for rename in &self.renames {
            match rename.of_table(tables) {
                Some((named, rename)) if named == table => read.mapping.renames.push(rename),
                Some(_) => {}
                None => read.mapping.renames_of_all.push(rename.clone()),
            }
        }
        read
    }

    /// The files that `--map` names for a table, in order. Empty if there are none.
    ///
    /// # Errors
    ///
    /// When a pattern matches no file.
    pub(super) fn mapped_to(&self, table: &str, tables: &[&str]) -> Result<Vec<PathBuf>> {
        let mut files: Vec<PathBuf> = Vec::new();
        for (_, path) in self.mapped_names(table, tables) {
            let found = pattern::files(path).with_context(|| format!("table {table}"))?;
            take_new(&mut files, found);
        }
        Ok(files)
    }

    /// Whether `--map` names files for a table.
    pub(super) fn is_mapped(&self, table: &str, tables: &[&str]) -> bool {
        self.mapped_names(table, tables).next().is_some()
    }

    fn mapped_names<'a>(
        &'a self,
        table: &'a str,
        tables: &'a [&'a str],
    ) -> impl Iterator<Item = &'a (String, PathBuf)> {
        let mapped = self.mapped.iter();
        mapped.filter(move |(name, _)| meant(name, tables) == Some(table))
    }
}

/// Adds files to a list, except those that it already contains.
fn take_new<T: PartialEq>(files: &mut Vec<T>, found: Vec<T>) {
    for file in found {
        if !files.contains(&file) {
            files.push(file);
        }
    }
}

/// Where the files of a table are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Located {
    /// Paths, in the order of their rows.
    Paths(Vec<PathBuf>),
    /// Positions in the listing of the folder or archive, in the order of their rows.
    Listed(Vec<usize>),
}

impl Located {
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Located::Paths(paths) => paths.is_empty(),
            Located::Listed(places) => places.is_empty(),
        }
    }
}

/// The names in a folder or a zip archive.
pub(super) enum Listing {
    /// A local folder or one in a bucket, with the names in it.
    Folder(PathBuf, Vec<String>),
    Archive(Arc<dyn Storage>, String, Vec<Entry>),
}

impl Listing {
    pub(super) fn read(directory: &Path) -> Result<Listing> {
        let shown = storage::shown(directory);
        if let Some(address) = storage::address(directory).filter(|_| !is_archive(&shown)) {
            if !storage::is_in_a_bucket(address) {
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
            fail!("standard input can fill only one table; name the table: - --table TABLE");
        }
        let on_network = storage::address(directory).is_some();
        if !on_network && !directory.exists() {
            fail!("{}", similar_path::not_found(directory));
        }
        if !is_archive(&shown) {
            if let Some(words) = other_kinds::by_name(&shown) {
                fail!("{words}");
            }
            fail!(
                "{shown} is a file, but a folder or a zip archive with the input files is expected; name the folder or archive, or say which table the file is for with --map TABLE={shown}"
            );
        }
        let storage = storage::open(directory)?;
        let name = shown.into_owned();
        let entries = archive::entries(&storage, &name)?;
        Ok(Listing::Archive(storage, name, entries))
    }

    /// The names of the files, without their folders.
    pub(super) fn names(&self) -> Vec<&str> {
        match self {
            Listing::Folder(_, names) => names.iter().map(String::as_str).collect(),
            Listing::Archive(_, _, entries) => entries.iter().map(Entry::file_name).collect(),
        }
    }

    /// The files of a table that match these patterns, in order.
    ///
    /// # Errors
    ///
    /// When a pattern matches no file, or when the files' names say how many there are and one is
    /// missing.
    pub(super) fn files_by_patterns(&self, table: &str, patterns: &[String]) -> Result<Located> {
        let located = match self {
            Listing::Folder(directory, _) => {
                let mut files = Vec::new();
                for text in patterns {
                    let found = pattern::files(&in_folder(directory, text));
                    let found = found.with_context(|| format!("table {table}"))?;
                    take_new(&mut files, found);
                }
                Located::Paths(files)
            }
            Listing::Archive(_, archive, entries) => {
                let mut places = Vec::new();
                for text in patterns {
                    let found = in_archive(entries, text);
                    if found.is_empty() {
                        let names: Vec<_> = entries.iter().map(|e| e.name.clone()).collect();
                        let there = pattern::listed(archive, &names);
                        fail!("table {table}: no file matches {text}; {there}");
                    }
                    take_new(&mut places, found);
                }
                Located::Listed(places)
            }
        };
        let names: Vec<String> = match &located {
            Located::Paths(paths) => paths
                .iter()
                .map(|p| storage::shown(p).into_owned())
                .collect(),
            Located::Listed(places) => {
                let names = self.names();
                places.iter().map(|at| names[*at].to_owned()).collect()
            }
        };
        check_complete(table, &names.iter().map(String::as_str).collect::<Vec<_>>())?;
        Ok(located)
    }

    /// Whether one of these patterns matches a file.
    fn has_files(&self, patterns: &[String]) -> bool {
        patterns.iter().any(|text| match self {
            Listing::Folder(directory, _) => {
                let files = pattern::files(&in_folder(directory, text)).unwrap_or_default();
                let mut files = files.iter();
                files.any(|file| storage::address(file).is_some() || file.exists())
            }
            Listing::Archive(_, _, entries) => !in_archive(entries, text).is_empty(),
        })
    }

    /// Whether a pattern matches a file in the list.
    fn is_read_by(&self, pattern: &str, name: &str) -> bool {
        match self {
            Listing::Folder(..) => pattern::matches_path(pattern, name),
            // `name` has no folder, so only the last part of the pattern is compared
            Listing::Archive(..) => {
                let last = pattern.rsplit('/').next().unwrap_or_default();
                pattern::matches(last, name)
            }
        }
    }

    /// Positions in the list of a table's files, in the order of their rows. Empty if the table has
    /// no file.
    pub(super) fn files_of(&self, table: &str, tables: &[&str]) -> Result<Vec<usize>> {
        let shown = match self {
            Listing::Folder(directory, _) => storage::shown(directory).into_owned(),
            Listing::Archive(_, name, _) => name.clone(),
        };
        choose(&self.names(), table, tables).with_context(|| shown)
    }

    /// Names of input files whose name belongs to no table.
    pub(super) fn files_without_table(&self, tables: &[&str]) -> Vec<String> {
        let stray = without_table(&self.names(), tables);
        stray.into_iter().map(str::to_owned).collect()
    }

    /// Names of the located files. Empty if the files are not in the list.
    pub(super) fn names_of(&self, located: &Located) -> Vec<&str> {
        let names = self.names();
        match located {
            Located::Paths(_) => Vec::new(),
            Located::Listed(places) => places.iter().map(|at| names[*at]).collect(),
        }
    }

    /// Opens the file with this name. `None` if it does not exist or cannot be opened.
    pub(super) fn open_named(&self, name: &str, table: &str, format: &Format) -> Option<InputFile> {
        let at = self.names().iter().position(|other| *other == name)?;
        self.open(at, table, format).ok()
    }

    /// Opens the file at this position in the list.
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

/// The path of a file in an input folder. For the current folder, this is only the name of the
/// file.
pub(super) fn in_folder(directory: &Path, name: &str) -> PathBuf {
    match storage::address(directory) {
        Some(address) => PathBuf::from(format!("{}/{name}", address.trim_end_matches('/'))),
        None if directory == Path::new(".") => PathBuf::from(name),
        None => directory.join(name),
    }
}

/// Positions of the entries that match a pattern, in natural order. A pattern with a folder is
/// compared with the paths of the entries, other patterns also with their file names.
fn in_archive(entries: &[Entry], text: &str) -> Vec<usize> {
    let mut places: Vec<usize> = (0..entries.len())
        .filter(|at| {
            let entry = &entries[*at];
            pattern::matches_path(text, &entry.name) || pattern::matches(text, entry.file_name())
        })
        .collect();
    let name = |at: &usize| entries[*at].name.as_str();
    places.sort_by(|a, b| natural(name(a), name(b)).then_with(|| name(a).cmp(name(b))));
    places
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
        let patterns = input.of(name, &names).files;
        let is_present = input.is_mapped(name, &names)
            || match patterns.is_empty() {
                true => !listing.files_of(name, &names)?.is_empty(),
                // if no file matches the setting, the table gets no rows in this run
                false => listing.has_files(&patterns),
            };
        if is_present {
            present.push((*name).to_owned());
        }
    }
    Ok(present)
}

/// Names of the files in the folder or archive that have the name of an input file but belong to no
/// table of the schema.
///
/// # Errors
///
/// When the folder or archive cannot be read.
pub fn files_without_table(input: &Input, schema: &Schema) -> Result<Vec<String>> {
    let known: Vec<_> = schema.tables.iter().map(|t| t.name.as_str()).collect();
    let listing = Listing::read(&input.directory)?;
    let (mut by_name, mut patterns) = (Vec::new(), Vec::new());
    for name in &known {
        let files = input.of(name, &known).files;
        match files.is_empty() {
            true => by_name.push(*name),
            false => patterns.extend(files),
        }
    }
    let mut stray = listing.files_without_table(&by_name);
    stray.retain(|name| {
        !patterns
            .iter()
            .any(|pattern| listing.is_read_by(pattern, name))
    });
    Ok(stray)
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

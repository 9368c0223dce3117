//! Files that may have the rows of tables without a file.

use std::path::Path;

use super::{Situation, other_formats};
use crate::file_names::unpacked_name;
use crate::format::HeaderLine;
use crate::header::{ColumnSource, HEADER_LIMIT, Header};
use crate::locate::{Listing, in_folder};
use crate::near::nearest;
use crate::open::TableFiles;
use model::shell::quoted;

/// Extensions of text files with rows.
const OF_ROWS: [&str; 7] = ["csv", "tsv", "txt", "dat", "data", "tab", "psv"];

/// A file that may have the rows of a table.
pub(super) struct Candidate {
    /// The table.
    pub(super) table: String,
    /// The file's name in the folder or archive.
    pub(super) file: String,
    /// The option that takes it, quoted for a shell.
    pub(super) option: String,
    sign: Sign,
}

/// Why a file may be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// It has the table's name.
    Name,
    /// It is in a folder one level down, and has the table's name.
    Below,
    /// It is a folder with the table's name.
    Folder,
    /// Its header has the table's columns.
    Header,
    /// Its name is similar.
    SimilarName,
}

impl Candidate {
    /// Why the file may be meant, in words.
    pub(super) fn reason(&self) -> String {
        let Candidate { table, file, .. } = self;
        match self.sign {
            Sign::Name | Sign::Below => format!("{file} has the name of table {table}"),
            Sign::Folder => format!("the folder {file} has the name of table {table}"),
            Sign::Header => format!("{file} has the columns of table {table}"),
            Sign::SimilarName => format!("the name of {file} is similar to that of table {table}"),
        }
    }
}

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) candidates: Vec<Candidate>,
    /// Tables of which several files have the name, with these files.
    pub(super) several: Vec<(String, Vec<String>)>,
}

impl Found {
    fn is_open(&self, table: &str) -> bool {
        !self.candidates.iter().any(|c| c.table == table)
            && !self.several.iter().any(|(name, _)| name == table)
    }

    fn is_free(&self, file: &str) -> bool {
        !self.candidates.iter().any(|c| c.file == file)
    }

    fn add(&mut self, listing: &Listing, table: &str, file: &str, sign: Sign) {
        let setting = match listing {
            Listing::Folder(directory, _) => {
                let path = in_folder(directory, file);
                format!("--map {}", quoted(&format!("{table}={}", path.display())))
            }
            Listing::Archive(..) => format!("--set {}", quoted(&format!("{table}.files={file}"))),
        };
        self.candidates.push(Candidate {
            table: table.to_owned(),
            file: file.to_owned(),
            option: setting,
            sign,
        });
    }
}

/// Files that may have the rows of the missing tables, the surest sign first for each table.
pub(super) fn find(situation: &Situation<'_>, listing: &Listing) -> Found {
    let mut found = Found::default();
    for files in &situation.missing {
        let table = files.table.name.as_str();
        match &alike(listing, table)[..] {
            [] => by_folders(listing, table, &mut found),
            [only] => found.add(listing, table, only, Sign::Name),
            several => {
                let paths = several.iter().map(|name| shown_in(listing, name));
                found.several.push((table.to_owned(), paths.collect()));
            }
        }
    }
    by_headers(situation, listing, &mut found);
    by_similar_names(situation, listing, &mut found);
    let place = |c: &Candidate| situation.known.iter().position(|name| *name == c.table);
    found.candidates.sort_by_key(place);
    found
}

fn shown_in(listing: &Listing, name: &str) -> String {
    match listing {
        Listing::Folder(directory, _) => in_folder(directory, name).display().to_string(),
        Listing::Archive(..) => name.to_owned(),
    }
}

/// Whether a name in the list is that of a file.
fn is_file(listing: &Listing, name: &str) -> bool {
    match listing {
        Listing::Folder(directory, _) => in_folder(directory, name).is_file(),
        Listing::Archive(..) => true,
    }
}

/// Files that have the table's name, but another extension or another case.
fn alike<'l>(listing: &'l Listing, table: &str) -> Vec<&'l str> {
    let is_alike = |name: &&str| {
        let bare = unpacked_name(name);
        let (stem, _) = bare.rsplit_once('.').unwrap_or((bare, ""));
        stem.eq_ignore_ascii_case(table)
            && other_formats::may_have_rows(bare)
            && is_file(listing, name)
    };
    let mut names = listing.names();
    names.retain(is_alike);
    names.sort_unstable();
    names
}

/// Files of a table that are one level down: in a folder with other files, or in a folder that has
/// the table's name.
fn by_folders(listing: &Listing, table: &str, found: &mut Found) {
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

/// The only folder one level down that has files of all missing tables, if the folder itself has
/// none of any table.
pub(super) fn folder_with_all(situation: &Situation<'_>, listing: &Listing) -> Option<String> {
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

/// Whether a file has the table's name, as the files of the input folder have it.
fn is_of(file: &str, table: &str) -> bool {
    let bare = unpacked_name(file);
    let stem = bare.strip_suffix(".csv").or(bare.strip_suffix(".tsv"));
    stem.is_some_and(|stem| stem.eq_ignore_ascii_case(table))
}

/// Names of the files in a folder, if it is one that holds no reject files.
fn files_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<_> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort_unstable();
    match names.iter().any(|name| name.ends_with(".reasons.csv")) {
        true => Vec::new(),
        false => names,
    }
}

/// The extensions of the files, if all have the same and they are those of files with rows.
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

/// Gives files that belong to no table, or that do not fit their table, to the tables that their
/// headers fit, if only one file and one table can be meant.
fn by_headers(situation: &Situation<'_>, listing: &Listing, found: &mut Found) {
    let missing = situation.missing.iter();
    let missing = missing.filter(|t| found.is_open(&t.table.name));
    let tables: Vec<_> = missing.chain(&situation.misfits).collect();
    let mut files = listing.files_without_table(situation.known);
    for misfit in &situation.misfits {
        if let [only] = &listing.names_of(&misfit.located)[..] {
            files.push((*only).to_owned());
        }
    }
    files.retain(|file| found.is_free(file));
    let mut pairs = Vec::new();
    for (at, files_of) in tables.iter().enumerate() {
        let fitting = files.iter().filter(|file| fits(listing, file, files_of));
        pairs.extend(fitting.map(|file| (at, file.clone())));
    }
    for (at, file) in &pairs {
        let is_only = pairs.iter().filter(|(a, f)| a == at || f == file).count() == 1;
        if is_only {
            found.add(listing, &tables[*at].table.name, file, Sign::Header);
        }
    }
}

/// Whether the header of a file fits a table: it has all columns that need a value, and most of its
/// fields are columns.
fn fits(listing: &Listing, file: &str, files: &TableFiles<'_>) -> bool {
    if files.read.format.header == HeaderLine::Absent {
        return false;
    }
    let header = || -> Option<Header> {
        let opened = listing.open_named(file, &files.table.name, &files.read.format)?;
        let read = files.read.for_file(&opened.name);
        let start = opened.beginning(HEADER_LIMIT).ok()?;
        Header::parse(&start, file, files.table, &read).ok()
    };
    let Some(header) = header() else {
        return false;
    };
    let is_field = |(_, source): &&(usize, ColumnSource)| matches!(source, ColumnSource::Field(_));
    let filled = header.columns.iter().filter(is_field).count();
    filled > 1 && 2 * filled > header.fields
}

/// Gives files that belong to no table to the tables with similar names.
fn by_similar_names(situation: &Situation<'_>, listing: &Listing, found: &mut Found) {
    let is_free = |name: &&str| {
        let bare = unpacked_name(name);
        let ending = bare.rsplit_once('.').map_or("", |(_, ending)| ending);
        OF_ROWS.contains(&ending) && found.is_free(name) && is_file(listing, name)
    };
    let stray = listing.files_without_table(situation.known);
    let mut names = listing.names();
    // files of other tables are theirs
    names.retain(|name| {
        let is_read_by_name = is_csv(name);
        is_free(name) && (!is_read_by_name || stray.iter().any(|other| other == name))
    });
    let stem = |name: &str| {
        let bare = unpacked_name(name);
        bare.rsplit_once('.')
            .map_or(bare, |(stem, _)| stem)
            .to_owned()
    };
    let open: Vec<&str> = situation
        .missing
        .iter()
        .map(|t| t.table.name.as_str())
        .filter(|table| found.is_open(table))
        .collect();
    for table in &open {
        let stems: Vec<String> = names.iter().map(|name| stem(name)).collect();
        let Some(near) = nearest(table, stems.iter()) else {
            continue;
        };
        let is_mutual = nearest(near, open.iter()) == Some(table);
        let mut of_stem = names.iter().zip(&stems).filter(|(_, stem)| *stem == near);
        if let (true, Some((name, _)), None) = (is_mutual, of_stem.next(), of_stem.next()) {
            found.add(listing, table, name, Sign::SimilarName);
        }
    }
}

fn is_csv(name: &str) -> bool {
    let bare = unpacked_name(name);
    bare.ends_with(".csv") || bare.ends_with(".tsv")
}

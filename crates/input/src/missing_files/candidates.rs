//! Candidates: files that may have the rows of tables that have no file.

pub(super) mod by_folders;
mod by_headers;
mod by_names;

use super::Situation;
use crate::locate::{Listing, in_folder};
use by_names::alike;
use model::shell::quoted;

/// Extensions of files with rows.
const OF_ROWS: [&str; 11] = [
    "csv", "tsv", "jsonl", "ndjson", "json", "parquet", "txt", "dat", "data", "tab", "psv",
];

/// A file that may have the rows of a table.
pub(super) struct Candidate {
    /// The table.
    pub(super) table: String,
    /// The name of the file in the folder or archive, or a pattern for several files.
    pub(super) file: String,
    /// The option that loads the file into the table, quoted for a shell.
    pub(super) option: String,
    sign: Sign,
}

/// Why a file is a candidate for a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// The file has the table's name.
    Name,
    /// The file has the table's name and is in a folder one level down.
    Below,
    /// The files are in a folder that has the table's name.
    Folder,
    /// The file's name begins with that of the table.
    Beginning,
    /// The file's header has the table's columns.
    Header,
    /// The file's name is similar to that of the table.
    SimilarName,
    /// The file's extension is the table's name, in the singular or plural.
    Ending,
    /// The file is the only one left that may have rows, and the table is the only one left without
    /// a file.
    Last,
}

impl Candidate {
    /// Whether the candidate is this file, or is a pattern that matches it.
    pub(super) fn is_of(&self, file: &str) -> bool {
        self.file == file || crate::pattern::matches(&self.file, file)
    }

    /// Why the file is a candidate, in words.
    pub(super) fn reason(&self) -> String {
        let Candidate { table, file, .. } = self;
        match self.sign {
            Sign::Name | Sign::Below => format!("{file} has the name of table {table}"),
            Sign::Folder => format!("the folder of {file} has the name of table {table}"),
            Sign::Beginning if crate::pattern::has_wildcards(file) => {
                format!("the names of the files {file} begin with that of table {table}")
            }
            Sign::Beginning => format!("the name of {file} begins with that of table {table}"),
            Sign::Header => format!("{file} has the columns of table {table}"),
            Sign::SimilarName => format!("the name of {file} is similar to that of table {table}"),
            Sign::Ending => format!("the name of {file} ends in that of table {table}"),
            Sign::Last => format!("{file} is the only file left for table {table}"),
        }
    }
}

/// The candidates that were found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) candidates: Vec<Candidate>,
    /// Tables with several files that have the table's name: (table, files). The user has to
    /// choose.
    pub(super) several: Vec<(String, Vec<String>)>,
}

impl Found {
    pub(super) fn is_open(&self, table: &str) -> bool {
        !self.candidates.iter().any(|c| c.table == table)
            && !self.several.iter().any(|(name, _)| name == table)
    }

    fn is_free(&self, file: &str) -> bool {
        !self.candidates.iter().any(|c| c.is_of(file))
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

/// Finds files that may have the rows of the missing tables. For each table, the surest sign is
/// tried first.
pub(super) fn find(situation: &Situation<'_>, listing: &Listing) -> Found {
    let mut found = Found::default();
    for files in &situation.missing {
        let table = files.table.name.as_str();
        match &alike(listing, table)[..] {
            [] => by_folders::find(listing, table, &mut found),
            [only] => found.add(listing, table, only, Sign::Name),
            several => {
                let paths = several.iter().map(|name| shown_in(listing, name));
                found.several.push((table.to_owned(), paths.collect()));
            }
        }
    }
    by_names::give_beginnings(situation, listing, &mut found);
    by_headers::give(situation, listing, &mut found);
    by_names::give_similar(situation, listing, &mut found);
    by_names::give_endings(situation, listing, &mut found);
    by_names::give_the_last(situation, listing, &mut found);
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

/// Whether a name in the list is that of a file, not of a folder.
fn is_file(listing: &Listing, name: &str) -> bool {
    match listing {
        Listing::Folder(directory, _) => in_folder(directory, name).is_file(),
        Listing::Archive(..) => true,
    }
}

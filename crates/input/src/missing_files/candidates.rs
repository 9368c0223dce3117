//! Files that may have the rows of tables without a file.

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
    /// Its name begins with that of the table.
    Beginning,
    /// Its header has the table's columns.
    Header,
    /// Its name is similar.
    SimilarName,
    /// Its extension has the table's name, in the plural or not.
    Ending,
    /// No other file may have rows that no table takes, and no other table lacks its file.
    Last,
}

impl Candidate {
    /// Whether this file is the candidate, or one of several.
    pub(super) fn is_of(&self, file: &str) -> bool {
        self.file == file || crate::pattern::matches(&self.file, file)
    }

    /// Why the file may be meant, in words.
    pub(super) fn reason(&self) -> String {
        let Candidate { table, file, .. } = self;
        match self.sign {
            Sign::Name | Sign::Below => format!("{file} has the name of table {table}"),
            Sign::Folder => format!("the folder of {file} has the name of table {table}"),
            Sign::Beginning if crate::pattern::has_wildcards(file) => {
                format!("the names {file} begin with that of table {table}")
            }
            Sign::Beginning => format!("the name of {file} begins with that of table {table}"),
            Sign::Header => format!("{file} has the columns of table {table}"),
            Sign::SimilarName => format!("the name of {file} is similar to that of table {table}"),
            Sign::Ending => format!("the name of {file} ends in that of table {table}"),
            Sign::Last => format!("{file} is the only file left for table {table}"),
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

/// Files that may have the rows of the missing tables, the surest sign first for each table.
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

/// Whether a name in the list is that of a file.
fn is_file(listing: &Listing, name: &str) -> bool {
    match listing {
        Listing::Folder(directory, _) => in_folder(directory, name).is_file(),
        Listing::Archive(..) => true,
    }
}

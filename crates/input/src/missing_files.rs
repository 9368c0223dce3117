//! The error about tables without an input file. It proposes options for files that may be meant,
//! or else says how to continue.

mod candidates;
pub(crate) mod other_formats;

use super::locate::Listing;
use super::table_files::TableFiles;
use candidates::{Candidate, Found, by_folders};

/// Which files were found and which are missing.
pub(super) struct Situation<'a> {
    /// The tables without a file.
    pub(super) missing: Vec<&'a TableFiles<'a>>,
    /// The tables whose files do not fit.
    pub(super) misfits: Vec<&'a TableFiles<'a>>,
    /// Names of the tables that have files.
    pub(super) found: Vec<&'a str>,
    /// Names of all tables of the schema.
    pub(super) known: &'a [&'a str],
    /// The names in the input folder or archive.
    pub(super) listing: Option<&'a Listing>,
}

impl Situation<'_> {
    /// Names of the tables without a file and without a candidate.
    fn open_tables(&self, found: &Found) -> Vec<&str> {
        let tables = self.missing.iter().map(|t| t.table.name.as_str());
        tables.filter(|table| found.is_open(table)).collect()
    }
}

/// The message about the tables that have no file.
pub(super) fn message(situation: &Situation<'_>) -> String {
    let missing = situation.missing.iter();
    let names: Vec<_> = missing.map(|t| format!("{}.csv", t.table.name)).collect();
    let mut words = format!("no {}", names.join(", no "));
    let Some(listing) = situation.listing else {
        return words;
    };
    if let Some(folder) = by_folders::with_all(situation, listing) {
        words.push_str(&format!(
            "; {folder} has the files of all tables: name that folder instead"
        ));
        return words;
    }
    let found = candidates::find(situation, listing);
    for (table, several) in &found.several {
        words.push_str(&format!(
            "; several files have the name of table {table} ({}): choose one with --map {table}=FILE",
            several.join(", ")
        ));
    }
    words.push_str(&suggested(&found.candidates));
    let rest = situation.open_tables(&found);
    words.push_str(&other_formats::words(&rest, listing));
    words.push_str(&other_ways(situation, listing, &rest, &found.candidates));
    words
}

/// The part of the message that names the candidates and the options that load them.
fn suggested(candidates: &[Candidate]) -> String {
    if candidates.is_empty() {
        return String::new();
    }
    let reasons: Vec<_> = candidates.iter().map(Candidate::reason).collect();
    let options: Vec<_> = candidates.iter().map(|c| c.option.as_str()).collect();
    let condition = match candidates.len() {
        1 => "if it is the right file",
        _ => "if they are the right files",
    };
    format!(
        "; {}; {condition}, add {}",
        reasons.join(", "),
        options.join(" ")
    )
}

/// The part of the message for tables without a candidate: what the user can do instead.
fn other_ways(
    situation: &Situation<'_>,
    listing: &Listing,
    rest: &[&str],
    candidates: &[Candidate],
) -> String {
    let Some(first) = rest.first() else {
        return String::new();
    };
    let mut stray = listing.files_without_table(situation.known);
    stray.retain(|name| !candidates.iter().any(|c| c.is_of(name)));
    if !stray.is_empty() {
        return format!(
            "; these files belong to no table: {}; if one of them has the rows, name it with --map {first}=FILE",
            stray.join(", ")
        );
    }
    if !situation.found.is_empty() {
        return format!(
            "; add the file, or load only the other tables with --tables {}",
            situation.found.join(",")
        );
    }
    match candidates.is_empty() {
        true if listing.names().is_empty() => {
            "; the folder or archive is empty: name the one with the input files".to_owned()
        }
        true if other_formats::has_some(rest, listing) => String::new(),
        true => "; name the folder with the input files: reviewseed … DIR".to_owned(),
        false => String::new(),
    }
}

//! Groups the files of an input for which no schema exists: each group is probably one table. Also
//! reads the first bytes of these files.

use std::path::PathBuf;

use crate::error::Result;
use crate::file_names::{natural, other_stem, separates_by_tabs, stem};
use crate::format::Format;
use crate::header;
use crate::input_file::{InputFile, TextKind};
use crate::locate::{Input, Listing};
use crate::missing_files::other_formats;
use crate::pattern;
use crate::storage::shown;
use crate::table_input::TableInput;

/// Words before the number in the name of a file that has only some of the rows of its table.
const PART_WORDS: [&str; 5] = ["part", "chunk", "split", "batch", "p"];

/// Why files are taken for those of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileOrigin {
    /// The files have an extension of input files.
    Extension,
    /// The files have an extension of text files that often contain records, such as `.txt` and
    /// `.dat`.
    OtherExtension,
    /// An option maps the files to the table.
    Mapped,
}

/// The files that are probably one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileGroup {
    /// The common name of the files, without extensions and numbers, or the table that `--map`
    /// names.
    pub name: String,
    /// The names of the files in the order of their rows. If `--map` names the files, these are
    /// paths.
    pub files: Vec<String>,
    /// Why the files are taken for those of a table.
    pub origin: FileOrigin,
}

impl FileGroup {
    /// Whether an option maps the files to the table.
    pub fn is_mapped(&self) -> bool {
        self.origin == FileOrigin::Mapped
    }
}

/// The beginning of a file.
#[derive(Debug)]
pub struct FileStart {
    /// The name of the file in messages.
    pub file: String,
    /// The first bytes of its text.
    pub text: Vec<u8>,
    /// Whether `text` is the whole text of the file.
    pub is_whole: bool,
    /// Whether the file is JSON, or Parquet, which is read as JSON.
    pub is_json: bool,
    /// Whether the file is a JSON array. The elements of the array are the records.
    pub is_array: bool,
    /// Whether the file's name says that fields are separated by tabs.
    pub is_tsv: bool,
    /// Columns of a Parquet file that contain bytes and that the file does not declare as text.
    pub of_bytes: Vec<String>,
}

/// The files of an input.
pub struct Folder<'a> {
    input: &'a Input,
    listing: Option<Listing>,
}

impl std::fmt::Debug for Folder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Folder")
            .field("directory", &self.input.directory)
            .finish_non_exhaustive()
    }
}

impl<'a> Folder<'a> {
    /// Lists the files of a folder or an archive, unless options name the files of all tables.
    ///
    /// # Errors
    ///
    /// When the folder or archive cannot be read.
    pub fn read(input: &'a Input) -> Result<Folder<'a>> {
        let listing = match input.mapped.is_empty() {
            true => Some(Listing::read(&input.directory)?),
            false => None,
        };
        Ok(Folder { input, listing })
    }

    /// The groups of files, in the natural order of their names.
    ///
    /// # Errors
    ///
    /// When a pattern of `--map` matches no file.
    pub fn groups(&self) -> Result<Vec<FileGroup>> {
        let Some(listing) = &self.listing else {
            return self.mapped_groups();
        };
        Ok(groups_of_all(&listing.names()))
    }

    fn mapped_groups(&self) -> Result<Vec<FileGroup>> {
        let mut groups: Vec<FileGroup> = Vec::new();
        for (table, path) in &self.input.mapped {
            let found = pattern::files(path)?;
            let found = found.iter().map(|path| shown(path).into_owned());
            match groups.iter_mut().find(|group| group.name == *table) {
                Some(group) => group.files.extend(found),
                None => groups.push(FileGroup {
                    name: table.clone(),
                    files: found.collect(),
                    origin: FileOrigin::Mapped,
                }),
            }
        }
        Ok(groups)
    }

    /// Messages about files that may have rows of a table but are in a format that cannot be read.
    /// Each says what to do.
    pub fn unread(&self) -> Vec<String> {
        let names = self.listing.as_ref().map(Listing::names);
        other_formats::unread(&names.unwrap_or_default())
    }

    /// Whether a run would find the files of a group by the name of its table alone.
    pub fn finds(&self, group: &FileGroup, table: &str, tables: &[&str]) -> bool {
        let Some(listing) = &self.listing else {
            return false;
        };
        let names = listing.names();
        let found = listing.files_of(table, tables).unwrap_or_default();
        found.iter().map(|at| names[*at]).eq(group.files.iter())
    }

    /// Reads at most `bytes` bytes from the start of a file's text.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn start(&self, file: &str, format: &Format, bytes: usize) -> Result<FileStart> {
        let file = self.open(file, format)?;
        let text = file.beginning(bytes)?;
        Ok(FileStart {
            is_whole: text.len() < bytes,
            text,
            is_json: file.kind != TextKind::Delimited,
            is_array: file.kind == TextKind::JsonArray,
            is_tsv: separates_by_tabs(&file.name),
            of_bytes: file.columns_of_bytes(),
            file: file.name,
        })
    }

    /// The names in the header of a file, or in its first JSON records. Empty if the file has no
    /// header.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened.
    pub fn names(&self, file: &str, read: &TableInput) -> Result<Vec<String>> {
        Ok(header::names_in(&self.open(file, &read.format)?, read))
    }

    fn open(&self, file: &str, format: &Format) -> Result<InputFile> {
        let at = self
            .listing
            .as_ref()
            .and_then(|listing| listing.names().iter().position(|name| *name == file));
        match (&self.listing, at) {
            // if the file is itself an archive of several files, use its entry with the same name
            (Some(listing), Some(at)) => listing.open(at, stem(file).unwrap_or_default(), format),
            _ => InputFile::open(&PathBuf::from(file), "", format),
        }
    }
}

/// Groups these files: first all input files, then files with other extensions. A file of the
/// second kind is left out if an input file has the same name without extensions.
fn groups_of_all(names: &[&str]) -> Vec<FileGroup> {
    let with = |stem_of: fn(&str) -> Option<&str>| {
        let stems = names
            .iter()
            .filter_map(|name| Some((stem_of(name)?, *name)));
        let kept = stems.filter(|(stem, _)| !is_of_rejects(stem));
        kept.collect::<Vec<(&str, &str)>>()
    };
    let usual = with(stem);
    let mut others = with(other_stem);
    others.retain(|(stem, _)| !usual.iter().any(|(other, _)| other == stem));
    let mut groups = groups_of(usual, FileOrigin::Extension);
    groups.extend(groups_of(others, FileOrigin::OtherExtension));
    groups
}

/// Groups files, given as (name without extensions, name). Files belong to one group if their names
/// without extensions differ only in the number.
fn groups_of(mut files: Vec<(&str, &str)>, origin: FileOrigin) -> Vec<FileGroup> {
    files.sort_by(|a, b| natural(a.0, b.0).then_with(|| a.1.cmp(b.1)));
    let is_whole = |name: &str| files.iter().any(|(stem, _)| *stem == name);
    let whole_of = |stem: &'_ str| {
        let whole = part_of(stem).filter(|whole| !is_whole(whole))?;
        let mut others = files.iter();
        let has_several = others.any(|(other, _)| *other != stem && part_of(other) == Some(whole));
        has_several.then(|| whole.to_owned())
    };
    let mut groups: Vec<FileGroup> = Vec::new();
    for (stem, file) in &files {
        let whole = whole_of(stem);
        let name = whole.clone().unwrap_or_else(|| (*stem).to_owned());
        let known = groups.iter_mut().find(|group| group.name == name);
        match known.filter(|_| whole.is_some()) {
            Some(group) => group.files.push((*file).to_owned()),
            None => groups.push(FileGroup {
                name,
                files: vec![(*file).to_owned()],
                origin,
            }),
        }
    }
    groups
}

/// Whether a name is that of a file with the reasons of rejected records.
fn is_of_rejects(stem: &str) -> bool {
    stem.ends_with(".reasons")
}

/// The name without its number: `sales` for `sales-2-of-4`, `sales-part-07` and `sales-2024-01`.
/// A fingerprint that programs add after the number is left out too. `None` if the name has no
/// number.
fn part_of(stem: &str) -> Option<&str> {
    let dashes = stem.match_indices('-').filter(|(at, _)| *at > 0);
    let mut splits = dashes.map(|(at, _)| (&stem[..at], &stem[at + 1..]));
    let found = splits.find(|(name, rest)| is_part(rest) || is_marked_part(name, rest));
    found.map(|(name, _)| name)
}

/// Whether a name is that of a part with a fingerprint: `part-00000-3f1c2d3e-c000`, as Spark writes
/// it, or `train-00000-of-00003-a09b74b3ef9c3b50`.
fn is_marked_part(name: &str, rest: &str) -> bool {
    let is_number = |piece: &str| !piece.is_empty() && piece.bytes().all(|b| b.is_ascii_digit());
    let pieces: Vec<&str> = rest.split('-').collect();
    match &pieces[..] {
        [number, of, all, _] if *of == "of" => is_number(number) && is_number(all),
        [number, _, ..] => {
            name.eq_ignore_ascii_case("part") && number.len() >= 5 && is_number(number)
        }
        _ => false,
    }
}

/// Whether the end of a file's name is only a number of the file, such as `2-of-4`, `part-07` or
/// `2024-01`.
fn is_part(rest: &str) -> bool {
    let is_number = |piece: &str| !piece.is_empty() && piece.bytes().all(|b| b.is_ascii_digit());
    let mut has_number = false;
    let mut pieces = rest.split(['-', '_']);
    let fits = pieces.all(|piece| {
        let lower = piece.to_ascii_lowercase();
        let word = PART_WORDS.iter().find_map(|word| lower.strip_prefix(word));
        has_number |= is_number(word.unwrap_or(&lower));
        is_number(word.unwrap_or(&lower)) || word == Some("") || lower == "of"
    });
    fits && has_number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(names: &[&str]) -> String {
        let groups = groups_of_all(names).into_iter();
        let shown = groups.map(|group| format!("{}={}", group.name, group.files.join("+")));
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn files_that_differ_in_a_number_alone_are_one_table() {
        assert_eq!(
            groups(&["b-10.csv", "b-9.csv.gz", "a.csv", "notes.md", "a.txt"]),
            "a=a.csv b=b-9.csv.gz+b-10.csv"
        );
        assert_eq!(
            groups(&["s-1-of-2.jsonl", "s-2-of-2.jsonl"]),
            "s=s-1-of-2.jsonl+s-2-of-2.jsonl"
        );
        assert_eq!(
            groups(&["s-part-1.csv", "s-part2.csv"]),
            "s=s-part-1.csv+s-part2.csv"
        );
    }

    #[test]
    fn parts_with_a_fingerprint_are_one_table() {
        assert_eq!(
            groups(&["part-00001-4a-5b-c000.json", "part-00000-4a-5b-c000.json"]),
            "part=part-00000-4a-5b-c000.json+part-00001-4a-5b-c000.json"
        );
        assert_eq!(
            groups(&["train-0-of-2-a0.parquet", "train-1-of-2-9f.parquet"]),
            "train=train-0-of-2-a0.parquet+train-1-of-2-9f.parquet"
        );
        assert_eq!(
            groups(&[
                "part-1-a.csv",
                "part-2-b.csv",
                "s-00001-a.csv",
                "s-00002-a.csv"
            ]),
            "part-1-a=part-1-a.csv part-2-b=part-2-b.csv s-00001-a=s-00001-a.csv s-00002-a=s-00002-a.csv",
            "names with other words may be other tables"
        );
    }

    #[test]
    fn other_files_are_tables_of_their_own() {
        assert_eq!(
            groups(&["top-10.csv", "a-b.csv", "a-c.csv"]),
            "a-b=a-b.csv a-c=a-c.csv top-10=top-10.csv"
        );
        assert_eq!(
            groups(&["a.csv", "a-1.csv", "a-2.csv"]),
            "a=a.csv a-1=a-1.csv a-2=a-2.csv"
        );
        assert_eq!(
            groups(&["b.txt", "a.csv", "C-2.CSV", "C-1.CSV", "d.dat.gz"]),
            "C=C-1.CSV+C-2.CSV a=a.csv b=b.txt d=d.dat.gz"
        );
        assert_eq!(groups(&["a.csv", "a.json"]), "a=a.csv a=a.json");
        assert_eq!(groups(&["t.csv", "t.reasons.csv"]), "t=t.csv");
    }
}

//! Opens the files of a table again with other settings.

use input::format::Format;
use input::{Input, JsonPath};

use super::{Opened, Setting, map_names, place_unclear, source, words};
use crate::names::{self, HeaderNames};
use crate::sniff::{self, HeaderJudgement};

/// Settings of a table that say nothing about the format of its records.
const NOT_OF_FORMAT: [&str; 4] = ["no_header", "fields", "rename", "files"];

impl Opened {
    /// Opens the same JSON files with more fields; `None` if they cannot be read in this way.
    pub(crate) fn with_fields(&self, more: &[String]) -> Option<Opened> {
        let mut names = self.source.header.names();
        let known = names.len();
        names.extend_from_slice(more);
        let mut columns = names::columns(&names);
        let mut input = self.input.clone();
        let (_, read) = input.tables.first_mut()?;
        let mut settings = self.settings.clone();
        settings.retain(|(key, _)| *key != "rename");
        read.mapping.renames.clear();
        let of_header = (HeaderJudgement::Present, true);
        map_names(
            &names[..known],
            &columns[..known],
            of_header,
            read,
            &mut settings,
        );
        let paths = place_unclear(&names, &columns, read);
        let mut notes = self.notes.clone();
        notes.extend(words::alike(&names, &columns).filter(|note| !self.notes.contains(note)));
        // a field that is not in the header cannot be renamed, so it gets no column
        let mut left_out = Vec::new();
        let all = HeaderNames::new(&names);
        for (name, column) in names.iter().zip(&columns).skip(known) {
            if !names::is_found(name, column) && !all.is_unclear(name) {
                left_out.push(name.clone());
            }
        }
        let mut at = 0;
        columns.retain(|_| {
            at += 1;
            !left_out.contains(&names[at - 1])
        });
        let source = source(&input, &self.name, &columns, &self.bytes).ok()?;
        Some(Opened {
            name: self.name.clone(),
            bytes: self.bytes.clone(),
            columns,
            settings,
            source,
            left_out,
            guess: self.guess.clone(),
            notes,
            kept: self.kept.clone(),
            guessed: self.guessed.clone(),
            first_bad: self.first_bad.clone(),
            paths,
            input,
        })
    }

    /// The path of a column in JSON records; `None` if the files are not JSON.
    pub(crate) fn path_of(&self, column: &str) -> Option<String> {
        if !self.source.dialect().is_json() {
            return None;
        }
        if let Some((_, path)) = self.paths.iter().find(|(placed, _)| placed == column) {
            return Some(path.clone());
        }
        let (_, read) = self.input.tables.first()?;
        let mut renames = read.mapping.renames.iter();
        let renamed = renames.find(|rename| rename.column == column);
        let name = match renamed {
            Some(rename) => rename.field.clone(),
            None => {
                let mut names = self.source.header.names().into_iter();
                names.find(|name| names::is_found(name, column))?
            }
        };
        Some(JsonPath::member(&name).to_string())
    }

    /// Opens the same JSON files. Columns in `paths` are filled from their path instead of the
    /// member with the column's name. `None` if the files cannot be read in this way.
    pub(crate) fn with_paths(&self, paths: &[(String, String)]) -> Option<Opened> {
        let mut input = self.input.clone();
        let (_, read) = input.tables.first_mut()?;
        let is_placed = |column: &str| paths.iter().any(|(placed, _)| placed == column);
        read.mapping
            .renames
            .retain(|rename| !is_placed(&rename.column));
        for (column, path) in paths {
            read.mapping.set_path(column, path).ok()?;
        }
        let mut settings = self.settings.clone();
        settings.retain(|(key, _)| *key != "rename");
        let renames = read.mapping.renames.iter().map(ToString::to_string);
        let renames: Vec<String> = renames.collect();
        if !renames.is_empty() {
            settings.push(("rename", renames));
        }
        let kept = self.paths.iter().filter(|(column, _)| !is_placed(column));
        let all = kept.cloned().chain(paths.iter().cloned()).collect();
        self.reopened(input, settings, all)
    }

    /// Opens the same files with more settings; `None` if they cannot be read in this way.
    pub(crate) fn with(&self, more: &[sniff::Setting]) -> Option<Opened> {
        let mut input = self.input.clone();
        let mut settings = self.settings.clone();
        let (_, read) = input.tables.first_mut()?;
        for (key, value) in more {
            if self.kept.contains(key) {
                return None;
            }
            let values = vec![value.clone()];
            read.format.set(key, &values).ok()?;
            settings.retain(|(other, _)| other != key);
            settings.push((key, values));
        }
        self.reopened(input, settings, self.paths.clone())
    }

    /// Excludes these settings from later guesses.
    pub(crate) fn keep(&mut self, keys: &[&'static str]) {
        self.kept.extend(keys);
    }

    /// Opens the same files without the settings that were guessed from their beginning; `None` if
    /// no setting was guessed, or if the files cannot be read in this way.
    pub(crate) fn without_guess(&self) -> Option<Opened> {
        let (format, settings) = self.guessed.as_ref()?.before.clone();
        let mut input = self.input.clone();
        let (_, read) = input.tables.first_mut()?;
        let header = read.format.header;
        read.format = Format { header, ..format };
        let of_names = self.settings.iter();
        let of_names = of_names
            .filter(|(key, _)| NOT_OF_FORMAT.contains(key))
            .cloned();
        let settings = settings.into_iter().chain(of_names).collect();
        let mut opened = self.reopened(input, settings, self.paths.clone())?;
        opened.guessed = None;
        Some(opened)
    }

    /// Opens the files for the same columns, with other settings.
    fn reopened(
        &self,
        input: Input,
        settings: Vec<Setting>,
        paths: Vec<(String, String)>,
    ) -> Option<Opened> {
        let source = source(&input, &self.name, &self.columns, &self.bytes).ok()?;
        Some(Opened {
            bytes: self.bytes.clone(),
            name: self.name.clone(),
            columns: self.columns.clone(),
            settings,
            source,
            left_out: self.left_out.clone(),
            guess: self.guess.clone(),
            notes: self.notes.clone(),
            kept: self.kept.clone(),
            guessed: self.guessed.clone(),
            first_bad: self.first_bad.clone(),
            paths,
            input,
        })
    }
}

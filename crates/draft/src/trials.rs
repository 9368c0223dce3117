//! Reads the files of a table in the format that their beginning suggests. If there are broken
//! records, or texts that are not UTF-8, tries other settings and keeps those that read the most
//! records.

use crate::error::Result;
use crate::open::Opened;
use crate::profile::Profile;
use crate::reread::{bad, decoded, unwrapped};
use crate::scan::{Scan, Structure};
use crate::{Options, backslashes, passes, sniff, types, whole_file};

/// The files of a table, read with certain settings.
pub(crate) struct Trial {
    pub(crate) opened: Opened,
    pub(crate) profiles: Vec<Profile>,
    pub(crate) structure: Structure,
}

/// Finds the settings with which most records of a table's files are accepted.
pub(crate) struct Trials<'a> {
    pub(crate) scan: &'a Scan<'a>,
    pub(crate) options: &'a Options,
    /// Largest size of a set of numbers, in bytes.
    pub(crate) limit: u64,
}

impl Trials<'_> {
    /// Reads the files with the settings with which most of their records are accepted.
    ///
    /// # Errors
    ///
    /// When a file cannot be read.
    pub(crate) fn best(&self, opened: Opened) -> Result<Trial> {
        let opened = self.with_all_names(opened)?;
        let opened = whole_file::confirmed(self.scan, opened)?;
        let mut trial = self.read(opened)?;
        if let Some(other) = unwrapped(&trial.opened, &trial.profiles) {
            trial = self.read(other)?;
        }
        if let Some(other) = decoded(&trial.opened, &trial.profiles) {
            let read = self.read(other)?;
            let is_whole = read.structure.broken <= trial.structure.broken;
            if is_whole && bad(&read.profiles) < bad(&trial.profiles) {
                trial = read;
            }
        }
        if trial.opened.source.dialect().is_json() {
            return Ok(trial);
        }
        if trial.structure.broken > 0 {
            trial = self.repaired(trial)?;
        }
        let words = backslashes::words(self.scan, &trial.opened, &trial.profiles)?;
        trial.opened.notes.extend(words);
        Ok(trial)
    }

    /// Opens JSON files again with additional fields: the members that only later records have.
    fn with_all_names(&self, opened: Opened) -> Result<Opened> {
        if !opened.source.dialect().is_json() {
            return Ok(opened);
        }
        let more = passes::other_names(self.scan, &opened.source)?;
        let other = opened.with_fields(&more).filter(|_| !more.is_empty());
        Ok(other.unwrap_or(opened))
    }

    /// Reads the files with the settings of `opened`.
    fn read(&self, opened: Opened) -> Result<Trial> {
        let told = &self.options.told;
        let told = told.of_columns(&opened.name, &opened.columns)?;
        let (profiles, structure) = passes::profiles(self.scan, &opened.source, self.limit, &told)?;
        let named = opened.columns.iter().zip(&profiles);
        let options = self.options.types;
        let mut types = named.map(|(name, profile)| types::choose(name, profile, options));
        let structure = match types.all(|typed| typed.nullable) {
            true => structure.with_blank_rows(),
            false => structure,
        };
        Ok(Trial {
            opened,
            profiles,
            structure,
        })
    }

    /// Tries the settings with which broken records become rows, unless they would change the
    /// values of other records.
    fn repaired(&self, trial: Trial) -> Result<Trial> {
        let evidence = whole_file::evidence(self.scan, &trial.opened)?;
        let mut best = trial;
        best.opened.keep(&evidence.kept());
        if evidence.divides {
            let bare = [("quote", "none".to_owned())];
            if let Some(read) = self.repaired_by(&best, &bare)?
                && read.structure.broken == 0
            {
                return Ok(read);
            }
            best.opened.keep(&["quote"]);
        }
        for repair in sniff::repairs(best.opened.source.header.fields) {
            let Some(read) = self.repaired_by(&best, &repair)? else {
                continue;
            };
            let is_better = read.structure.broken * 2 < best.structure.broken;
            // a few records with too few fields may be truncated, so `short_rows` is not guessed
            let pads = repair.iter().any(|(key, _)| *key == "short_rows");
            let are_many = best.structure.broken * 20 >= best.structure.rows;
            if is_better && read.structure.rows >= best.structure.rows && (are_many || !pads) {
                best = read;
            }
            if best.structure.broken == 0 {
                return Ok(best);
            }
        }
        let doubt = evidence.words_of_doubt();
        let doubt = doubt.filter(|words| !best.opened.notes.contains(words));
        best.opened.notes.extend(doubt);
        Ok(best)
    }

    /// Reads the files with more settings; `None` if they cannot be read in this way.
    fn repaired_by(&self, trial: &Trial, repair: &[sniff::Setting]) -> Result<Option<Trial>> {
        let Some(mut other) = trial.opened.with(repair) else {
            return Ok(None);
        };
        let words = sniff::words_of_repair(repair, trial.structure.broken);
        other.notes.push(words);
        self.read(other).map(Some)
    }
}

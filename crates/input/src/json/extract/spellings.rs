//! Detects names in another spelling, such as `Title` in a later record of a file whose first
//! records have `title`. The columns of a file are chosen by its first records, so the value of
//! `Title` would be lost silently. Therefore the record is rejected.

use std::collections::{BTreeMap, BTreeSet};

use crate::json::flaw::Flaw;
use crate::json::path::{Base, Path, Step};
use crate::near::loose;

/// The names that must not be spelled differently. They are sorted, because the debug text of an
/// [`Extract`](super::Extract) identifies the input when a run is resumed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Spellings {
    /// Where the names are: in the record, or in the elements of an array.
    base: Base,
    /// All names at the beginning of the file. These spellings are accepted.
    known: BTreeSet<String>,
    /// The names by their loose spelling, without case, blanks and punctuation.
    names: BTreeMap<String, Name>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    name: String,
    column: String,
    is_filled: IsFilled,
}

/// Whether a name at the beginning of the file fills a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IsFilled {
    Yes,
    No,
}

impl Spellings {
    /// Makes an empty list. `known` are the names at the beginning of the file.
    pub(crate) fn new(known: &[String], base: Base) -> Spellings {
        Spellings {
            base,
            known: known.iter().cloned().collect(),
            names: BTreeMap::new(),
        }
    }

    /// Adds a name that fills a column, or that would fill one if it occurred.
    pub(crate) fn add(&mut self, name: &str, column: &str, is_filled: IsFilled) {
        let name = Name {
            name: name.to_owned(),
            column: column.to_owned(),
            is_filled,
        };
        self.names.entry(loose(&name.name)).or_insert(name);
    }

    /// Checks a name that no field uses.
    pub(super) fn check(&self, name: &str) -> Result<(), Flaw> {
        if self.names.is_empty() || self.known.contains(name) {
            return Ok(());
        }
        let Some(meant) = self.names.get(&loose(name)) else {
            return Ok(());
        };
        // if the spelling is the same, a path uses the name at another place, which is not a fault
        if meant.name == name {
            return Ok(());
        }
        let column = &meant.column;
        let path = Path {
            base: self.base,
            steps: vec![Step::Member(name.to_owned())],
        };
        Err(Flaw::Other(match meant.is_filled {
            IsFilled::Yes => format!(
                "has \"{name}\", but the records at the beginning of the file have \"{}\" for column {column}; write one name in all records",
                meant.name
            ),
            IsFilled::No => format!(
                "has \"{name}\", which no record at the beginning of the file has, so column {column} was left empty; set columns.{column}.from = \"{path}\", or write the name as \"{}\"",
                meant.name
            ),
        }))
    }
}

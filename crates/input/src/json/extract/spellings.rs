//! Names in another spelling, such as `Title` in a later record of a file whose first records have
//! `title`. Its value would be lost without a word, because the columns of a file are chosen by its
//! first records, so the record is rejected.

use std::collections::{BTreeMap, BTreeSet};

use crate::json::flaw::Flaw;
use crate::json::path::{Base, Path, Step};
use crate::near::loose;

/// The names of a record that have one spelling. They are in order, because the debug text of an
/// [`Extract`](super::Extract) identifies the input when a run is resumed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Spellings {
    /// Whose members have the names.
    base: Base,
    /// The names at the beginning of the file: what each means is decided.
    known: BTreeSet<String>,
    /// By the letters that count, the name and what its value fills.
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
    /// No names yet. `known` are the names at the beginning of the file.
    pub(crate) fn new(known: &[String], base: Base) -> Spellings {
        Spellings {
            base,
            known: known.iter().cloned().collect(),
            names: BTreeMap::new(),
        }
    }

    /// Minds a name whose value fills, or would fill, a column.
    pub(crate) fn add(&mut self, name: &str, column: &str, is_filled: IsFilled) {
        let name = Name {
            name: name.to_owned(),
            column: column.to_owned(),
            is_filled,
        };
        self.names.entry(loose(&name.name)).or_insert(name);
    }

    /// Checks a name that no field wants.
    pub(super) fn check(&self, name: &str) -> Result<(), Flaw> {
        if self.names.is_empty() || self.known.contains(name) {
            return Ok(());
        }
        let Some(meant) = self.names.get(&loose(name)) else {
            return Ok(());
        };
        // a name that is taken elsewhere, by a path
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
                "has \"{name}\", but no record at the beginning of the file has, so its column was left empty; name it: columns.{column}.from = \"{path}\"; or write the name as \"{}\"",
                meant.name
            ),
        }))
    }
}

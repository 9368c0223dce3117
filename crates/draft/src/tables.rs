//! The drafted tables as values: columns with their profiles, keys, foreign keys.

use model::schema::ColumnType;

use crate::open::{Opened, Setting};
use crate::passes::Inclusion;
use crate::profile::Profile;
use crate::scan::Structure;
use crate::types::Typed;

/// A drafted table.
#[derive(Debug)]
pub(crate) struct DraftTable {
    pub(crate) opened: Opened,
    pub(crate) columns: Vec<DraftColumn>,
    pub(crate) structure: Structure,
    pub(crate) key: PrimaryKey,
    pub(crate) foreign_keys: Vec<DraftForeignKey>,
    /// Columns that are unique, without being the primary key: (column, what is done about it).
    pub(crate) unique: Vec<(usize, Uniqueness)>,
    /// The column that would be the key, if some of its values were not repeated or missing.
    pub(crate) nearly_key: Option<usize>,
}

/// A drafted column.
#[derive(Debug)]
pub(crate) struct DraftColumn {
    pub(crate) name: String,
    pub(crate) profile: Profile,
    pub(crate) typed: Typed,
    /// Whether equal bytes alone are equal, because the column is part of a key.
    pub(crate) is_binary: bool,
}

/// What is done about a unique column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Uniqueness {
    /// It is proposed as a key in a comment.
    Proposed,
    /// A foreign key refers to it, so it is declared.
    Declared,
}

/// The primary key of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PrimaryKey {
    /// These columns.
    Columns(Vec<usize>),
    /// A column of this name, which the server numbers.
    Generated(String),
}

/// A foreign key that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DraftForeignKey {
    /// The columns of the child.
    pub(crate) columns: Vec<usize>,
    /// The parent's position among the tables.
    pub(crate) parent: usize,
    /// The columns of the parent.
    pub(crate) parent_columns: Vec<usize>,
    pub(crate) inclusion: Inclusion,
    /// Why it is one, in words.
    pub(crate) evidence: String,
}

impl DraftTable {
    pub(crate) fn name(&self) -> &str {
        &self.opened.name
    }

    pub(crate) fn rows(&self) -> u64 {
        self.structure.rows
    }

    /// The columns of the primary key; none if it is generated.
    pub(crate) fn key_columns(&self) -> &[usize] {
        match &self.key {
            PrimaryKey::Columns(columns) => columns,
            PrimaryKey::Generated(_) => &[],
        }
    }

    /// Whether values are not UTF-8, so that `seed` rejects their records.
    pub(crate) fn has_bad_values(&self) -> bool {
        let mut columns = self.columns.iter();
        columns.any(|column| !column.profile.bad.is_empty())
    }

    /// The settings of the table.
    pub(crate) fn settings(&self) -> &[Setting] {
        &self.opened.settings
    }
}

impl DraftColumn {
    /// Distinct values, and whether the number is exact.
    pub(crate) fn distinct(&self) -> (u64, bool) {
        let profile = &self.profile;
        let has_texts = self.typed.kind.is_text() && profile.blanks > 0;
        if let Some(set) = profile.integers.set()
            && profile.tried == 0
            && (profile.integers.count > 0 || !has_texts)
        {
            return (set.len(), true);
        }
        match &profile.frequent {
            Some(counted) if profile.integers.count == 0 => {
                let words = match self.typed.kind.is_text() {
                    true => 0,
                    false => profile.words.len() as u64,
                };
                ((counted.len() as u64).saturating_sub(words), true)
            }
            _ => (profile.sketch.estimate(), false),
        }
    }

    /// Whether the column can be part of a key: short, exact values.
    pub(crate) fn is_key_type(&self) -> bool {
        match self.typed.kind {
            ColumnType::Integer { .. }
            | ColumnType::Date
            | ColumnType::DateTime { .. }
            | ColumnType::Decimal { scale: 0, .. }
            | ColumnType::Binary { .. } => true,
            ColumnType::Char { .. } => true,
            ColumnType::VarChar { length } => {
                let text = &self.profile.text;
                length <= 255 && !text.has_blank_ends && !text.has_empty
            }
            _ => false,
        }
    }

    /// Values of rows, as the type reads them: those that are not NULL.
    pub(crate) fn values(&self) -> u64 {
        let profile = &self.profile;
        let blanks = if self.typed.kind.is_text() {
            profile.blanks
        } else {
            0
        };
        profile.others + profile.integers.count + blanks - self.words_for_null()
    }

    /// Fields with words for NULL, as far as they were counted.
    fn words_for_null(&self) -> u64 {
        let settings = self.typed.settings.iter();
        let words = settings
            .filter(|(key, _)| *key == "null")
            .flat_map(|(_, words)| words);
        let counted = self.profile.frequent.iter().flatten();
        let is_word = |text: &[u8], word: &String| text.trim_ascii() == word.as_bytes();
        let of = |word| {
            let same = counted.clone().filter(move |(text, _)| is_word(text, word));
            same.map(|(_, count)| *count).sum::<u64>()
        };
        words.map(of).sum()
    }
}

//! The drafted tables: columns with their profiles, keys and foreign keys.

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
    /// Columns that are unique but not the primary key, with what the draft does about each.
    pub(crate) unique: Vec<(usize, Uniqueness)>,
    /// The column that would be the key if none of its values were repeated or missing.
    pub(crate) nearly_key: Option<usize>,
}

/// A drafted column.
#[derive(Debug)]
pub(crate) struct DraftColumn {
    pub(crate) name: String,
    pub(crate) profile: Profile,
    pub(crate) typed: Typed,
    /// Whether the column gets a binary collation, because it is part of a key.
    pub(crate) is_binary: bool,
}

/// What the draft does about a unique column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Uniqueness {
    /// The draft suggests the key in a comment.
    Proposed,
    /// The draft declares the key, because a foreign key refers to it.
    Declared,
}

/// The primary key of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PrimaryKey {
    /// Columns of the table, by position.
    Columns(Vec<usize>),
    /// A generated column of this name, which the server numbers.
    Generated(String),
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DraftForeignKey {
    /// The positions of the columns in the child.
    pub(crate) columns: Vec<usize>,
    /// The parent's position among the tables.
    pub(crate) parent: usize,
    /// The positions of the columns in the parent.
    pub(crate) parent_columns: Vec<usize>,
    pub(crate) inclusion: Inclusion,
    /// Why this is a foreign key, as text for a comment.
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

    /// Whether some values are not UTF-8, so that `seed` rejects their records.
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
    /// The number of distinct values, and whether this number is exact.
    pub(crate) fn distinct(&self) -> (u64, bool) {
        let profile = &self.profile;
        let has_texts =
            self.typed.kind.is_text() && (profile.blanks > 0 || !profile.words.is_empty());
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

    /// Whether the type is suitable for a key: its values are short and exact.
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

    /// Number of rows in which the column is not NULL after its type was chosen.
    pub(crate) fn values(&self) -> u64 {
        let profile = &self.profile;
        let blanks = if self.typed.kind.is_text() {
            profile.blanks
        } else {
            0
        };
        profile.others + profile.integers.count + blanks - self.words_for_null()
    }

    /// Number of fields with words for NULL, among the texts that were counted individually.
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

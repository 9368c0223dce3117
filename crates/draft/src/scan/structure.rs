//! What the structure of records is like.

use input::records::StructureFault;

/// How many records are rows, and what the others are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Structure {
    /// Records that are rows.
    pub(crate) rows: u64,
    /// Records that no setting of columns could read.
    pub(crate) broken: u64,
    /// The line of the first broken record, and what it is.
    pub(crate) first: Option<(u64, StructureFault)>,
    /// Records with another number of fields, all without a value. They are broken if the table
    /// can hold a row without any value, and else no rows.
    pub(crate) blank: u64,
    /// The first of these.
    pub(crate) first_blank: Option<(u64, StructureFault)>,
    /// Records of several lines that look like several records.
    pub(crate) joined: u64,
    /// The line of the first of these.
    pub(crate) first_joined: Option<u64>,
    /// Whether the last line of the files has a quote that is never closed.
    pub(crate) is_cut_off: bool,
}

impl Structure {
    pub(super) fn add(&mut self, other: &Structure) {
        self.rows += other.rows;
        self.broken += other.broken;
        self.first = self.first.or(other.first);
        self.blank += other.blank;
        self.first_blank = self.first_blank.or(other.first_blank);
        self.is_cut_off |= other.is_cut_off;
        self.joined += other.joined;
        self.first_joined = self.first_joined.or(other.first_joined);
    }

    /// The structure of a table that can hold a row without any value.
    pub(crate) fn with_blank_rows(mut self) -> Structure {
        self.broken += self.blank;
        let firsts = self.first.into_iter().chain(self.first_blank);
        self.first = firsts.min_by_key(|(line, _)| *line);
        self.blank = 0;
        self
    }
}

//! Counts of rows and of other records.

use input::records::StructureFault;

/// How many records are rows, and how many are broken, blank or joined.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Structure {
    /// Number of records that are rows.
    pub(crate) rows: u64,
    /// Number of records that no setting of a column could make a row.
    pub(crate) broken: u64,
    /// The line and the fault of the first broken record.
    pub(crate) first: Option<(u64, StructureFault)>,
    /// Number of records without any value whose number of fields is not that of the table. They
    /// are broken if a row of the table may be without any value; otherwise they are ignored.
    pub(crate) blank: u64,
    /// The line and the fault of the first blank record.
    pub(crate) first_blank: Option<(u64, StructureFault)>,
    /// Number of records of several lines that look like several records, counted within `rows`.
    pub(crate) joined: u64,
    /// The line of the first joined record.
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

    /// Counts blank records as broken, for a table in which a row may be without any value.
    pub(crate) fn with_blank_rows(mut self) -> Structure {
        self.broken += self.blank;
        let firsts = self.first.into_iter().chain(self.first_blank);
        self.first = firsts.min_by_key(|(line, _)| *line);
        self.blank = 0;
        self
    }
}

//! Measures how well a dialect fits a sample.

/// The least percentage of records that must have the same number of fields.
const LEAST_SHARE: usize = 80;

/// The least percentage if the first record also has this number of fields, and the number is
/// greater than two.
const LEAST_SHARE_OF_HEADED: usize = 50;

/// How many records of a sample are rows in a dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Score {
    pub(super) fields: usize,
    pub(super) rows: usize,
    pub(super) broken: usize,
    pub(super) skipped: usize,
    /// Whether the first record has this number of fields.
    pub(super) is_first: bool,
}

impl Score {
    /// Percentage of records that are rows.
    pub(super) fn share(&self) -> usize {
        self.rows * 100 / (self.rows + self.broken).max(1)
    }

    /// The percentage from which the number of fields is accepted. It is lower if the first line
    /// has this number too: the line may be the header of records with unquoted delimiters in
    /// fields.
    pub(super) fn least_share(&self) -> usize {
        match self.fields > 2 && self.skipped == 0 && self.is_first {
            true => LEAST_SHARE_OF_HEADED,
            false => LEAST_SHARE,
        }
    }

    /// Percentage of rows among all records and skipped lines.
    pub(super) fn whole_share(&self) -> usize {
        self.rows * 100 / (self.rows + self.broken + self.skipped).max(1)
    }
}

//! Names and conditions that the statements about one table share. In all of them, `t` is the
//! table, `s` the work table with rows of the file, and `k` the work table with keys.

use model::schema::Column;
use mysql_schema::quote::quote_identifier;

use super::SyncTable;

/// The work table with the numbers of the buckets that differ.
pub(super) const BUCKET_TABLE: &str = "_reviewseed_sync_buckets";

/// The column with the number of a batch.
pub(super) const BATCH: &str = "_reviewseed_batch";

/// The column with the position of a row in its batch.
pub(super) const ROW: &str = "_reviewseed_row";

/// The column that numbers keys.
pub(super) const N: &str = "_reviewseed_n";

/// The column with the [`Kind`] of a key.
pub(super) const KIND: &str = "_reviewseed_kind";

/// The kind of row to which a key in the work table belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A row of the file that the table does not have.
    New = 1,
    /// A row that has other values in the file.
    Changed = 2,
    /// A row that the file does not have.
    Gone = 3,
    /// The key of a rejected record: if the table has its row, the row is kept.
    Kept = 4,
}

impl SyncTable {
    /// The work table with rows of the file, quoted.
    pub(super) fn stage(&self) -> String {
        quote_identifier(&format!("_reviewseed_sync_{}", self.number))
    }

    /// The work table with keys, quoted.
    pub(super) fn keys(&self) -> String {
        quote_identifier(&format!("_reviewseed_sync_{}_keys", self.number))
    }

    /// The work table with keys, as `alias`, to be searched by the primary key of a row. The index
    /// is named because the table has just been filled: its statistics may be stale, and another
    /// index may have thousands of keys of a kind.
    pub(super) fn keys_as(&self, alias: &str) -> String {
        format!("{} AS {alias} FORCE INDEX (same_key)", self.keys())
    }

    /// The work table with rows of the file, as `alias`, to be searched by their primary key.
    pub(super) fn stage_as(&self, alias: &str) -> String {
        format!("{} AS {alias} FORCE INDEX (PRIMARY)", self.stage())
    }

    /// The columns of the primary key as a list; `prefix` is put before each name, for example
    /// `k.`.
    pub(super) fn key_list(&self, prefix: &str) -> String {
        let names = self
            .key
            .iter()
            .map(|column| format!("{prefix}{}", quoted(column)));
        names.collect::<Vec<_>>().join(",")
    }

    /// The condition that the rows of two tables have the same primary key.
    pub(super) fn same_key(&self, a: &str, b: &str) -> String {
        let parts = self.key.iter().map(|column| {
            let name = quoted(column);
            format!("{a}.{name} = {b}.{name}")
        });
        parts.collect::<Vec<_>>().join(" AND ")
    }

    /// The columns that the file fills, as a list.
    pub(super) fn filled(&self, prefix: &str) -> String {
        let columns = self.target.columns.iter();
        let names = columns.map(|column| format!("{prefix}{}", quoted(column)));
        names.collect::<Vec<_>>().join(",")
    }

    /// The text after FROM that joins keys with their rows of the file.
    pub(super) fn staged_keys(&self) -> String {
        format!(
            "{} AS k STRAIGHT_JOIN {} ON {}",
            self.keys(),
            self.stage_as("s"),
            self.same_key("s", "k")
        )
    }
}

/// Numbers as a list.
pub(super) fn list(numbers: impl Iterator<Item = u64>) -> String {
    let numbers: Vec<String> = numbers.map(|number| number.to_string()).collect();
    numbers.join(",")
}

pub(super) fn quoted(column: &Column) -> String {
    quote_identifier(&column.name)
}

/// The condition that a query returns a row. With EXISTS, a server may make a copy of the table and
/// join it; with this form, no server does.
pub(super) fn has_row(query: &str) -> String {
    format!("(SELECT 1 FROM {query} LIMIT 1) IS NOT NULL")
}

/// The condition that a query returns no row.
pub(super) fn has_no_row(query: &str) -> String {
    format!("(SELECT 1 FROM {query} LIMIT 1) IS NULL")
}

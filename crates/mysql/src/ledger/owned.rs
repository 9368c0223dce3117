//! How many rows of each table were loaded by runs, so that other rows are noticed before they are
//! replaced.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::db::MySqlConnection;
use crate::error::{Context, Result};

use crate::{prepare, verify};

/// What the ledger says about one table, by run.
#[derive(Debug, Clone, Default)]
struct Entries {
    /// For each finished run, the number of rows that the table held at the end.
    finished: BTreeMap<u64, u64>,
    /// For each run, the number of rows in its batches.
    batches: BTreeMap<u64, u64>,
    /// For each run that appended rows, the number of rows that the table held before.
    before: BTreeMap<u64, u64>,
}

impl Entries {
    /// Number of rows that were loaded by runs, without rows that existed before the first run or
    /// were added between two runs.
    fn own(&self) -> u64 {
        let runs: BTreeSet<u64> = self
            .finished
            .keys()
            .chain(self.batches.keys())
            .copied()
            .collect();
        let mut own = 0;
        for run in runs {
            let before = self.before.get(&run).copied();
            let added = match self.finished.get(&run) {
                Some(total) => total.saturating_sub(before.unwrap_or(0)),
                None => self.batches.get(&run).copied().unwrap_or(0),
            };
            // rows that were added between two runs are not counted, because no run loaded them
            own = own.min(before.unwrap_or(0)) + added;
        }
        own
    }
}

/// For each table that a run has loaded, the number of its rows that were loaded by runs.
pub async fn own_rows(connection: &mut MySqlConnection) -> Result<HashMap<String, u64>> {
    let mut tables: HashMap<String, Entries> = HashMap::new();
    if !super::exists(connection).await? {
        return Ok(HashMap::new());
    }
    for (name, run, rows) in rows_by_run(connection, FINISHED, "_reviewseed_tables").await? {
        tables.entry(name).or_default().finished.insert(run, rows);
    }
    for (name, run, rows) in rows_by_run(connection, BATCHES, "_reviewseed_batches").await? {
        tables.entry(name).or_default().batches.insert(run, rows);
    }
    for (name, run, rows) in rows_by_run(connection, MERGES, "_reviewseed_merges").await? {
        // of the rows of a batch with --on-duplicate, only the inserted ones are new
        tables.entry(name).or_default().batches.insert(run, rows);
    }
    for (name, run, rows) in rows_by_run(connection, BEFORE, "_reviewseed_before").await? {
        if let Some(entries) = tables.get_mut(&name) {
            entries.before.insert(run, rows);
        }
    }
    let own = tables.into_iter().map(|(name, e)| (name, e.own()));
    Ok(own.collect())
}

/// A table with rows that no run has loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfOthers {
    /// The table.
    pub table: String,
    /// Number of all rows of the table.
    pub rows: u64,
    /// Number of rows that no run has loaded. A row that replaced a row of a run is not noticed.
    pub others: u64,
}

/// The tables among `names` that hold more rows than runs have loaded.
///
/// # Errors
///
/// When the ledger or a table cannot be read.
pub async fn rows_of_others(
    connection: &mut MySqlConnection,
    database: &str,
    names: &[String],
) -> Result<Vec<OfOthers>> {
    let filled = prepare::present(&mut *connection, database, names)
        .await?
        .filled;
    let own = own_rows(&mut *connection).await?;
    let mut found = Vec::new();
    for table in filled {
        let rows = verify::count(&mut *connection, &table).await?;
        let others = rows.saturating_sub(own.get(&table).copied().unwrap_or(0));
        if others > 0 {
            found.push(OfOthers {
                table,
                rows,
                others,
            });
        }
    }
    Ok(found)
}

const FINISHED: &str = "SELECT CAST(table_name AS CHAR), run, rows_loaded FROM _reviewseed_tables";
const BATCHES: &str = "SELECT CAST(table_name AS CHAR), run, CAST(SUM(rows_loaded) AS UNSIGNED) \
    FROM _reviewseed_batches GROUP BY table_name, run";
const MERGES: &str = "SELECT CAST(table_name AS CHAR), run, CAST(SUM(inserted) AS UNSIGNED) \
    FROM _reviewseed_merges GROUP BY table_name, run";
const BEFORE: &str = "SELECT CAST(table_name AS CHAR), run, rows_before FROM _reviewseed_before";

async fn rows_by_run(
    connection: &mut MySqlConnection,
    sql: &'static str,
    table: &str,
) -> Result<Vec<(String, u64, u64)>> {
    // ledgers of older versions lack newer tables, which count as empty
    if !super::has_table(connection, table).await? {
        return Ok(Vec::new());
    }
    sqlx::query_as(sql)
        .fetch_all(connection)
        .await
        .context("cannot read the ledger")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(finished: &[(u64, u64)], batches: &[(u64, u64)], before: &[(u64, u64)]) -> u64 {
        let map = |rows: &[(u64, u64)]| rows.iter().copied().collect();
        let entries = Entries {
            finished: map(finished),
            batches: map(batches),
            before: map(before),
        };
        entries.own()
    }

    #[test]
    fn rows_that_were_there_before_the_first_run_are_not_its_own() {
        assert_eq!(own(&[], &[], &[]), 0);
        assert_eq!(own(&[(1, 10)], &[(1, 10)], &[]), 10);
        // added to 100 rows of others, finished or interrupted
        assert_eq!(own(&[(1, 110)], &[(1, 10)], &[(1, 100)]), 10);
        assert_eq!(own(&[], &[(1, 4)], &[(1, 100)]), 4);
        // added to its own
        assert_eq!(own(&[(1, 10), (2, 13)], &[(1, 10), (2, 3)], &[(2, 10)]), 13);
        assert_eq!(own(&[(1, 10)], &[(1, 10), (2, 2)], &[(2, 10)]), 12);
        // one row of others came between two runs
        assert_eq!(own(&[(1, 10), (2, 14)], &[(1, 10), (2, 3)], &[(2, 11)]), 13);
        // loaded again into a table that was emptied
        assert_eq!(own(&[(1, 10)], &[(1, 10), (2, 5)], &[]), 5);
        assert_eq!(
            own(
                &[(1, 110), (2, 113)],
                &[(1, 10), (2, 3)],
                &[(1, 100), (2, 110)]
            ),
            13
        );
    }
}

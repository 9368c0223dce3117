//! Stores batches in a table that holds rows already. A record whose key the table has changes that
//! row or leaves it as it is. Other records become new rows.
//!
//! The session has a temporary table with the columns that the file fills, of the same types, into
//! which the rows of a batch are inserted first. So the server itself compares keys and values, by
//! the collations of the columns. If a range of keys has the checksum of the batch, nothing has
//! changed in the range, and no row is compared. Otherwise one query finds the rows that exist and
//! locks them. Only rows with other values are changed, and only in the columns that the file
//! fills.
//!
//! The result is the same as if the records were stored one at a time in the order of the file: the
//! batches of a table are stored in that order, by one session, and within a batch the changes
//! whose order matters are made in order. The session checks foreign keys.
//!
//! The caller owns the transaction.

mod classify;
mod range;
pub(crate) mod statements;

use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use crate::insert::{Inserted, Limits, OnComplaint, encode_rows, insert_rows, push_values, store};
use crate::ledger::merges;
use crate::target::Target;
use classify::{Fate, Found};
use model::batch::Batch;
use model::merged::{Merged, MergedBatch};
use model::rejection::{Rule, ServerRejection};
use sqlx::{AssertSqlSafe, Executor, Row};
pub use statements::{MergeTable, key_of};

/// What happens to a row of the table that has the key of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// The row stays as it is, and the record is ignored.
    Ignore,
    /// The row gets the values of the record.
    Update,
}

/// Creates the temporary table, or empties the existing one. This commits an open transaction.
///
/// # Errors
///
/// When the account may not create temporary tables.
pub async fn prepare(connection: &mut MySqlConnection, table: &MergeTable) -> Result<()> {
    for statement in [&table.create, &table.empty] {
        let done = connection.execute(AssertSqlSafe(statement.as_str())).await;
        done.with_context(|| {
            format!(
                "cannot create a temporary table for the rows of {}; the account needs the privilege \
                 CREATE TEMPORARY TABLES",
                table.target.table
            )
        })?;
    }
    Ok(())
}

/// Stores the rows of a batch that are not rejected, and writes to the ledger what was done. `run`
/// is the number of the run. Returns the rows that the server rejected.
///
/// # Errors
///
/// When a statement fails for a reason other than a row.
pub async fn merge(
    connection: &mut MySqlConnection,
    table: &MergeTable,
    (run, batch): (u64, &Batch),
    limits: Limits,
) -> Result<(Vec<ServerRejection>, MergedBatch)> {
    if range::is_same(connection, table, batch).await? {
        let counts = Merged {
            unchanged: batch.len() as u64,
            ..Merged::default()
        };
        let merged = MergedBatch {
            counts,
            checksum: 0,
        };
        note(connection, (run, table), batch, &merged).await?;
        return Ok((Vec::new(), merged));
    }
    let mut work = Merging {
        connection,
        table,
        batch,
        limits,
        rejected: Vec::new(),
    };
    let rows: Vec<usize> = batch.live_rows().collect();
    work.stage(&rows).await?;
    let mut found = classify::classify(work.connection, table).await?;
    work.reject_repeated(run, &mut found).await?;
    work.reject_too_long(&mut found);
    work.carry_out(&found).await?;
    work.reject_ignored_orphans(&found).await?;
    let Merging { mut rejected, .. } = work;
    rejected.sort_by_key(|row| row.row);
    let is_stored = |row: &Found| rejected.binary_search_by_key(&row.row, |r| r.row).is_err();
    found.retain(is_stored);
    let merged = summed(&found, batch);
    note(connection, (run, table), batch, &merged).await?;
    classify::note_keys(connection, (run, table), &found).await?;
    Ok((rejected, merged))
}

/// Writes to the ledger what a batch did.
async fn note(
    connection: &mut MySqlConnection,
    (run, table): (u64, &MergeTable),
    batch: &Batch,
    merged: &MergedBatch,
) -> Result<()> {
    let noted = merges::statement(run, &table.target.table, batch.number, merged);
    let noted = connection.execute(AssertSqlSafe(noted)).await;
    noted.context("cannot write the ledger")?;
    Ok(())
}

/// A batch that is being stored.
struct Merging<'a> {
    connection: &'a mut MySqlConnection,
    table: &'a MergeTable,
    batch: &'a Batch,
    limits: Limits,
    rejected: Vec<ServerRejection>,
}

impl Merging<'_> {
    /// Inserts rows into the temporary table.
    async fn stage(&mut self, rows: &[usize]) -> Result<()> {
        let (head, batch, limit) = (&self.table.stage, self.batch, self.limits.statement);
        let encode = |out: &mut Vec<u8>, rows: &[usize]| {
            encode_rows(out, (head, limit), rows, |out, row| {
                out.extend_from_slice(format!("({row},").as_bytes());
                push_values(out, batch, row);
                out.push(b')');
            })
        };
        let how = (self.limits, OnComplaint::Bisect);
        let target = &self.table.target;
        let stored = store(self.connection, target, rows, how, &encode).await?;
        self.note(stored);
        Ok(())
    }

    fn note(&mut self, stored: Inserted) {
        if let Inserted::Stored(rejected) = stored {
            self.rejected.extend(rejected);
        }
    }

    /// Rejects records with the key of an earlier record of the run, if only the server can compare
    /// these keys.
    async fn reject_repeated(&mut self, run: u64, found: &mut Vec<Found>) -> Result<()> {
        let repeated = classify::repeated(self.connection, (run, self.table), found).await?;
        found.retain(|row| !repeated.contains(&row.row));
        let message = format!("an earlier record has the same {} key", self.table.key);
        let rejected = repeated.into_iter().map(|row| ServerRejection {
            row,
            rule: Rule::DuplicateKey,
            message: message.clone(),
        });
        self.rejected.extend(rejected);
        Ok(())
    }

    /// Rejects ignored records without a parent. The client has found most of them; it does not
    /// check foreign keys from a table to itself or within a cycle of tables.
    async fn reject_ignored_orphans(&mut self, found: &[Found]) -> Result<()> {
        let ignored = found.iter().filter(|row| row.fate == Fate::Ignored);
        let ignored: Vec<String> = ignored.map(|row| row.row.to_string()).collect();
        if ignored.is_empty() {
            return Ok(());
        }
        let table = self.table;
        for (query, message) in &table.orphans {
            let sql = format!("{query}{})", ignored.join(","));
            let rows = self.connection.fetch_all(AssertSqlSafe(sql)).await;
            let cannot = || {
                format!(
                    "cannot look for parents of records of {}",
                    table.target.table
                )
            };
            for row in &rows.with_context(cannot)? {
                let row = usize::try_from(row.try_get_unchecked::<u64, _>(0)?)?;
                if self.rejected.iter().any(|of| of.row == row) {
                    continue;
                }
                self.rejected.push(ServerRejection {
                    row,
                    rule: Rule::MissingParent,
                    message: message.clone(),
                });
            }
        }
        Ok(())
    }

    /// Rejects records whose row is so long that the server cannot compare it.
    fn reject_too_long(&mut self, found: &mut Vec<Found>) {
        let is_too_long = |row: &&Found| row.fate.is_changed() && row.hashes.is_none();
        let rejected = found.iter().filter(is_too_long).map(|row| ServerRejection {
            row: row.row,
            rule: Rule::RefusedByServer,
            message: "the row in the table is longer than the server's max_allowed_packet, so it \
                      cannot be compared; raise max_allowed_packet on the server"
                .to_owned(),
        });
        self.rejected.extend(rejected);
        found.retain(|row| !is_too_long(&row));
    }

    /// Inserts and changes rows. New rows, and changes that may take or free a key, are stored in
    /// the order of the file; the order of the other changes does not matter.
    async fn carry_out(&mut self, found: &[Found]) -> Result<()> {
        let of_fate = |fate: Fate| found.iter().filter(move |row| row.fate == fate);
        let plain: Vec<usize> = of_fate(Fate::Changed).map(|row| row.row).collect();
        let mut new = Vec::new();
        for row in found {
            match row.fate {
                Fate::New => new.push(row.row),
                Fate::ChangedInOrder => {
                    self.insert(&std::mem::take(&mut new)).await?;
                    self.update(&[row.row]).await?;
                }
                Fate::Changed | Fate::Unchanged | Fate::Ignored => {}
            }
        }
        self.insert(&new).await?;
        self.update(&plain).await
    }

    async fn insert(&mut self, rows: &[usize]) -> Result<()> {
        let what = (&self.table.target, self.batch);
        let how = OnComplaint::Bisect;
        let stored = insert_rows(self.connection, what, rows, self.limits, how).await?;
        self.note(stored);
        Ok(())
    }

    async fn update(&mut self, rows: &[usize]) -> Result<()> {
        let head = &self.table.update;
        let encode = |out: &mut Vec<u8>, rows: &[usize]| {
            out.clear();
            out.extend_from_slice(head.as_bytes());
            let list: Vec<String> = rows.iter().map(ToString::to_string).collect();
            out.extend_from_slice(list.join(",").as_bytes());
            out.push(b')');
            rows.len()
        };
        let target: &Target = &self.table.target;
        let how = (self.limits, OnComplaint::Bisect);
        let stored = store(self.connection, target, rows, how, &encode).await?;
        self.note(stored);
        Ok(())
    }
}

/// Counts what was done for these records.
fn summed(found: &[Found], batch: &Batch) -> MergedBatch {
    let mut sum = MergedBatch::default();
    for row in found {
        let counts = &mut sum.counts;
        match row.fate {
            Fate::New => {
                counts.inserted += 1;
                let hash = u64::from(batch.all_rows()[row.row].hash);
                sum.checksum = sum.checksum.wrapping_add(hash);
            }
            Fate::Changed | Fate::ChangedInOrder => {
                counts.updated += 1;
                let (before, after) = row.hashes.unwrap_or_default();
                sum.checksum = sum.checksum.wrapping_add(after).wrapping_sub(before);
            }
            Fate::Unchanged => counts.unchanged += 1,
            Fate::Ignored => counts.ignored += 1,
        }
    }
    sum
}

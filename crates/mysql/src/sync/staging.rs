//! Inserts rows of the file into the work table, where the server checks them by the CHECKs and
//! unique keys of the table. Writes the keys of rejected records to the work table of keys.

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, Executor};

use super::statements::{BATCH, KIND, Kind, ROW};
use super::{LateReject, SyncTable};
use crate::db::{Database, MySqlConnection};
use crate::error::{Context, Error, Result};
use crate::insert::{Inserted, Limits, OnComplaint, encode_rows, push_value, push_values, store};
use crate::target::Target;
use model::batch::Batch;
use model::flavour::Flavour;

/// A session that fills the work tables of one table.
#[derive(Debug)]
pub struct Stage {
    connection: MySqlConnection,
    limits: Limits,
    head: String,
    keys_head: String,
    target: Target,
    table: SyncTable,
    key_positions: Vec<usize>,
}

impl Stage {
    /// Opens a session.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached.
    pub async fn open(database: &Database, flavour: Flavour, table: &SyncTable) -> Result<Stage> {
        let mut connection = database.open_to_load().await?;
        if !table.is_complete() && flavour == Flavour::MariaDb {
            let unchecked = "SET SESSION check_constraint_checks = 0";
            connection.execute(unchecked).await?;
        }
        Ok(Stage {
            limits: Limits::read(&mut connection).await?,
            connection,
            head: format!(
                "INSERT INTO {} ({BATCH},{ROW},{}) VALUES ",
                table.stage(),
                table.filled("")
            ),
            keys_head: format!(
                "INSERT INTO {} ({KIND},{}) VALUES ",
                table.keys(),
                table.key_list("")
            ),
            target: table.target.clone(),
            table: table.clone(),
            key_positions: table.buckets.positions().to_vec(),
        })
    }

    /// Inserts rows of a batch, in one transaction. For each row, `rows` has its position in the
    /// batch, and the position that it has if the whole file is read. Returns the rows that the
    /// server rejects; their keys are written to the work table of keys.
    ///
    /// # Errors
    ///
    /// When a statement fails for a reason other than a row.
    pub async fn insert(
        &mut self,
        batch: &Batch,
        rows: &[(usize, usize)],
    ) -> Result<Vec<LateReject>> {
        let positions: HashMap<usize, usize> = rows.iter().copied().collect();
        let rows: Vec<usize> = rows.iter().map(|(row, _)| *row).collect();
        self.connection.execute("BEGIN").await?;
        let (head, limit) = (&self.head, self.limits.statement);
        let encode = |out: &mut Vec<u8>, rows: &[usize]| {
            encode_rows(out, (head, limit), rows, |out, row| {
                let position = positions[&row];
                out.extend_from_slice(format!("({},{position},", batch.number).as_bytes());
                push_values(out, batch, row);
                out.push(b')');
            })
        };
        let how = (self.limits, OnComplaint::Bisect);
        let stored = store(&mut self.connection, &self.target, &rows, how, &encode).await?;
        let mut late = Vec::new();
        if let Inserted::Stored(rejected) = stored {
            for of in rejected {
                let mut key = Vec::new();
                push_key(&mut key, batch, (of.row, &self.key_positions));
                self.note_keys(&[key]).await?;
                late.push(LateReject {
                    batch: batch.number,
                    row: positions[&of.row],
                    rule: of.rule,
                    message: in_words(&of.message, &self.table),
                });
            }
        }
        self.connection.execute("COMMIT").await?;
        Ok(late)
    }

    /// Writes keys of rejected records to the work table of keys. [`push_key`] has written each
    /// key. Returns how many of them the server cannot read.
    ///
    /// # Errors
    ///
    /// When a statement fails for a reason other than a key.
    pub async fn note_keys(&mut self, keys: &[Vec<u8>]) -> Result<u64> {
        let texts = keys.iter().map(|key| std::str::from_utf8(key));
        let texts: Vec<&str> = texts.collect::<Result<_, _>>().map_err(Error::other)?;
        let all = format!("{}{}", self.keys_head, texts.join(","));
        if texts.is_empty() || self.execute(&all).await? {
            return Ok(0);
        }
        let mut unreadable = 0;
        for key in texts {
            let one = format!("{}{key}", self.keys_head);
            unreadable += u64::from(!self.execute(&one).await?);
        }
        Ok(unreadable)
    }

    /// Executes a statement; returns false if a value is the cause of an error.
    async fn execute(&mut self, sql: &str) -> Result<bool> {
        match self.connection.execute(AssertSqlSafe(sql)).await {
            Ok(_) => Ok(true),
            Err(error) => match Error::from(error) {
                Error::Server(answer) if answer.blames_row() => Ok(false),
                other => Err(other).context("cannot store the keys of rejected records"),
            },
        }
    }

    /// Ends the session.
    pub async fn close(self) {
        crate::db::close(self.connection).await;
    }
}

/// Appends a key as a row of `VALUES`. `positions` are the positions of the key's columns in the
/// batch.
pub fn push_key(out: &mut Vec<u8>, batch: &Batch, (row, positions): (usize, &[usize])) {
    out.extend_from_slice(format!("({}", Kind::Kept as u8).as_bytes());
    for at in positions {
        out.push(b',');
        push_value(out, batch, row, *at);
    }
    out.push(b')');
}

/// A message of the server about the work table of a table, with the names that the user knows.
pub(super) fn in_words(message: &str, table: &SyncTable) -> String {
    let stage = format!("_reviewseed_sync_{}", table.number);
    let mut words = message.to_owned();
    // MySQL names the copies of CHECKs after the work table
    for (at, check) in table.live.checks.iter().enumerate().rev() {
        words = words.replace(&format!("{stage}_chk_{}", at + 1), &check.name);
    }
    words.replace(&stage, table.name())
}

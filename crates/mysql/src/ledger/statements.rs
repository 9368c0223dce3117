//! The statements of a user that a run has executed before or after its load. A statement is
//! identified by its text, so that a run that resumes does not execute it again after the file was
//! corrected.

use std::collections::HashSet;

use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use mysql_schema::quote::quote_literal;
use sqlx::{AssertSqlSafe, Executor, Row};

pub(super) const TABLE: &str = "_reviewseed_statements";

/// When statements are executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before the rows are loaded.
    Before,
    /// After the rows are loaded, indexed and verified.
    After,
}

impl Moment {
    /// The word in the ledger and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Moment::Before => "before",
            Moment::After => "after",
        }
    }
}

/// The statements of one moment of one run.
#[derive(Debug, Clone, Copy)]
pub struct OfRun<'a> {
    /// Number of the run; 0 before it is in the ledger.
    pub run: u64,
    /// The fingerprint of the run.
    pub fingerprint: &'a str,
    /// When the statements are executed.
    pub moment: Moment,
}

/// A statement: a hash of its text, and how often the text has occurred before.
pub type Text = (String, u32);

impl OfRun<'_> {
    /// The statements that are executed and committed. Deletes from the ledger the statements of
    /// other runs that never began.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read or written.
    pub async fn done(&self, connection: &mut MySqlConnection) -> Result<HashSet<Text>> {
        super::ensure(connection, &[TABLE]).await?;
        sqlx::query("DELETE FROM _reviewseed_statements WHERE run = 0 AND fingerprint <> ?")
            .bind(self.fingerprint)
            .execute(&mut *connection)
            .await
            .context("cannot write the ledger")?;
        let rows = sqlx::query(
            "SELECT text_hash, occurrence FROM _reviewseed_statements \
             WHERE run = ? AND fingerprint = ? AND moment = ?",
        )
        .bind(self.run)
        .bind(self.fingerprint)
        .bind(self.moment.name())
        .fetch_all(connection)
        .await
        .context("cannot read the ledger")?;
        let text = |row: &sqlx::mysql::MySqlRow| {
            Ok((row.try_get_unchecked(0)?, row.try_get_unchecked(1)?))
        };
        rows.iter().map(text).collect()
    }

    /// Executes a statement in a transaction with its row in the ledger. A statement that commits
    /// by itself, such as ALTER TABLE, is written to the ledger right after it was executed.
    ///
    /// # Errors
    ///
    /// When the statement fails; nothing of it is committed then.
    pub async fn execute(
        &self,
        connection: &mut MySqlConnection,
        sql: &str,
        ((hash, occurrence), place): (&Text, &str),
    ) -> Result<()> {
        connection.execute("BEGIN").await?;
        connection.execute(AssertSqlSafe(sql)).await?;
        let note = format!(
            "INSERT INTO _reviewseed_statements VALUES ({}, {}, '{}', '{hash}', {occurrence}, {}, \
             UTC_TIMESTAMP(3))",
            self.run,
            quote_literal(self.fingerprint),
            self.moment.name(),
            quote_literal(place)
        );
        let noted = connection.execute(AssertSqlSafe(note)).await;
        noted.context("cannot write the ledger")?;
        connection.execute("COMMIT").await?;
        Ok(())
    }
}

//! The queries that decisions of a run depend on. They are a trait, so that unit tests can use a
//! fake server.

use mysql::Result;
use mysql::ledger::inputs::{self, RunInput, TableLoad};
use mysql::ledger::schemas::{self, RunSchema};
use mysql::ledger::{self, LoadedTable, Run, beginning};
use mysql::prepare;
use sqlx::{AssertSqlSafe, Executor, Row};

use super::session::RunSession;

/// The variable with the size of MySQL's redo log.
const CAPACITY: &str = "innodb_redo_log_capacity";

/// The database of a run, and what its ledger says about earlier runs.
pub(super) trait Server {
    /// The database as messages name it.
    fn place(&self) -> String;

    /// Those of the given tables that have rows.
    async fn filled(&mut self, tables: &[String]) -> Result<Vec<String>>;

    /// The newest run in the ledger.
    async fn last_run(&mut self) -> Result<Option<Run>>;

    /// The tables that a run loaded, with their rows.
    async fn tables_of(&mut self, run: u64) -> Result<Vec<LoadedTable>>;

    /// The loads of all runs into these tables, the oldest first.
    async fn loads_of(&mut self, tables: &[String]) -> Result<Vec<TableLoad>>;

    /// How a run reads its files; empty if the ledger does not have it.
    async fn inputs_of(&mut self, run: u64) -> Result<Vec<RunInput>>;

    /// Whether a run adds rows to the rows that the tables had before.
    async fn appends(&mut self, run: u64) -> Result<bool>;

    /// The command that started a run; `None` if the ledger does not have it.
    async fn command_of(&mut self, run: u64) -> Result<Option<String>>;

    /// The schema of a run; `None` if the ledger does not have it.
    async fn schema_of(&mut self, run: u64) -> Result<Option<RunSchema>>;

    /// Whether LOAD DATA LOCAL is allowed.
    async fn local_infile(&mut self) -> Result<bool>;

    /// Allows LOAD DATA LOCAL. The ledger records the old value first.
    async fn allow_local_infile(&mut self) -> Result<()>;

    /// The size of the redo log in bytes.
    async fn redo_log_capacity(&mut self) -> Result<u64>;

    /// Changes the size of the redo log from `old` to `new` bytes. The ledger records the old size
    /// first.
    async fn change_redo_log_capacity(&mut self, old: u64, new: u64) -> Result<()>;

    /// Restores all global variables in the ledger. Returns their names.
    async fn restore_globals(&mut self) -> Result<Vec<String>>;
}

impl Server for RunSession {
    fn place(&self) -> String {
        self.database.to_string()
    }

    async fn filled(&mut self, tables: &[String]) -> Result<Vec<String>> {
        let present = prepare::present(&mut self.connection, self.database.name(), tables).await?;
        Ok(present.filled)
    }

    async fn last_run(&mut self) -> Result<Option<Run>> {
        ledger::last_run(&mut self.connection).await
    }

    async fn tables_of(&mut self, run: u64) -> Result<Vec<LoadedTable>> {
        ledger::tables_of(&mut self.connection, run).await
    }

    async fn loads_of(&mut self, tables: &[String]) -> Result<Vec<TableLoad>> {
        inputs::loads_of(&mut self.connection, tables).await
    }

    async fn inputs_of(&mut self, run: u64) -> Result<Vec<RunInput>> {
        inputs::inputs_of(&mut self.connection, run).await
    }

    async fn appends(&mut self, run: u64) -> Result<bool> {
        beginning::appends(&mut self.connection, run).await
    }

    async fn command_of(&mut self, run: u64) -> Result<Option<String>> {
        beginning::command_of(&mut self.connection, run).await
    }

    async fn schema_of(&mut self, run: u64) -> Result<Option<RunSchema>> {
        schemas::schema_of(&mut self.connection, run).await
    }

    async fn local_infile(&mut self) -> Result<bool> {
        let row = self
            .connection
            .fetch_one("SELECT @@GLOBAL.local_infile <> 0");
        let read = row.await.and_then(|row| row.try_get_unchecked(0));
        read.map_err(|error| mysql::Error::from(error).context("cannot read local_infile"))
    }

    async fn allow_local_infile(&mut self) -> Result<()> {
        let on = "SET GLOBAL local_infile = ON";
        ledger::change_global(&mut self.connection, "local_infile", "OFF", on).await
    }

    async fn redo_log_capacity(&mut self) -> Result<u64> {
        // the older innodb_log_file_size, if it is set, decides the size instead of the variable
        let sql = "SELECT @@GLOBAL.innodb_redo_log_capacity, MAX(CAST(VARIABLE_VALUE AS UNSIGNED)) \
                   FROM performance_schema.global_status \
                   WHERE VARIABLE_NAME = 'Innodb_redo_log_capacity_resized'";
        let row = self.connection.fetch_one(sql).await;
        let read = row.and_then(|row| {
            let used: Option<u64> = row.try_get_unchecked(1)?;
            Ok(row.try_get_unchecked::<u64, _>(0)?.max(used.unwrap_or(0)))
        });
        read.map_err(|error| mysql::Error::from(error).context("cannot read the redo log's size"))
    }

    async fn change_redo_log_capacity(&mut self, old: u64, new: u64) -> Result<()> {
        let sql = AssertSqlSafe(format!("SET GLOBAL {CAPACITY} = {new}"));
        ledger::change_global(&mut self.connection, CAPACITY, &old.to_string(), sql).await
    }

    async fn restore_globals(&mut self) -> Result<Vec<String>> {
        ledger::restore_globals(&mut self.connection).await
    }
}

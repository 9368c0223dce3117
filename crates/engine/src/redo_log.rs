//! The redo log of the private server. It is disabled only while one run loads into a server that
//! has no other data.
//!
//! [`private_server::RedoLogMark`] describes the risk and what happens after a crash.

use crate::error::{Context, Result, fail};
use sqlx::{AssertSqlSafe, Executor, Row};

use crate::event::Events;
use model::flavour::Flavour;
use mysql::db::{self, DatabaseUrl, Locks, MySqlConnection, ServerInfo, Sessions};
use mysql::ledger;
use mysql_schema::quote::quote_literal;
use private_server::{RedoLogMark, RunningServer};

/// The first version of MySQL that can load without its redo log.
const SINCE: (u16, u16, u16) = (8, 0, 21);

/// The lock of a command that checks whether the log must be enabled, and enables it. Enabling the
/// log also needs the run lock until the server has written all pages to the disk. A command that
/// wants the run lock waits for this lock first, where it can report why it waits.
const LOCK: &str = "reviewseed_redo_log";
/// Seconds that a command waits for this lock.
const PATIENCE: u64 = 600;

/// Whether a crash of the server would lose only rows of these tables, all of which this run loads.
pub async fn may_be_off(
    connection: &mut MySqlConnection,
    url: &DatabaseUrl,
    server: &ServerInfo,
    tables: &[String],
) -> Result<bool> {
    if server.flavour != Flavour::MySql || server.number < SINCE {
        return Ok(false);
    }
    let ledger = ledger::TABLE_NAMES.iter().copied();
    let names = ledger.chain(tables.iter().map(String::as_str));
    let names: Vec<String> = names.map(quote_literal).collect();
    let theirs = "NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')";
    let row = connection
        .fetch_one(AssertSqlSafe(format!(
            "SELECT (SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA {theirs}
                 AND NOT (TABLE_SCHEMA = {} AND TABLE_NAME IN ({})))
               + (SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA {theirs})
               + (SELECT COUNT(*) FROM information_schema.EVENTS)
               + (SELECT COUNT(*) FROM mysql.user WHERE user NOT IN ('root', 'reviewseed') AND user NOT LIKE 'mysql.%')",
            quote_literal(url.database()),
            names.join(", ")
        )))
        .await
        .context("cannot check whether the private server holds other tables")?;
    Ok(row.try_get_unchecked::<i64, _>(0)? == 0)
}

/// Enlarges the log for a load of this many bytes of text. The server keeps this size until its
/// next start; then it chooses the size by the size of the tables.
pub(crate) async fn grow(
    connection: &mut MySqlConnection,
    running: &RunningServer,
    text: u64,
) -> Result<()> {
    let Some(wanted) = running.redo_log_for(text) else {
        return Ok(());
    };
    let variable = match running.product().flavour {
        private_server::Flavour::MySQL => "innodb_redo_log_capacity",
        private_server::Flavour::MariaDB => "innodb_log_file_size",
    };
    let row = connection
        .fetch_one(AssertSqlSafe(format!("SELECT @@GLOBAL.{variable}")))
        .await?;
    if row.try_get_unchecked::<u64, _>(0)? < wanted {
        connection
            .execute(AssertSqlSafe(format!("SET GLOBAL {variable} = {wanted}")))
            .await
            .context("cannot make the redo log of the private server larger")?;
    }
    Ok(())
}

/// Disables the log, after setting the mark.
pub async fn switch_off(connection: &mut MySqlConnection, mark: &RedoLogMark) -> Result<()> {
    mark.set()?;
    connection
        .execute("ALTER INSTANCE DISABLE INNODB REDO_LOG")
        .await
        .context("cannot switch the redo log of the private server off")?;
    Ok(())
}

/// Enables the log. The server first writes all changes to the disk.
pub async fn switch_on(connection: &mut MySqlConnection, mark: &RedoLogMark) -> Result<()> {
    connection
        .execute("ALTER INSTANCE ENABLE INNODB REDO_LOG")
        .await
        .context("cannot switch the redo log of the private server on again")?;
    mark.clear()?;
    Ok(())
}

/// Handles a run that was killed while the log was disabled: reports what was lost, and enables the
/// log unless another run is working.
pub async fn recover(running: &RunningServer, events: &Events) -> Result<()> {
    if running.data_recreated {
        events.info(
            "server: the private server was killed while a run of `seed` had its redo log off, so all rows were lost; the server starts over empty: run `seed` again",
        );
    }
    let mark = running.redo_log_mark();
    if !mark.is_set() {
        return Ok(());
    }
    let url = DatabaseUrl::parse(&running.url())?;
    let mut connection = db::connect(&url).await?;
    let locks = Locks::of(connection.engine(), url.database());
    if !locks.take(&mut connection, LOCK, 1).await? {
        events.info(
            "server: waiting for another command that is switching the redo log on again, because \
             a killed run had left it off",
        );
        if !locks.take(&mut connection, LOCK, PATIENCE).await? {
            fail!(
                "the redo log of the private server is still off after {PATIENCE} s; see SHOW \
                 PROCESSLIST, and run the same command again"
            );
        }
    }
    if mark.is_set() && Sessions::new(&url).try_lead(&mut connection).await? {
        switch_on(&mut connection, &mark).await?;
        events.detail("server: the redo log, which a killed run had switched off, is on again");
    }
    db::close(connection).await;
    Ok(())
}

//! The last step of a physical import: the server imports the file that was made from the one that
//! it exported. A file that was put in place while the server was stopped is not imported; only its
//! batches are written to the ledger.
//!
//! When the server does not accept a file, the table is dropped at once, because the next use of
//! the table, even a read, may crash the server.

use std::fs::File;

use crate::db::MySqlConnection;
use crate::error::{Context, Error, Result, fail};
use sqlx::{AssertSqlSafe, Executor, Row};

use super::export::Prepared;
use super::host::checkpoint;
use super::recover::{drop_table, forget, note, remove};
use crate::insert::{Inserted, Limits, OnComplaint, insert};
use crate::target::Target;
use innodb_file::build::BuiltFile;
use model::batch::Batch;
use model::flavour::Flavour;
use mysql_schema::quote::{quote_identifier, quote_literal};

/// Maximum number of rows of one INSERT into the ledger.
const NOTES_AT_ONCE: usize = 500;

/// A batch whose rows are in a tablespace file, as the ledger records it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    number: u32,
    start: u64,
    end: u64,
    rows: u64,
    checksum: u64,
}

impl Note {
    /// The ledger entry of a batch.
    pub fn of(batch: &Batch) -> Note {
        Note {
            number: batch.number,
            start: batch.start,
            end: batch.end,
            rows: batch.len() as u64,
            checksum: batch.checksum(),
        }
    }
}

/// The rows of a tablespace file, as the ledger records them.
#[derive(Debug, Clone, Copy)]
pub struct ImportedRows<'a> {
    /// The run that loads the rows.
    pub run: u64,
    /// The batches of the rows.
    pub batches: &'a [Note],
}

/// The id of a transaction that the server has begun.
///
/// # Errors
///
/// When the server does not show the id.
pub async fn begun_transaction(connection: &mut MySqlConnection) -> Result<u64> {
    let row = connection
        .fetch_one("SHOW ENGINE INNODB STATUS")
        .await
        .context("cannot read the state of InnoDB (that needs the privilege PROCESS)")?;
    let status: String = row.try_get_unchecked(2)?;
    next_transaction(&status)
        .and_then(|next| next.checked_sub(1))
        .filter(|begun| *begun > 0)
        .context("SHOW ENGINE INNODB STATUS does not show the id of the next transaction")
}

/// The id of the next transaction, from the state of InnoDB.
fn next_transaction(status: &str) -> Option<u64> {
    let (_, rest) = status.split_once("Trx id counter ")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// Makes the server import a verified file, and writes its batches to the ledger.
///
/// # Errors
///
/// When the server does not import the file; the table is dropped then.
pub async fn import(
    connection: &mut MySqlConnection,
    prepared: &Prepared,
    target: &Target,
    built: BuiltFile,
    loaded: ImportedRows<'_>,
) -> Result<()> {
    let table = &target.table;
    discard(connection, table).await?;
    let imported = import_file(connection, prepared, &built).await;
    if let Err(error) = imported {
        // the table is dropped at once, because any other use of it may crash the server
        return Err(
            match drop_table(connection, table, Some(&prepared.folder)).await {
                Ok(()) => error,
                Err(second) => error.context(format!(
                    "{table} cannot be dropped now ({second:#}); the next run drops it"
                )),
            },
        );
    }
    enter(connection, target, &built, loaded).await
}

/// Completes a table whose file the server has: writes its batches to the ledger, sets the next
/// AUTO_INCREMENT number, and inserts the rows that are too long for the file.
///
/// # Errors
///
/// When a statement fails; the next run drops the table.
pub async fn enter(
    connection: &mut MySqlConnection,
    target: &Target,
    built: &BuiltFile,
    loaded: ImportedRows<'_>,
) -> Result<()> {
    let table = &target.table;
    if let Some(largest) = built.largest {
        set_next_number(connection, table, largest.saturating_add(1)).await?;
    }
    connection.execute("BEGIN").await?;
    note_batches(connection, table, loaded).await?;
    if let Some(long) = &built.long {
        let limits = Limits::read(connection).await?;
        if insert(connection, target, long, limits, OnComplaint::GiveUp).await?
            == Inserted::Complaint
        {
            fail!(
                Unfit,
                "{table}: the server does not accept a row of more than half a page; use --load \
                 local-infile, which finds and rejects this row"
            );
        }
    }
    note(connection, loaded.run, table).await?;
    forget(connection, table).await?;
    connection.execute("COMMIT").await?;
    Ok(())
}

/// Sets the next AUTO_INCREMENT number.
async fn set_next_number(connection: &mut MySqlConnection, table: &str, next: u64) -> Result<()> {
    let quoted = quote_identifier(table);
    // with an empty sql_mode, so that a default of 0000-00-00, which the schema file may allow,
    // causes no error
    for sql in [
        "SET @reviewseed_sql_mode = @@sql_mode, sql_mode = ''",
        &format!("ALTER TABLE {quoted} AUTO_INCREMENT = {next}"),
        "SET sql_mode = @reviewseed_sql_mode",
    ] {
        connection
            .execute(AssertSqlSafe(sql.to_owned()))
            .await
            .with_context(|| format!("cannot set AUTO_INCREMENT of {table}"))?;
    }
    Ok(())
}

/// Writes the ledger rows of the batches; the caller owns the transaction.
async fn note_batches(
    connection: &mut MySqlConnection,
    table: &str,
    ImportedRows { run, batches }: ImportedRows<'_>,
) -> Result<()> {
    let table = quote_literal(table);
    for batches in batches.chunks(NOTES_AT_ONCE) {
        let row = |n: &Note| {
            format!(
                "({run}, {table}, {}, {}, {}, {}, {}, CONNECTION_ID())",
                n.number, n.start, n.end, n.rows, n.checksum
            )
        };
        let rows: Vec<String> = batches.iter().map(row).collect();
        let sql = format!("INSERT INTO _reviewseed_batches VALUES {}", rows.join(","));
        connection.execute(AssertSqlSafe(sql)).await?;
    }
    Ok(())
}

/// Discards the empty file of the table, unless rows were inserted in the meantime.
pub(super) async fn discard(connection: &mut MySqlConnection, table: &str) -> Result<()> {
    let quoted = quote_identifier(table);
    let run = |sql: String| AssertSqlSafe(sql);
    connection
        .execute(run(format!("LOCK TABLES {quoted} WRITE")))
        .await?;
    let discarded = async {
        let row = connection
            .fetch_optional(run(format!("SELECT 1 FROM {quoted} LIMIT 1")))
            .await?;
        if row.is_some() {
            fail!(
                Unfit,
                "another program has inserted rows into {table}, which this run created and emptied"
            );
        }
        connection
            .execute(run(format!("ALTER TABLE {quoted} DISCARD TABLESPACE")))
            .await
            .with_context(|| format!("cannot discard the empty file of {table}"))?;
        Ok(())
    }
    .await;
    connection.execute("UNLOCK TABLES").await?;
    discarded
}

/// Moves the file to the place of the discarded one, and imports it.
///
/// On MariaDB, a checkpoint follows. The redo log still has the record that the empty file was
/// deleted, and the imported file has the same space id. Recovery from an older checkpoint would
/// therefore skip all later changes of the table, also those of committed transactions.
pub(super) async fn import_file(
    connection: &mut MySqlConnection,
    prepared: &Prepared,
    built: &BuiltFile,
) -> Result<()> {
    let table = &prepared.layout.table;
    let place = |ending: &str| prepared.folder.join(format!("{table}.{ending}"));
    let (file, description) = (place("ibd"), place("cfg"));
    if file.exists() {
        fail!(
            Unfit,
            "'{}' still exists although the server has discarded it",
            file.display()
        );
    }
    std::fs::write(&description, &prepared.description)
        .and_then(|()| File::open(&description)?.sync_all())
        .and_then(|()| std::fs::rename(built.path(), &file))
        .and_then(|()| File::open(&prepared.folder)?.sync_all())
        .with_context(|| {
            format!(
                "cannot replace '{}' with the file to import",
                file.display()
            )
        })?;
    connection
        .execute(AssertSqlSafe(format!(
            "ALTER TABLE {} IMPORT TABLESPACE",
            quote_identifier(table)
        )))
        .await
        .map_err(|error| match Error::from(error) {
            answer @ Error::Server(_) => answer.context(format!(
                "the server does not accept the file of {table}; please report this"
            )),
            lost => lost.context(format!(
                "the server was lost while it imported the file of {table}"
            )),
        })?;
    if prepared.flavour == Flavour::MariaDb {
        checkpoint(connection).await?;
    }
    remove(&description)
}

#[cfg(test)]
mod tests {
    use super::next_transaction;

    #[test]
    fn the_next_transaction_is_read_from_the_state_of_innodb() {
        let status = "------------\nTRANSACTIONS\n------------\nTrx id counter 1002322\nPurge done for trx's n:o < 1002320";
        assert_eq!(next_transaction(status), Some(1_002_322));
        assert_eq!(next_transaction("Trx id counter none"), None);
        assert_eq!(next_transaction(""), None);
    }
}

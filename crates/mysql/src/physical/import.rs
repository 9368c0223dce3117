//! The two ends of a physical import: the export of an empty table's file, and the import of the
//! file that was made from it. A file that was put in place while the server was stopped is not
//! imported; only its batches are written to the ledger.
//!
//! When the server does not accept a file, the table is dropped at once, because the next use of
//! the table, even a read, may crash the server.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::db::MySqlConnection;
use crate::error::{Context, Error, Result, fail};
use sqlx::{AssertSqlSafe, Executor, Row};

use super::fitness::Fit;
use super::recover::{drop_table, forget, note, remove};
use crate::insert::{Inserted, Limits, OnComplaint, insert};
use crate::target::Target;
use innodb_file::build::{BuiltFile, Layout};
use innodb_file::template::Template;
use model::batch::Batch;
use model::flavour::Flavour;
use mysql_schema::quote::{quote_identifier, quote_literal};

/// Maximum number of rows of one INSERT into the ledger.
const NOTES_AT_ONCE: usize = 500;

/// A table that is ready for its file.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The rows and indexes in the file.
    pub layout: Arc<Layout>,
    /// The empty table's file.
    pub template: Template,
    /// Where the server keeps the table.
    pub folder: PathBuf,
    /// The .cfg file that the server exports with the table's file, and reads when it imports.
    description: Vec<u8>,
}

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

/// Exports the file of an empty table that was just created, and finds its trees.
///
/// # Errors
///
/// When the table is not of the expected kind, or its file cannot be exported.
pub async fn prepare(
    connection: &mut MySqlConnection,
    flavour: Flavour,
    database: &str,
    folder: &Path,
    fit: &Fit,
) -> Result<Prepared> {
    let table = &fit.layout.table;
    must_be_plain(connection, database, table).await?;
    let (file, description) = export(connection, folder, table).await?;
    let template = Template::read(flavour, file, fit.layout.indexes.len() + 1);
    let template = template.map_err(Error::other)?;
    let names = names_of_roots(connection, flavour, database, table, &template).await?;
    Ok(Prepared {
        layout: Arc::new(in_order_of(&names, &fit.layout)?),
        template,
        folder: folder.to_owned(),
        description,
    })
}

/// Checks that a table is one whose file this program can write.
async fn must_be_plain(
    connection: &mut MySqlConnection,
    database: &str,
    table: &str,
) -> Result<()> {
    let described = format!(
        "SELECT CAST(t.row_format AS CHAR), CAST(t.engine AS CHAR), CAST(t.create_options AS CHAR), (SELECT COUNT(*) FROM information_schema.triggers \
         WHERE event_object_schema = t.table_schema AND event_object_table = t.table_name) \
         FROM information_schema.tables AS t WHERE t.table_type = 'BASE TABLE' AND t.table_schema = {} AND t.table_name = {}",
        quote_literal(database),
        quote_literal(table)
    );
    let row = connection
        .fetch_optional(AssertSqlSafe(described))
        .await
        .context("cannot read how it was created")?
        .context("it is not an ordinary table (it is a view, or WITH SYSTEM VERSIONING)")?;
    let format: String = row.try_get_unchecked(0)?;
    let engine: String = row.try_get_unchecked(1)?;
    let options: String = row.try_get_unchecked(2)?;
    if format != "Dynamic" || engine != "InnoDB" || row.try_get_unchecked::<i64, _>(3)? != 0 {
        fail!(
            Unfit,
            "it has triggers, or is not an InnoDB table with the row format DYNAMIC ({engine}, \
             {format})"
        );
    }
    let options = options.to_lowercase();
    let other = ["partitioned", "encrypt", "compress"];
    if other.iter().any(|other| options.contains(other)) {
        fail!(
            Unfit,
            "it was created with {options}, which is not supported"
        );
    }
    Ok(())
}

/// The file of the empty table, and the description that the server exports with it.
async fn export(
    connection: &mut MySqlConnection,
    folder: &Path,
    table: &str,
) -> Result<(Vec<u8>, Vec<u8>)> {
    let quoted = quote_identifier(table);
    connection
        .execute("SET SESSION foreign_key_checks = 0")
        .await?;
    // indexes that were dropped have left their pages in the file
    connection
        .execute(AssertSqlSafe(format!("TRUNCATE TABLE {quoted}")))
        .await?;
    connection
        .execute(AssertSqlSafe(format!("FLUSH TABLES {quoted} FOR EXPORT")))
        .await?;
    let read = |ending: &str| {
        let path = folder.join(format!("{table}.{ending}"));
        std::fs::read(&path).with_context(|| format!("cannot read '{}'", path.display()))
    };
    let (file, description) = (read("ibd"), read("cfg"));
    connection.execute("UNLOCK TABLES").await?;
    Ok((file?, description?))
}

/// The layout with its indexes in the order of the trees of the file.
fn in_order_of(names: &[String], layout: &Layout) -> Result<Layout> {
    let Some((_, others)) = names.split_first().filter(|(first, _)| *first == "PRIMARY") else {
        fail!(
            Unfit,
            "the first tree of its file is not that of the primary key"
        );
    };
    let mut ordered = layout.clone();
    ordered.indexes.clear();
    for name in others {
        let found = layout.indexes.iter().find(|(of, _)| of == name);
        let found =
            found.with_context(|| format!("its file has an index {name} that is not expected"))?;
        ordered.indexes.push(found.clone());
    }
    Ok(ordered)
}

/// The names of the indexes whose roots are in the template. InnoDB's catalogue has the pages, ids
/// and tablespaces of all indexes.
async fn names_of_roots(
    connection: &mut MySqlConnection,
    flavour: Flavour,
    database: &str,
    table: &str,
    template: &Template,
) -> Result<Vec<String>> {
    let prefix = match flavour {
        Flavour::MySql => "INNODB_",
        Flavour::MariaDb => "INNODB_SYS_",
    };
    let sql = format!(
        "SELECT CAST(i.NAME AS CHAR), CAST(i.PAGE_NO AS UNSIGNED), CAST(i.INDEX_ID AS UNSIGNED), CAST(i.SPACE AS UNSIGNED) \
         FROM information_schema.{prefix}INDEXES AS i JOIN information_schema.{prefix}TABLES AS t ON t.TABLE_ID = i.TABLE_ID WHERE t.NAME = {}",
        quote_literal(&format!("{database}/{table}"))
    );
    let rows = connection
        .fetch_all(AssertSqlSafe(sql))
        .await
        .context("cannot read which indexes InnoDB has (that needs the right PROCESS)")?;
    let mut names = Vec::new();
    for root in &template.roots {
        let mut name = None;
        for row in &rows {
            let number = |at: usize| row.try_get_unchecked::<u64, _>(at);
            if number(1)? == u64::from(root.page)
                && number(2)? == root.index
                && number(3)? == u64::from(template.stamp.space)
            {
                name = Some(row.try_get_unchecked::<String, _>(0)?);
            }
        }
        names.push(name.context("its file is not the one that the server uses")?);
    }
    if rows.len() != names.len() {
        fail!(Unfit, "its file lacks an index");
    }
    Ok(names)
}

impl Prepared {
    /// The same table, in whose file this transaction id is written ([`Template::transaction`]).
    pub fn with_transaction(self, transaction: u64) -> Prepared {
        Prepared {
            template: self.template.with_transaction(transaction),
            ..self
        }
    }

    /// The file of the table that the server opens.
    pub fn live_file(&self) -> PathBuf {
        self.folder.join(format!("{}.ibd", self.layout.table))
    }
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
        .context("cannot read the state of InnoDB (that needs the right PROCESS)")?;
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
            .with_context(|| format!("cannot set the next number of {table}"))?;
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
                "another program has inserted rows into {table} in the meantime"
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

//! Finds out whether a server accepts the tablespace files of this program, with a table that only
//! the probe uses.
//!
//! A table with all types and kinds of indexes is written to a file and imported. A second table is
//! filled by INSERT. Both tables must hold the same rows in every index, CHECK TABLE must find no
//! error, and the same must be true after the same changes to both. So a server is accepted because
//! it passed this test, not because a list names its version.

use std::path::Path;

use crate::db::MySqlConnection;
use crate::error::{Context, Error, Result, fail};
use sqlx::{AssertSqlSafe, Executor, Row};

use super::check::complaints;
use super::export::prepare;
use super::fitness::layout;
use super::import::{discard, import_file};
use super::recover::{announce, drop_table, forget};
use crate::insert::{Inserted, Limits, OnComplaint, insert};
use crate::target::Target;
use crate::test_rows;
use innodb_file::build::Build;
use innodb_file::verifier::verify;
use model::batch::Batch;
use model::flavour::Flavour;
use model::schema::Table;
use mysql_schema::parse::parse;

/// The table whose file is imported.
const BY_FILE: &str = "_reviewseed_probe_file";
/// The table with the same rows, which is filled by INSERT.
const BY_SQL: &str = "_reviewseed_probe_sql";
/// Number of rows: enough for a tree of two levels.
const ROWS: u64 = 900;
/// Maximum number of bytes of keys that are sorted in memory.
const KEY_MEMORY: usize = 4 << 20;

/// Changes that are made to both tables of the probe. They split, empty and merge pages, and rows
/// grow and shrink.
const CHANGES: [&str; 6] = [
    "UPDATE :table SET w = CONCAT('longer ', REPEAT('x', id % 300)), i1 = NULL WHERE u % 3 = 0",
    "DELETE FROM :table WHERE u % 5 = 1",
    "UPDATE :table SET tx = LEFT(tx, 3), da = NULL, i3 = 7 WHERE u % 7 = 2",
    "UPDATE :table SET id = id DIV 2 + 1000, u = u DIV 2 WHERE id = (SELECT * FROM (SELECT MAX(id) FROM :table) AS last)",
    "INSERT INTO :table (id, i2, yes, d0, v, u) VALUES (424242, 1, 0, '2020-02-02', 'new', 123456789)",
    "DELETE FROM :table WHERE id < 2000000000",
];

/// Finds out whether the server accepts files in this folder of the database.
///
/// # Errors
///
/// With the reason why the server does not accept the files. Tables must not be imported then.
pub async fn probe(
    connection: &mut MySqlConnection,
    flavour: Flavour,
    database: &str,
    folder: &Path,
) -> Result<()> {
    // listed in the ledger, so that the next run drops the tables if this run is killed
    announce(connection, &[BY_FILE.to_owned(), BY_SQL.to_owned()]).await?;
    let probed = async {
        for table in [BY_FILE, BY_SQL] {
            drop_table(connection, table, Some(folder)).await?;
            connection.execute(AssertSqlSafe(schema(table))).await?;
        }
        let table = &described()?;
        let rows = test_rows::batch(&table.columns, ROWS);
        by_file(connection, (flavour, database, folder), table, &rows).await?;
        by_sql(connection, table, &rows).await?;
        compare(connection, table).await?;
        for change in CHANGES {
            for name in [BY_FILE, BY_SQL] {
                let sql = change.replace(":table", name);
                connection.execute(AssertSqlSafe(sql)).await?;
            }
        }
        compare(connection, table).await
    };
    let probed: Result<()> = probed.await;
    for table in [BY_FILE, BY_SQL] {
        drop_table(connection, table, Some(folder)).await?;
        forget(connection, table).await?;
    }
    probed
}

fn schema(table: &str) -> String {
    include_str!("probe.sql").replace(":table", table)
}

/// The table whose file is imported, parsed from the schema.
fn described() -> Result<Table> {
    // the table is parsed under another name, because the parser leaves out names that begin with
    // _reviewseed
    let parsed = parse(&schema("probe"), "the probe").map_err(Error::other)?;
    let table = parsed.tables.into_iter().next();
    Ok(Table {
        name: BY_FILE.to_owned(),
        ..table.context("the test table has no definition")?
    })
}

async fn by_file(
    connection: &mut MySqlConnection,
    (flavour, database, folder): (Flavour, &str, &Path),
    table: &Table,
    rows: &Batch,
) -> Result<()> {
    let all: Vec<usize> = (0..table.columns.len()).collect();
    let fit = layout(table, &all).map_err(Error::Unfit)?;
    if let Some((index, why)) = fit.left_out.first() {
        fail!(Unfit, "index {index} of the test table is left out: {why}");
    }
    let prepared = prepare(connection, flavour, database, folder, &fit).await?;
    let layout = prepared.layout.clone();
    let template = prepared.template.clone();
    let built = Build::new(layout.clone(), template, folder, KEY_MEMORY)
        .and_then(|mut build| build.add(rows).map(|()| build))
        .and_then(Build::finish)
        .map_err(Error::other)?;
    let file = std::fs::File::open(built.path())?;
    verify(&file, &layout, &built.template, &built.contents).map_err(Error::other)?;
    discard(connection, BY_FILE).await?;
    import_file(connection, &prepared, &built).await
}

async fn by_sql(connection: &mut MySqlConnection, table: &Table, rows: &Batch) -> Result<()> {
    let target = Target {
        table: BY_SQL.to_owned(),
        columns: table.columns.clone(),
        computed: Vec::new(),
    };
    let limits = Limits::read(connection).await?;
    match insert(connection, &target, rows, limits, OnComplaint::GiveUp).await? {
        Inserted::Stored(_) => Ok(()),
        Inserted::Complaint => fail!(Unfit, "the server does not store rows of the test table"),
    }
}

/// Compares all rows of both tables, once through each index, and lets the server check the
/// imported table.
async fn compare(connection: &mut MySqlConnection, table: &Table) -> Result<()> {
    let names: Vec<&str> = table.columns.iter().map(|c| &*c.name).collect();
    let values: Vec<String> = names
        .iter()
        .map(|name| format!("COALESCE(CAST({name} AS CHAR), 'NULL')"))
        .collect();
    for index in &table.indexes {
        let mut sums = Vec::new();
        for name in [BY_FILE, BY_SQL] {
            let sql = format!(
                "SELECT CAST(CONCAT_WS('/', COUNT(*), SUM(CRC32(CONCAT_WS('#', {})))) AS CHAR) FROM {name} FORCE INDEX ({})",
                values.join(", "),
                index.name
            );
            let row = connection.fetch_one(AssertSqlSafe(sql)).await?;
            sums.push(row.try_get_unchecked::<String, _>(0)?);
        }
        if sums[0] != sums[1] {
            fail!(
                Unfit,
                "an imported test table and one loaded by SQL have different rows in index {}",
                index.name
            );
        }
    }
    match complaints(connection, BY_FILE).await?.first() {
        Some(complaint) => fail!(Unfit, "{complaint}"),
        None => Ok(()),
    }
}

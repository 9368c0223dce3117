//! The work tables of a run: created when it begins to compare rows, and dropped when it ends. If
//! it is killed, the next run drops them.

use sqlx::{AssertSqlSafe, Executor};

use super::SyncTable;
use super::digest::BucketSet;
use super::statements::{BATCH, BUCKET_TABLE, KIND, N, ROW, quoted};
use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use model::flavour::Flavour;
use model::schema::{Column, Index, IndexKey, IndexKind, IndexPart};
use mysql_schema::quote::quote_identifier;

/// Maximum number of buckets in one INSERT statement.
const BUCKETS_AT_ONCE: usize = 10_000;

/// Whether this is the name of a work table.
pub fn is_work_table(name: &str) -> bool {
    name.starts_with("_reviewseed_sync_")
}

/// Updates the statistics of the work tables, which have just been filled. Otherwise the optimizer
/// may join the tables in a slow order.
///
/// # Errors
///
/// When the connection is lost.
pub async fn analyze(connection: &mut MySqlConnection, tables: &[&SyncTable]) -> Result<()> {
    let names = tables
        .iter()
        .flat_map(|table| [table.stage(), table.keys()]);
    let names: Vec<String> = names.collect();
    let sql = format!("ANALYZE NO_WRITE_TO_BINLOG TABLE {}", names.join(", "));
    let done = connection.fetch_all(AssertSqlSafe(sql)).await;
    done.context("cannot update the statistics of the work tables of --sync")?;
    Ok(())
}

/// Drops the work tables of this run, or of a run that was killed.
///
/// # Errors
///
/// When a table cannot be dropped.
pub async fn drop_all(connection: &mut MySqlConnection) -> Result<()> {
    let names = crate::ledger::removal::tables(connection).await?;
    let ours = names.iter().filter(|name| is_work_table(name));
    let ours: Vec<String> = ours.map(|name| quote_identifier(name)).collect();
    if ours.is_empty() {
        return Ok(());
    }
    // DROP would commit a transaction that was not finished; a lost connection is noticed below
    let _ = connection.execute("ROLLBACK").await;
    let sql = format!("DROP TABLE IF EXISTS {}", ours.join(", "));
    let dropped = connection.execute(AssertSqlSafe(sql)).await;
    dropped.with_context(|| {
        format!(
            "cannot drop the work tables of --sync; grant the account the privilege DROP, so that \
             the next run drops them, or drop these tables yourself: {}",
            ours.join(", ")
        )
    })?;
    Ok(())
}

/// Creates the work tables of `tables`. Each table comes with the buckets in which it differs from
/// its file.
///
/// # Errors
///
/// When the account may not create tables.
pub async fn create(
    connection: &mut MySqlConnection,
    flavour: Flavour,
    tables: &[(&SyncTable, &BucketSet)],
) -> Result<()> {
    drop_all(connection).await?;
    let buckets = format!(
        "CREATE TABLE {BUCKET_TABLE} (number INT NOT NULL, bucket BIGINT NOT NULL, \
         PRIMARY KEY (number, bucket)) ENGINE = InnoDB"
    );
    execute(connection, &buckets).await?;
    for (table, differing) in tables {
        let like = format!("CREATE TABLE {} LIKE {}", table.stage(), table.quoted());
        execute(connection, &like).await?;
        if table.live.system_versioned {
            // this is a separate ALTER, because an ALTER that also adds columns is not allowed
            let plain = format!("ALTER TABLE {} DROP SYSTEM VERSIONING", table.stage());
            execute(connection, &plain).await?;
        }
        execute(connection, &table.simplified(flavour)).await?;
        execute(connection, &table.create_keys()).await?;
        fill_buckets(connection, table, differing).await?;
    }
    Ok(())
}

async fn fill_buckets(
    connection: &mut MySqlConnection,
    table: &SyncTable,
    differing: &BucketSet,
) -> Result<()> {
    let rows = differing.iter().flat_map(|bucket| {
        let numbers = super::buckets::KeyBuckets::for_server(bucket);
        numbers.map(|number| format!("({},{number})", table.number))
    });
    let rows: Vec<String> = rows.collect();
    for rows in rows.chunks(BUCKETS_AT_ONCE) {
        let sql = format!("INSERT INTO {BUCKET_TABLE} VALUES {}", rows.join(","));
        execute(connection, &sql).await?;
    }
    Ok(())
}

async fn execute(connection: &mut MySqlConnection, sql: &str) -> Result<()> {
    let done = connection.execute(AssertSqlSafe(sql)).await;
    done.context(
        "cannot create the work tables of --sync; the account needs the privileges to create, change \
         and drop tables in the database",
    )?;
    Ok(())
}

/// Whether a row without a value of the column cannot be inserted.
pub(super) fn needs_value(column: &Column) -> bool {
    !(column.nullable || column.generated || column.auto_increment) && column.default.is_none()
}

impl SyncTable {
    /// Whether the file fills all columns of the table except generated ones.
    pub(super) fn is_complete(&self) -> bool {
        let columns = self.live.columns.iter();
        columns
            .filter(|c| !c.generated)
            .all(|c| self.fills(&c.name))
    }

    /// The statement that makes an empty copy of the table the work table for rows of the file. It
    /// drops the keys that do not help to check or find these rows, and the keys that need values
    /// which the file does not have.
    fn simplified(&self, flavour: Flavour) -> String {
        let mut changes = vec![
            format!("ADD COLUMN {BATCH} INT UNSIGNED NOT NULL"),
            format!("ADD COLUMN {ROW} INT UNSIGNED NOT NULL"),
        ];
        let dropped = self
            .live
            .indexes
            .iter()
            .filter(|index| !self.is_needed(index));
        changes.extend(dropped.map(|i| format!("DROP INDEX {}", quote_identifier(&i.name))));
        if !self.is_complete() {
            changes.extend(self.dropped_checks(flavour));
            // these columns are dropped, because rows of the work table have no values for them,
            // and they may have no default
            let unfilled = self.live.columns.iter().filter(|c| !self.fills(&c.name));
            let dropped = unfilled.filter(|c| c.generated || needs_value(c));
            changes.extend(dropped.map(|c| format!("DROP COLUMN {}", quoted(c))));
        }
        format!("ALTER TABLE {} {}", self.stage(), changes.join(", "))
    }

    fn dropped_checks(&self, flavour: Flavour) -> Vec<String> {
        match flavour {
            Flavour::MySql => {
                // MySQL names the copies of CHECKs after the work table
                let name = format!("_reviewseed_sync_{}", self.number);
                let checks = 1..=self.live.checks.len();
                let dropped = checks.map(|n| format!("DROP CHECK {name}_chk_{n}"));
                dropped.collect()
            }
            // a CHECK of a column has no name here, and is dropped with its column
            Flavour::MariaDb => {
                let names = self.live.checks.iter().map(|check| &check.name);
                let names = names.filter(|name| !name.is_empty());
                let dropped = names
                    .map(|name| format!("DROP CONSTRAINT IF EXISTS {}", quote_identifier(name)));
                dropped.collect()
            }
        }
    }

    /// The columns without which no row can be inserted, and which the file does not fill.
    pub(super) fn lacking(&self) -> Vec<&str> {
        let columns = self.live.columns.iter();
        let lacking = columns.filter(|c| !self.fills(&c.name) && needs_value(c));
        lacking.map(|column| column.name.as_str()).collect()
    }

    fn is_needed(&self, index: &Index) -> bool {
        let columns = || {
            index.parts.iter().map(|part| match &part.key {
                IndexKey::Column(name) => self.live.columns.iter().find(|c| c.name == *name),
                IndexKey::Expression(_) => None,
            })
        };
        // the server needs an index on an AUTO_INCREMENT column, and queries find records by the
        // values to which other rows refer
        let numbers = columns().flatten().any(|column| column.auto_increment);
        let is_referenced = self.children.iter().any(|child| {
            let mut parts = index.parts.iter().zip(&child.key.parent_columns);
            let is_same = |(part, name): (&IndexPart, &String)| {
                matches!(&part.key, IndexKey::Column(column) if column == name)
            };
            index.parts.len() >= child.key.parent_columns.len() && parts.all(is_same)
        });
        let is_filled =
            || self.is_complete() || columns().all(|c| c.is_some_and(|c| self.fills(&c.name)));
        match index.kind {
            IndexKind::Primary => true,
            IndexKind::Unique => numbers || is_filled(),
            _ => numbers || is_referenced,
        }
    }

    /// The statement that creates the work table of keys. The columns of the key may be NULL, so
    /// that none needs a default.
    fn create_keys(&self) -> String {
        format!(
            "CREATE TABLE {} ({N} BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, \
             {KIND} TINYINT NOT NULL, KEY kinds ({KIND}, {N}), KEY same_key ({})) ENGINE = InnoDB \
             AS SELECT 0 AS {KIND}, {} FROM (SELECT 0 AS n) AS d LEFT JOIN {} AS t ON FALSE LIMIT 0",
            self.keys(),
            self.key_list(""),
            self.key_list("t."),
            self.quoted()
        )
    }
}

//! Finds out which rows are new, changed or gone, by comparing the work table with the table.

use sqlx::{AssertSqlSafe, Executor, Row};

use super::SyncTable;
use super::buckets::KeyBuckets;
use super::edges::have;
use super::statements::{BUCKET_TABLE, KIND, Kind, N, has_no_row, has_row};
use crate::db::MySqlConnection;
use crate::error::{Context, Result, fail};
use crate::merge::statements::{all_same, has_loose_equality};
use crate::verify::in_sql::{Sum, select_list_as};
use model::schema::Column;

/// Maximum number of examples that are listed for each kind of difference.
const EXAMPLES: usize = 20;

/// How a table differs from its file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Differences {
    /// Number of rows that only the file has.
    pub inserted: u64,
    /// Number of rows with other values in the file than in the table.
    pub updated: u64,
    /// Number of rows that only the table has.
    pub deleted: u64,
    /// Number of rows that the file does not have, or has with other values, but that are kept
    /// because a record with their key was rejected.
    pub kept: u64,
}

/// Makes later statements of a session read the newest committed rows, and lock no rows that they
/// only read.
///
/// # Errors
///
/// When the connection is lost.
pub async fn read_committed(connection: &mut MySqlConnection) -> Result<()> {
    let level = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";
    connection.execute(level).await?;
    Ok(())
}

/// What is known about a table before its rows are compared.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// Number of rows of the table in the buckets that differ.
    pub rows: u64,
    /// Whether the file has records whose key cannot be read. Then no row counts as gone.
    pub has_unreadable: bool,
}

/// Finds the differences of a table, and writes their keys to the work table.
///
/// # Errors
///
/// When a query fails.
pub async fn find(
    connection: &mut MySqlConnection,
    table: &SyncTable,
    known: Known,
) -> Result<Differences> {
    let cannot = || format!("cannot compare {} with its file", table.name());
    let changed = connection
        .execute(AssertSqlSafe(table.find_changed()))
        .await;
    changed.with_context(cannot)?;
    let mut found = counted(connection, table).await?;
    let staged = connection
        .fetch_one(AssertSqlSafe(table.count_staged()))
        .await;
    let staged: u64 = staged.with_context(cannot)?.try_get_unchecked(0)?;
    // if the file has as many of the known rows as the table, no row is gone, so the table is not
    // read for gone rows
    if staged - found.inserted == known.rows {
        return Ok(found);
    }
    let gone = table.find_gone(known.has_unreadable);
    let gone = connection.execute(AssertSqlSafe(gone)).await;
    gone.with_context(cannot)?;
    found = counted(connection, table).await?;
    found.kept = kept(connection, table).await?.rows;
    Ok(found)
}

/// Counts the keys in the work table, by their kinds.
async fn counted(connection: &mut MySqlConnection, table: &SyncTable) -> Result<Differences> {
    let mut found = Differences::default();
    let sql = format!(
        "SELECT CAST({KIND} AS SIGNED), CAST(COUNT(*) AS UNSIGNED) FROM {} GROUP BY {KIND}",
        table.keys()
    );
    let rows = connection.fetch_all(AssertSqlSafe(sql)).await;
    let rows = rows.with_context(|| format!("cannot compare {} with its file", table.name()))?;
    for row in rows {
        let (kind, count) = (
            row.try_get_unchecked::<i64, _>(0)?,
            row.try_get_unchecked(1)?,
        );
        match kind {
            1 => found.inserted = count,
            2 => found.updated = count,
            3 => found.deleted = count,
            _ => {}
        }
    }
    Ok(found)
}

/// Counts the differences again, after some records were rejected and some rows kept.
///
/// # Errors
///
/// When a query fails.
pub async fn recount(connection: &mut MySqlConnection, table: &SyncTable) -> Result<Differences> {
    let found = counted(connection, table).await?;
    Ok(Differences {
        kept: kept(connection, table).await?.rows,
        ..found
    })
}

/// The buckets that do not differ, but whose records must be in the work table as well. Such a
/// bucket has a row whose key equals the key of a record in the work table: the two keys have
/// different bytes, but the collation calls them equal. Only if the records of both are in the work
/// table is it known which record comes first in the file. Buckets with rows that have a unique
/// value of the record in the work table are returned, too: if the record of such a row comes first
/// in the file, the record in the work table is rejected, and its key is free.
///
/// # Errors
///
/// When a query fails.
pub async fn buckets_of_equal_keys(
    connection: &mut MySqlConnection,
    table: &SyncTable,
) -> Result<Vec<u32>> {
    if !table.key.iter().any(has_loose_equality) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for sql in table.equal_keys() {
        let rows = connection.fetch_all(AssertSqlSafe(sql)).await;
        let rows =
            rows.with_context(|| format!("cannot compare {} with its file", table.name()))?;
        for row in rows {
            let bucket = KeyBuckets::of_server(row.try_get_unchecked::<i64, _>(0)?);
            if !found.contains(&bucket) {
                found.push(bucket);
            }
        }
        if found.is_empty() {
            break;
        }
    }
    Ok(found)
}

/// Rows that are kept although the file does not have them, and their checksum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeptRows {
    /// Number of rows.
    pub rows: u64,
    /// Sum of the hashes of the kept rows.
    pub checksum: u64,
}

/// The number and the checksum of the rows that are kept.
///
/// # Errors
///
/// When a query fails, or a row is longer than the server's max_allowed_packet.
pub async fn kept(connection: &mut MySqlConnection, table: &SyncTable) -> Result<KeptRows> {
    let columns: Vec<&Column> = table.target.columns.iter().collect();
    let list = select_list_as(&columns, &|column| {
        format!("t.{}", super::statements::quoted(column))
    });
    let sql = format!(
        "SELECT {list} FROM (SELECT DISTINCT {} FROM {} AS k WHERE k.{KIND} = {}) AS k \
         STRAIGHT_JOIN {} AS t ON {} WHERE {} AND {}",
        table.key_list("k."),
        table.keys(),
        Kind::Kept as u8,
        table.quoted(),
        table.same_key("t", "k"),
        table.has_differing_bucket(),
        table.is_not_staged()
    );
    let row = connection.fetch_one(AssertSqlSafe(sql)).await;
    let row =
        row.with_context(|| format!("cannot count the rows of {} that are kept", table.name()))?;
    let digits: String = row.try_get_unchecked(1)?;
    match Sum::parse(&digits) {
        Some(sum) if sum.wide_rows == 0 => Ok(KeptRows {
            rows: row.try_get_unchecked::<i64, _>(0)? as u64,
            checksum: sum.checksum,
        }),
        _ => fail!(
            Unfit,
            "{}: a row that is kept is longer than the server's max_allowed_packet, so its \
             checksum cannot be computed; raise max_allowed_packet on the server",
            table.name()
        ),
    }
}

/// The tables that refer to rows which are kept without a record.
///
/// # Errors
///
/// When a query fails.
pub async fn referring(connection: &mut MySqlConnection, table: &SyncTable) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for child in table.children() {
        let sql = format!(
            "SELECT 1 FROM {} AS k STRAIGHT_JOIN {} AS t ON {} WHERE k.{KIND} = {} AND {} AND {} \
             LIMIT 1",
            table.keys(),
            table.quoted(),
            table.same_key("t", "k"),
            Kind::Kept as u8,
            table.is_not_staged(),
            has_row(&child.rows_of("t", table, true))
        );
        let found = connection.fetch_optional(AssertSqlSafe(sql)).await;
        let found = found
            .with_context(|| format!("cannot find out why rows of {} are kept", table.name()))?;
        if found.is_some() && !names.contains(&child.table) {
            names.push(child.table.clone());
        }
    }
    Ok(names)
}

/// Some keys of each kind of difference, as texts for the user, with the name of the kind.
///
/// # Errors
///
/// When a query fails.
pub async fn examples(
    connection: &mut MySqlConnection,
    table: &SyncTable,
) -> Result<Vec<(&'static str, Vec<String>)>> {
    let mut all = Vec::new();
    let kinds = [
        (Kind::New, "inserted"),
        (Kind::Changed, "updated"),
        (Kind::Gone, "deleted"),
    ];
    for (kind, word) in kinds {
        let value = |column: &Column| {
            let name = format!("k.{}", super::statements::quoted(column));
            match column.kind.is_binary() {
                true => format!(
                    "CONCAT('{}=0x', HEX({name}))",
                    column.name.replace('\'', "''")
                ),
                false => format!("CONCAT('{}=', {name})", column.name.replace('\'', "''")),
            }
        };
        let values: Vec<String> = table.key.iter().map(value).collect();
        let sql = format!(
            "SELECT CAST(CONCAT_WS(', ', {}) AS CHAR) FROM {} AS k WHERE k.{KIND} = {} \
             ORDER BY k.{N} LIMIT {EXAMPLES}",
            values.join(","),
            table.keys(),
            kind as u8
        );
        let rows = connection.fetch_all(AssertSqlSafe(sql)).await;
        let rows = rows.context("cannot read examples of the differences")?;
        let mut found = Vec::new();
        for row in &rows {
            found.push(row.try_get_unchecked(0)?);
        }
        if !found.is_empty() {
            all.push((word, found));
        }
    }
    Ok(all)
}

impl SyncTable {
    fn find_changed(&self) -> String {
        let first = self
            .key
            .first()
            .map_or(String::new(), super::statements::quoted);
        format!(
            "INSERT INTO {} ({KIND},{}) SELECT IF(t.{first} IS NULL, {}, {}), {} FROM {} AS s \
             LEFT JOIN {} AS t ON {} WHERE t.{first} IS NULL OR NOT {} ORDER BY {}",
            self.keys(),
            self.key_list(""),
            Kind::New as u8,
            Kind::Changed as u8,
            self.key_list("s."),
            self.stage(),
            self.quoted(),
            self.same_key("t", "s"),
            all_same(self.target.columns.iter()),
            self.key_list("s.")
        )
    }

    fn count_staged(&self) -> String {
        format!("SELECT CAST(COUNT(*) AS UNSIGNED) FROM {}", self.stage())
    }

    fn find_gone(&self, all_kept: bool) -> String {
        let kind = if all_kept { Kind::Kept } else { Kind::Gone };
        let is_kept = format!(
            "{} WHERE k.{KIND} = {} AND {}",
            self.keys_as("k"),
            Kind::Kept as u8,
            self.same_key("k", "t")
        );
        format!(
            "INSERT INTO {} ({KIND},{}) SELECT {}, {} FROM {} AS t WHERE {} AND {} AND {} ORDER BY {}",
            self.keys(),
            self.key_list(""),
            kind as u8,
            self.key_list("t."),
            self.quoted(),
            self.has_differing_bucket(),
            self.is_not_staged(),
            has_no_row(&is_kept),
            self.key_list("t.")
        )
    }

    /// The queries of [`buckets_of_equal_keys`]: one for rows whose key equals that of a record in
    /// the work table. If there are any, one for each unique key, for rows with a unique value of
    /// such a record.
    fn equal_keys(&self) -> Vec<String> {
        let (stage, table) = (self.stage(), self.quoted());
        let select = |from: &str, row: &str| {
            format!(
                "SELECT DISTINCT {} FROM {stage} AS s STRAIGHT_JOIN {from} WHERE NOT {row}",
                self.buckets.in_sql("t."),
            )
        };
        let differs = self.differing_bucket_of("t.");
        let equal = format!("{table} AS t ON {}", self.same_key("t", "s"));
        let mut queries = vec![select(&equal, &differs)];
        for unique in self.known_unique().filter(|key| !self.keeps_any(key)) {
            let from = format!(
                "{table} AS e ON {} STRAIGHT_JOIN {table} AS t ON {}",
                self.same_key("e", "s"),
                have("t", unique, &self.values(unique))
            );
            let both = format!("{differs} AND NOT {}", self.differing_bucket_of("e."));
            queries.push(select(&from, &both));
        }
        queries
    }

    fn has_differing_bucket(&self) -> String {
        self.differing_bucket_of("t.")
    }

    fn differing_bucket_of(&self, prefix: &str) -> String {
        has_row(&format!(
            "{BUCKET_TABLE} AS b WHERE b.number = {} AND b.bucket = {}",
            self.number,
            self.buckets.in_sql(prefix)
        ))
    }

    fn is_not_staged(&self) -> String {
        has_no_row(&format!(
            "{} WHERE {}",
            self.stage_as("s"),
            self.same_key("s", "t")
        ))
    }
}

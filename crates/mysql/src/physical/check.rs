//! CHECK TABLE … EXTENDED: the server checks the tables that it has imported.

use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use futures_util::{StreamExt, TryStreamExt, stream};
use sqlx::{AssertSqlSafe, Executor, Row};

use crate::db::{self, Database};
use crate::verify::Difference;
use mysql_schema::quote::quote_identifier;

/// Lets the server check tables over several connections, in the given order, and returns the
/// problems that it finds.
///
/// # Errors
///
/// When a table cannot be checked.
pub async fn tables(
    database: &Database,
    names: Vec<String>,
    connections: usize,
) -> Result<Vec<Difference>> {
    let found: Vec<Vec<Difference>> = stream::iter(names)
        .map(|name| table(database, name))
        .buffered(connections.max(1))
        .try_collect()
        .await?;
    Ok(found.into_iter().flatten().collect())
}

async fn table(database: &Database, table: String) -> Result<Vec<Difference>> {
    let mut connection = database.open().await?;
    let complaints = complaints(&mut connection, &table).await?;
    db::close(connection).await;
    let difference = |what: String| Difference {
        table: table.clone(),
        what,
    };
    Ok(complaints.into_iter().map(difference).collect())
}

/// The complaints of CHECK TABLE … EXTENDED about a table.
pub(super) async fn complaints(
    connection: &mut MySqlConnection,
    table: &str,
) -> Result<Vec<String>> {
    let sql = format!("CHECK TABLE {} EXTENDED", quote_identifier(table));
    let rows = connection
        .fetch_all(AssertSqlSafe(sql))
        .await
        .with_context(|| format!("cannot check {table}"))?;
    let mut complaints = Vec::new();
    for row in &rows {
        let kind: String = row.try_get_unchecked(2)?;
        let words: String = row.try_get_unchecked(3)?;
        if !(kind == "status" && words == "OK" || is_unpurged(&kind, &words)) {
            complaints.push(format!("CHECK TABLE says: {words}"));
        }
    }
    if rows.is_empty() {
        complaints.push("CHECK TABLE says nothing".to_owned());
    }
    Ok(complaints)
}

/// Whether a message is about a deleted record that MariaDB has not yet removed from an index. Such
/// records damage nothing, and readers do not see them (MDEV-24402).
fn is_unpurged(kind: &str, words: &str) -> bool {
    /// The text by which MariaDB describes the header of a deleted record.
    const DELETED: &str = " RECORD(info_bits=32,";
    kind.eq_ignore_ascii_case("warning") && words.contains(DELETED)
}

#[cfg(test)]
mod tests {
    use super::is_unpurged;

    #[test]
    fn a_deleted_record_that_was_not_yet_removed_is_no_damage() {
        let record = |bits: u8| {
            format!(
                "InnoDB: Clustered index record not found for index `k` of table `d`.`t`: COMPACT \
                 RECORD(info_bits={bits}, 2 fields): {{[4] x(0x80000001),[4] y(0x80000002)}}"
            )
        };
        assert!(is_unpurged("Warning", &record(32)));
        assert!(!is_unpurged("Warning", &record(0)), "a row of the index");
        assert!(!is_unpurged("error", &record(32)));
        assert!(!is_unpurged("error", "Corrupt"));
    }
}

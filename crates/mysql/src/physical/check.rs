//! CHECK TABLE … EXTENDED: the server checks the tables that it has imported.

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
    let sql = format!("CHECK TABLE {} EXTENDED", quote_identifier(&table));
    let rows = connection
        .fetch_all(AssertSqlSafe(sql))
        .await
        .with_context(|| format!("cannot check {table}"))?;
    db::close(connection).await;
    let difference = |what: String| Difference {
        table: table.clone(),
        what,
    };
    let mut differences = Vec::new();
    for row in &rows {
        let kind: String = row.try_get_unchecked(2)?;
        let words: String = row.try_get_unchecked(3)?;
        if kind != "status" || words != "OK" {
            differences.push(difference(format!("CHECK TABLE says: {words}")));
        }
    }
    if rows.is_empty() {
        differences.push(difference("CHECK TABLE says nothing".to_owned()));
    }
    Ok(differences)
}

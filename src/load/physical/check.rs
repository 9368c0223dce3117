//! CHECK TABLE … EXTENDED: the server's own judgement of the tables that it took over.

use anyhow::{Context, Result};
use sqlx::{AssertSqlSafe, Executor, MySqlConnection, Row};

use crate::db::quote_identifier;
use crate::verify::Difference;

/// Lets the server look through tables; says what it finds.
///
/// # Errors
///
/// When it cannot be asked.
pub async fn tables<'a>(
    connection: &mut MySqlConnection,
    names: impl Iterator<Item = &'a str>,
) -> Result<Vec<Difference>> {
    let mut differences = Vec::new();
    for table in names {
        let sql = format!("CHECK TABLE {} EXTENDED", quote_identifier(table));
        let rows = connection
            .fetch_all(AssertSqlSafe(sql))
            .await
            .with_context(|| format!("cannot check {table}"))?;
        let mut sound = false;
        for row in &rows {
            let kind: String = row.try_get_unchecked(2)?;
            let words: String = row.try_get_unchecked(3)?;
            if kind == "status" && words == "OK" {
                sound = true;
            } else {
                differences.push(Difference {
                    table: table.to_owned(),
                    what: format!("CHECK TABLE says: {words}"),
                });
            }
        }
        if !sound && rows.is_empty() {
            differences.push(Difference {
                table: table.to_owned(),
                what: "CHECK TABLE says nothing".to_owned(),
            });
        }
    }
    Ok(differences)
}

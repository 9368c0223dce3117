//! The number of rows and the checksum of whole tables, read over several connections.

use super::{Asking, Depth, Expected, Question, Watch, ask_all};
use crate::db::Database;
use crate::error::Result;
use model::schema::Schema;

/// Number of rows and checksum of each of these tables of `schema`. The checksum covers the named
/// columns.
///
/// # Errors
///
/// When a query fails.
pub async fn sums(
    database: &Database,
    schema: &Schema,
    tables: Vec<(String, Vec<String>)>,
    connections: usize,
) -> Result<Vec<(u64, u64)>> {
    let question = |(table, columns)| {
        let unknown = Expected {
            table,
            columns,
            rows: 0,
            checksum: 0,
            table_checksum: None,
        };
        Question::Rows(unknown, Depth::Full)
    };
    let questions = tables.into_iter().map(question).collect();
    let watch = Watch::default();
    let asking = Asking {
        connections,
        watch: &watch,
    };
    let answers = ask_all(database, schema, questions, asking).await?;
    let sums = answers
        .into_iter()
        .map(|(_, found)| (found.rows, found.checksum));
    Ok(sums.collect())
}

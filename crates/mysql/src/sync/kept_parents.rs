//! The rows of rejected records. They are kept, so other records may refer to them.

use super::SyncTable;
use super::statements::quoted;
use crate::db::MySqlConnection;
use crate::error::{Error, Result};
use crate::existing::{Keys, read};
use crate::insert::push_value;
use clean::keys::AcceptedKeys;
use model::batch::Batch;
use model::schema::Table;

/// Rows that are looked up by one statement.
const ROWS: usize = 500;

/// Appends the condition that a row has the primary key of a record. The only row of `key` has the
/// values of the key's columns.
pub fn push_condition(out: &mut Vec<u8>, table: &SyncTable, key: &Batch) {
    for (at, column) in table.key.iter().enumerate() {
        let word = if at == 0 { "(" } else { " AND " };
        out.extend_from_slice(format!("{word}{} = ", quoted(column)).as_bytes());
        push_value(out, key, 0, at);
    }
    out.push(b')');
}

/// The keys of the rows that fulfil one of these conditions, to which foreign keys may refer.
/// `table` is the table according to the schema. `None` if there are no such rows.
///
/// # Errors
///
/// When a query fails.
pub async fn keys(
    connection: &mut MySqlConnection,
    (of, table): (&SyncTable, &Table),
    conditions: &[Vec<u8>],
) -> Result<Option<AcceptedKeys>> {
    let mut keys = Keys::of(table);
    let mut rows = 0;
    for some in conditions.chunks(ROWS) {
        let texts = some.iter().map(|text| std::str::from_utf8(text));
        let texts: Vec<&str> = texts.collect::<Result<_, _>>().map_err(Error::other)?;
        let place = format!("{} WHERE {}", of.quoted(), texts.join(" OR "));
        rows += read(connection, &mut keys, &place).await?;
    }
    Ok((rows > 0).then(|| keys.into_accepted()))
}

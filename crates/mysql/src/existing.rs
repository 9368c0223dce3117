//! The keys that a table holds before a run adds rows to it.

use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Executor, Row};

use clean::keys::{AcceptedKeys, ExistingKeys};
use model::schema::{ColumnType, Table};
use mysql_schema::quote::quote_identifier;

/// Reads the keys of a table that the client can check itself.
pub async fn keys_of(connection: &mut MySqlConnection, table: &Table) -> Result<AcceptedKeys> {
    keys_of_in(connection, None, table).await
}

/// Like [`keys_of`], for a table in another database of the server.
pub async fn keys_of_in(
    connection: &mut MySqlConnection,
    database: Option<&str>,
    table: &Table,
) -> Result<AcceptedKeys> {
    let mut keys = Keys::of(table);
    if keys.columns.is_empty() {
        return Ok(keys.into_accepted());
    }
    let database = database.map_or(String::new(), |name| quote_identifier(name) + ".");
    let place = format!("{database}{}", quote_identifier(&table.name));
    read(connection, &mut keys, &place).await?;
    Ok(keys.into_accepted())
}

/// No keys of a table of which no key needs to be known.
pub fn no_keys_of(table: &Table) -> AcceptedKeys {
    Keys::of(table).into_accepted()
}

/// The keys of a table that are read from the server.
pub(crate) struct Keys {
    table: String,
    keys: ExistingKeys,
    /// The names of the columns, and whether they are signed.
    columns: Vec<(String, bool)>,
}

impl Keys {
    pub(crate) fn of(table: &Table) -> Keys {
        let keys = ExistingKeys::of(table);
        let is_signed = |name: &String| {
            let column = table.columns.iter().find(|c| c.name == *name);
            !matches!(
                column.map(|c| &c.kind),
                Some(ColumnType::Integer { unsigned: true, .. } | ColumnType::Bit { .. })
            )
        };
        let columns = keys.columns().iter();
        Keys {
            table: table.name.clone(),
            columns: columns
                .map(|name| (name.clone(), is_signed(name)))
                .collect(),
            keys,
        }
    }

    pub(crate) fn into_accepted(self) -> AcceptedKeys {
        self.keys.into_accepted()
    }

    /// The select list; a number if no column is read.
    fn list(&self) -> String {
        let columns = self.columns.iter().map(|(name, signed)| {
            let as_type = if *signed { "SIGNED" } else { "UNSIGNED" };
            format!("CAST({} AS {as_type})", quote_identifier(name))
        });
        match self.columns.is_empty() {
            true => "1".to_owned(),
            false => columns.collect::<Vec<_>>().join(","),
        }
    }
}

/// Adds the keys of the rows of `place`, which is the name of the table, possibly with a condition.
/// Returns the number of rows.
pub(crate) async fn read(
    connection: &mut MySqlConnection,
    keys: &mut Keys,
    place: &str,
) -> Result<u64> {
    let sql = format!("SELECT {} FROM {place}", keys.list());
    let mut rows = connection.fetch(AssertSqlSafe(sql));
    let mut values = vec![None; keys.columns.len()];
    let mut count = 0;
    while let Some(row) = rows
        .try_next()
        .await
        .with_context(|| format!("cannot read the keys of {}", keys.table))?
    {
        for (at, value) in values.iter_mut().enumerate() {
            *value = if keys.columns[at].1 {
                row.try_get_unchecked::<Option<i64>, _>(at)?
                    .map(|v| v as u64)
            } else {
                row.try_get_unchecked::<Option<u64>, _>(at)?
            };
        }
        keys.keys.add(&values);
        count += 1;
    }
    Ok(count)
}

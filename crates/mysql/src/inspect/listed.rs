//! What the catalogue lists as tables: tables, views and sequences.

use crate::db::MySqlConnection;
use crate::error::{Result, fail};

use super::{optional, rows, text};

/// An object that the catalogue lists as a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Name of the object.
    pub name: String,
    /// Default collation.
    pub collation: Option<String>,
    /// Whether the object is a table.
    pub kind: ListedKind,
    /// Storage engine; a view has none.
    pub engine: Option<String>,
}

/// The kinds of objects that the catalogue lists as tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListedKind {
    /// A table.
    Table,
    /// A table whose old rows MariaDB keeps.
    SystemVersioned,
    /// Anything else, in the server's words: `VIEW`, `SEQUENCE`.
    Other(String),
}

impl Listed {
    /// Checks that rows can be loaded into the object.
    ///
    /// # Errors
    ///
    /// When it is not a table.
    pub fn must_be_table(&self, database: &str) -> Result<()> {
        let ListedKind::Other(what) = &self.kind else {
            return Ok(());
        };
        let (name, what) = (&self.name, what.to_lowercase());
        fail!(
            Unfit,
            "{database}.{name} is a {what}, and the schema has a table of that name; nothing was changed: \
             name another database in --database-url, or rename the {what}"
        );
    }
}

/// Lists the tables, views and sequences of a database, in the order of their names.
///
/// # Errors
///
/// When the catalogue cannot be read.
pub async fn listed(connection: &mut MySqlConnection, database: &str) -> Result<Vec<Listed>> {
    let found = rows(connection, include_str!("tables.sql"), &[database]).await?;
    let one = |row| {
        let kind = match text(row, 2)?.as_str() {
            "BASE TABLE" => ListedKind::Table,
            "SYSTEM VERSIONED" => ListedKind::SystemVersioned,
            other => ListedKind::Other(other.to_owned()),
        };
        Ok(Listed {
            name: text(row, 0)?,
            collation: optional(row, 1)?,
            engine: optional(row, 3)?,
            kind,
        })
    };
    found.iter().map(one).collect()
}

//! How a row of the database is matched with a row of a file.

use xxhash_rust::xxh3::xxh3_128;

use crate::column_sql;
use input::Source;
use model::batch::{Batch, Value};
use model::schema::{Column, ColumnType, IndexKey, IndexPart, Table};
use model::sqltext::{push_double_as_json, push_hex, push_plain};
use mysql_schema::quote::quote_identifier;

/// The columns that identify a row.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The columns, and their positions in the rows of the file.
    pub(super) columns: Vec<(Column, usize)>,
    pub(super) kind: IdentityKind,
}

/// Which columns identify a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IdentityKind {
    /// The columns of the primary key: only one row has these values.
    PrimaryKey,
    /// The columns of the foreign keys: of the rows with these values, either all or none are
    /// orphans.
    ForeignKeys,
    /// All columns of the file, because the server computes a column of a foreign key from them:
    /// of the rows with these values, either all or none are orphans.
    WholeRow,
}

impl Identity {
    /// How the rows of a file are identified; `None` if the file lacks a foreign key column that is
    /// AUTO_INCREMENT.
    pub(super) fn of(source: &Source) -> Option<Identity> {
        let table = &source.table;
        let position = |name: &str| {
            let number = table.column_index(name)?;
            let mut columns = source.header.columns.iter();
            let position = columns.position(|(column, _)| *column == number)?;
            Some((table.columns[number].clone(), position))
        };
        if let Some(columns) = primary_key(table, position) {
            return Some(Identity {
                columns,
                kind: IdentityKind::PrimaryKey,
            });
        }
        let mut columns: Vec<(Column, usize)> = Vec::new();
        let mut kind = IdentityKind::ForeignKeys;
        for name in table.foreign_keys.iter().flat_map(|key| &key.columns) {
            match position(name) {
                Some(found) if columns.iter().any(|(column, _)| column.name == *name) => {
                    drop(found)
                }
                Some(found) => columns.push(found),
                // a column that no file fills has the same value in all rows, unless the server
                // computes it
                None => {
                    let number = table.column_index(name)?;
                    if table.columns[number].auto_increment {
                        return None;
                    }
                    if table.columns[number].generated {
                        kind = IdentityKind::WholeRow;
                    }
                }
            }
        }
        if kind == IdentityKind::WholeRow {
            let all = source.header.columns.iter().enumerate();
            let all = all.map(|(at, (column, _))| (table.columns[*column].clone(), at));
            columns = all.collect();
        }
        Some(Identity { columns, kind })
    }

    /// The columns of the primary key; `None` if the file does not fill all of them, or if their
    /// values cannot be compared exactly.
    pub(crate) fn of_primary_key(source: &Source) -> Option<Identity> {
        let position = |name: &str| {
            let number = source.table.column_index(name)?;
            let mut columns = source.header.columns.iter();
            let position = columns.position(|(column, _)| *column == number)?;
            Some((source.table.columns[number].clone(), position))
        };
        Some(Identity {
            columns: primary_key(&source.table, position)?,
            kind: IdentityKind::PrimaryKey,
        })
    }

    /// One column alone, at this position in the rows of the file.
    pub(crate) fn of_column(column: &Column, position: usize) -> Identity {
        Identity {
            columns: vec![(column.clone(), position)],
            kind: IdentityKind::WholeRow,
        }
    }

    /// The SQL expression for the identity; `table` is the name or the alias of the table in the
    /// statement, quoted where necessary.
    pub(crate) fn in_sql(&self, table: &str) -> String {
        let mut parts = vec!["''".to_owned()];
        for (column, _) in &self.columns {
            let name = format!("{table}.{}", quote_identifier(&column.name));
            let value = match column.kind.is_of_bytes() {
                true => format!("HEX({})", column_sql::text_or_bytes(column, &name)),
                false => column_sql::plain(column, &name),
            };
            parts.push(match column.nullable {
                true => format!("IF({name} IS NULL,'N',{value})"),
                false => value,
            });
        }
        format!("CONCAT_WS('#',{})", parts.join(","))
    }

    /// Appends the identity of a row of a file. The text is the same as the server computes with
    /// [`Identity::in_sql`].
    pub(crate) fn push(&self, out: &mut Vec<u8>, batch: &Batch, row: usize) {
        for (_, position) in &self.columns {
            out.push(b'#');
            match batch.value(row, *position) {
                Value::Null => out.push(b'N'),
                Value::Text(text) => push_hex(out, text.as_bytes()),
                Value::Bytes(bytes) => push_hex(out, bytes),
                Value::Double(v) => push_double_as_json(out, v),
                plain => push_plain(out, plain, batch.layout().precision(*position)),
            }
        }
    }

    /// The hash by which identities are compared.
    pub(crate) fn hash(text: &[u8]) -> u128 {
        xxh3_128(text)
    }
}

/// The columns of the primary key, if the file fills all of them and their values can be compared
/// exactly with literals.
fn primary_key(
    table: &Table,
    position: impl Fn(&str) -> Option<(Column, usize)>,
) -> Option<Vec<(Column, usize)>> {
    let column = |part: &IndexPart| match &part.key {
        IndexKey::Column(name) if part.prefix.is_none() => position(name),
        _ => None,
    };
    let columns: Vec<(Column, usize)> = table
        .primary_key()?
        .parts
        .iter()
        .map(column)
        .collect::<Option<_>>()?;
    let is_exact = |(column, _): &(Column, usize)| {
        !matches!(
            column.kind,
            ColumnType::Float { .. } | ColumnType::Double { .. }
        )
    };
    columns.iter().all(is_exact).then_some(columns)
}

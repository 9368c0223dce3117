//! What a row of the server has room for.

use model::schema::ColumnType;
use model::wording::counted;

use crate::tables::{DraftColumn, DraftTable};
use crate::types::text_of_bytes;

/// Most bytes that the columns of a table may declare together: MySQL takes 65,535.
const LONGEST_ROW: u64 = 60_000;

/// Bytes of a text that MySQL counts as part of the record, at most.
const MOST_INLINE: u64 = 40;

/// Bytes of a record of InnoDB in pages of 16 KiB, without its header.
const LONGEST_RECORD: u64 = 8_100;

/// Turns the longest texts into TEXT columns until the columns fit into a row of the server.
pub(crate) fn fit_rows(tables: &mut [DraftTable]) {
    for table in tables {
        loop {
            let bytes: u64 = table
                .columns
                .iter()
                .map(|c| declared_bytes(&c.typed.kind))
                .sum();
            if bytes <= LONGEST_ROW {
                break;
            }
            let texts = table.columns.iter_mut().filter(|column| !column.is_binary);
            let longest = texts.max_by_key(|column| match column.typed.kind {
                ColumnType::VarChar { length } => length,
                _ => 0,
            });
            match longest {
                Some(column) if matches!(column.typed.kind, ColumnType::VarChar { .. }) => {
                    column.typed.kind = text_of_bytes(65_535);
                }
                _ => break,
            }
        }
    }
}

/// The words about a table of so many columns that MySQL refuses it.
pub(crate) fn too_wide(table: &DraftTable) -> Option<String> {
    let bytes = inline_bytes(table);
    (bytes > LONGEST_RECORD).then(|| {
        format!(
            "{}: {} are more than MySQL has room for in a row (error 1118; about 197 texts): drop \
             columns from the schema, or divide it into several tables; MariaDB takes more",
            table.name(),
            counted(table.columns.len() as u64, "column", "columns"),
        )
    })
}

/// Bytes that InnoDB needs for a record when all long values are stored elsewhere. MySQL counts up
/// to 40 bytes and one for the length of each text.
fn inline_bytes(table: &DraftTable) -> u64 {
    let of = |column: &DraftColumn| match column.typed.kind {
        ColumnType::VarChar { length } | ColumnType::Char { length } => {
            (4 * u64::from(length)).min(MOST_INLINE) + 1
        }
        ColumnType::Text { .. } | ColumnType::Json => MOST_INLINE + 1,
        _ => 8,
    };
    let nulls = table.columns.len() as u64 / 8;
    nulls + table.columns.iter().map(of).sum::<u64>()
}

fn declared_bytes(kind: &ColumnType) -> u64 {
    match kind {
        ColumnType::VarChar { length } | ColumnType::Char { length } => 4 * u64::from(*length) + 2,
        ColumnType::Text { .. } | ColumnType::Json => 12,
        ColumnType::Decimal { .. } => 30,
        _ => 16,
    }
}

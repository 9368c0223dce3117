//! Limits on the size of a row.

use model::schema::ColumnType;
use model::wording::counted;

use crate::tables::{DraftColumn, DraftTable};
use crate::types::text_of_bytes;

/// Maximum number of bytes that the columns of a table may declare together. MySQL allows 65,535.
const LONGEST_ROW: u64 = 60_000;

/// Maximum number of bytes of a text that MySQL counts as part of the record.
const MOST_INLINE: u64 = 40;

/// Maximum number of bytes of an InnoDB record in pages of 16 KiB, without its header.
const LONGEST_RECORD: u64 = 8_100;

/// Turns the longest VARCHAR columns into TEXT until the declared columns fit into a row.
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

/// The warning about a table with too many columns for MySQL.
pub(crate) fn too_wide(table: &DraftTable) -> Option<String> {
    let bytes = inline_bytes(table);
    (bytes > LONGEST_RECORD).then(|| {
        format!(
            "{}: {} are more than a row of MySQL can store (error 1118, from about 197 text \
             columns on); drop columns from the schema, or split the table; MariaDB allows more",
            table.name(),
            counted(table.columns.len() as u64, "column", "columns"),
        )
    })
}

/// Bytes that InnoDB needs for a record if all long values are stored outside the record. For each
/// text, MySQL counts up to 40 bytes and one more for its length.
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
